// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Streams
import Testing

/// Reads a whole archive into names and contents.
func entries(
    of path: String, limits: ArchiveReader.Limits = .init(), buffer size: Int = 4_096
) throws(StreamError) -> [(name: String, bytes: [UInt8])] {
    var reader = try ArchiveReader(opening: path, limits: limits)
    var found: [(name: String, bytes: [UInt8])] = []
    var buffer = [UInt8](repeating: 0, count: size)
    while let entry = try reader.next() {
        var bytes: [UInt8] = []
        while true {
            let count = try reader.read(into: &buffer)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        found.append((entry.name, bytes))
    }
    return found
}

@Suite("An archive that is written")
struct ArchiveWriterTests {
    private let scratch: Scratch
    private static let long = "top/" + String(repeating: "folder/", count: 20) + "file.csv"
    private static let time: Int64 = 1_750_000_000

    init() throws { scratch = try Scratch() }

    private func write(_ name: String, replacing: Bool = false) throws {
        var spool = try PrivateFile(in: scratch.path)
        let rows = Array((0..<100_000).map { "\($0),x\n" }.joined().utf8)
        try spool.append(rows.span)
        var writer = try ArchiveWriter(
            creating: scratch(name), modificationTime: Self.time, replacing: replacing)
        try writer.add(name: "top/README.md", bytes: Array("hello\n".utf8))
        try writer.add(name: "top/empty", bytes: [])
        try writer.add(name: "top/data.csv", contentsOf: spool)
        try writer.add(name: Self.long, bytes: [1, 2, 3])
        try writer.finish()
    }

    @Test("has the same bytes whenever it is written")
    func deterministic() throws {
        try write("a.tar.gz")
        Thread.sleep(forTimeInterval: 1.1)
        try write("b.tar.gz")
        #expect(try scratch.bytes("a.tar.gz") == scratch.bytes("b.tar.gz"))
        #expect(try scratch.names == ["a.tar.gz", "b.tar.gz"])
    }

    @Test("passes gzip -t, and tar lists owner 0, mode 0644 and the one time")
    func stock() throws {
        try write("a.tar.gz")
        #expect(try run("gzip", ["-t", scratch("a.tar.gz")]).status == 0)
        let listing = try run(
            "env", ["TZ=UTC", "tar", "--numeric-owner", "-tvzf", scratch("a.tar.gz")])
        #expect(listing.status == 0)
        let lines = String(decoding: listing.output, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 4)
        for line in lines {
            #expect(line.hasPrefix("-rw-r--r-- 0/0 "))
            #expect(line.contains(" 2025-06-15 15:06 "))
        }
        let text = try run("tar", ["-xzOf", scratch("a.tar.gz"), "top/README.md"])
        #expect(text.output == Array("hello\n".utf8))
    }

    @Test("is read back as it was written", arguments: [1_000, 65_536])
    func roundTrip(size: Int) throws {
        try write("a.tar.gz")
        let found = try entries(of: scratch("a.tar.gz"), buffer: size)
        #expect(found.map(\.name) == ["top/README.md", "top/empty", "top/data.csv", Self.long])
        #expect(found[0].bytes == Array("hello\n".utf8))
        #expect(found[1].bytes.isEmpty)
        #expect(found[2].bytes == Array((0..<100_000).map { "\($0),x\n" }.joined().utf8))
        #expect(found[3].bytes == [1, 2, 3])
    }

    @Test("may hold nothing")
    func empty() throws {
        try ArchiveWriter(creating: scratch("a"), modificationTime: 0, replacing: false).finish()
        #expect(try entries(of: scratch("a")).isEmpty)
        #expect(try run("tar", ["-tzf", scratch("a")]).status == 0)
    }

    @Test("leaves nothing when it is not finished")
    func dropped() throws {
        func drop() throws {
            var writer = try ArchiveWriter(
                creating: scratch("a"), modificationTime: 0, replacing: false)
            try writer.add(name: "top/a", bytes: [1])
        }
        try drop()
        #expect(try scratch.names.isEmpty)
    }

    @Test("takes the place of a file only when it may")
    func exists() throws {
        try scratch.file("a.tar.gz", [1])
        #expect(try kind { try write("a.tar.gz") } == .exists)
        #expect(try scratch.bytes("a.tar.gz") == [1])
        try write("a.tar.gz", replacing: true)
        #expect(try entries(of: scratch("a.tar.gz")).count == 4)
    }

    @Test(
        "takes no names but plain relative paths",
        arguments: [
            "", "/etc/passwd", "../a", "a/../b", "a/..", "./a", "a//b", "a/", "a b", "ä", "a\\b",
            "a\nb", "a\0b", String(repeating: "a", count: 241),
        ])
    func names(name: String) throws {
        var writer = try ArchiveWriter(
            creating: scratch("a"), modificationTime: 0, replacing: false)
        var found: StreamError.Kind?
        do throws(StreamError) {
            try writer.add(name: name, bytes: [1])
        } catch { found = error.kind }
        #expect(found == .unsafeEntry)
    }
}

@Suite("An archive that is read")
struct ArchiveReaderTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// One tar header block and its content.
    private func block(
        _ name: String, type: Character = "0", link: String = "", size: Int? = nil,
        bytes: [UInt8] = []
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
        }
        func octal(_ value: Int, _ width: Int) -> String {
            let digits = String(value, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(name, at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(size ?? bytes.count, 11), at: 124)
        put("00000000000", at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put(link, at: 157)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
        return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }

    private let ending = [UInt8](repeating: 0, count: 1_024)

    private func kind(of blocks: [UInt8]..., limits: ArchiveReader.Limits = .init()) throws
        -> StreamError.Kind?
    {
        let path = try scratch.file("a.tar.gz", gzip(blocks.flatMap { $0 } + ending))
        return try kind { _ = try entries(of: path, limits: limits) }
    }

    private func kind(_ action: () throws -> Void) throws -> StreamError.Kind? {
        try StreamsTests.kind(action)
    }

    @Test("may be made of folders and files below one top folder")
    func accepted() throws {
        let blocks = [
            block("top/", type: "5"), block("top/a", bytes: [1]), block("top/sub/", type: "5"),
            block("top/sub/b", bytes: [2]), block("top/sub/", type: "5"),
        ]
        let path = try scratch.file("a.tar.gz", gzip(blocks.flatMap { $0 } + ending))
        #expect(try entries(of: path).map(\.name) == ["top/a", "top/sub/b"])
        let plain = try scratch.file("a.tar", blocks.flatMap { $0 } + ending)
        #expect(try entries(of: plain).map(\.bytes) == [[1], [2]])
    }

    @Test(
        "is refused for a name that is no plain relative path",
        arguments: [
            "/etc/passwd", "../a", "top/../../a", "top/..", "./top/a", "top//a", "top/a b",
            "top/\\a",
            "top/é",
        ])
    func names(name: String) throws {
        #expect(try kind(of: block(name, bytes: [1])) == .unsafeEntry)
        if !name.hasSuffix("..") {
            #expect(try kind(of: block(name + "/", type: "5")) == .unsafeEntry)
        }
    }

    @Test(
        "is refused for links, devices and pipes",
        arguments: ["1", "2", "3", "4", "6"] as [Character])
    func special(type: Character) throws {
        let bad = block("top/b", type: type, link: "top/a")
        #expect(try kind(of: block("top/a", bytes: [1]), bad) == .unsafeEntry)
        let away = block("top/b", type: type, link: "/etc/passwd")
        #expect(try kind(of: away) == .unsafeEntry)
    }

    @Test("is refused for one name twice")
    func duplicates() throws {
        #expect(try kind(of: block("top/a"), block("top/b"), block("top/a")) == .unsafeEntry)
    }

    @Test("is refused for a name that is a file and a folder")
    func fileAndFolder() throws {
        #expect(try kind(of: block("top/a"), block("top/a/b")) == .unsafeEntry)
        #expect(try kind(of: block("top/a/b"), block("top/a")) == .unsafeEntry)
        #expect(try kind(of: block("top/a"), block("top/a/", type: "5")) == .unsafeEntry)
        #expect(try kind(of: block("top"), block("top/a")) == .unsafeEntry)
    }

    @Test("is refused for more than one top folder")
    func tops() throws {
        #expect(try kind(of: block("one/a"), block("two/a")) == .unsafeEntry)
        #expect(try kind(of: block("one/", type: "5"), block("two/", type: "5")) == .unsafeEntry)
    }

    @Test("is refused for more data or more entries than allowed, before any of it is read")
    func limits() throws {
        let two = [block("top/a", bytes: [1, 2]), block("top/b", bytes: [3])].flatMap { $0 }
        #expect(try kind(of: two, limits: .init(bytes: 3)) == nil)
        #expect(try kind(of: two, limits: .init(bytes: 2)) == .tooLarge)
        #expect(try kind(of: two, limits: .init(entries: 1)) == .tooLarge)
        let folders = (0..<20).flatMap { block("top/d\($0)/", type: "5") }
        #expect(try kind(of: folders, limits: .init(entries: 10)) == .tooLarge)
        let path = try scratch.file(
            "b.tar.gz", gzip(block("top/a", size: 1 << 32, bytes: [1])))
        let found = try kind {
            var reader = try ArchiveReader(opening: path, limits: .init(bytes: 1 << 20))
            _ = try reader.next()
        }
        #expect(found == .tooLarge)
    }

    @Test("is refused as soon as it unpacks to more than allowed, skipped or read")
    func bomb() throws {
        let zeros = [UInt8](repeating: 0, count: 24 << 20)
        let path = try scratch.file(
            "bomb.tar.gz", gzip(block("top/a", bytes: zeros) + ending + zeros))
        #expect(try scratch.bytes("bomb.tar.gz").count < 200_000)
        let limits = ArchiveReader.Limits(entries: 10, bytes: 1 << 20)
        #expect(try kind { _ = try entries(of: path, limits: limits) } == .tooLarge)
        // Zeros behind the end are no entry's, and unpack all the same.
        let tail = try scratch.file("tail.tar.gz", gzip(block("top/a") + ending + zeros))
        #expect(try kind { _ = try entries(of: tail, limits: limits) } == .tooLarge)
    }

    @Test("is refused when it is cut at any point")
    func truncated() throws {
        let whole = try gzip(block("top/a", bytes: [1, 2, 3]) + block("top/b") + ending)
        for count in 0..<whole.count {
            let path = try scratch.file("cut.tar.gz", Array(whole[..<count]))
            let found = try kind { _ = try entries(of: path) }
            #expect(found == .corrupt, "cut after \(count) bytes")
        }
    }

    @Test("is refused when its tar is cut at any block, gzip being whole")
    func truncatedTar() throws {
        let whole = block("top/a", bytes: [1, 2, 3]) + block("top/b") + ending
        for count in stride(from: 0, to: whole.count, by: 256) {
            let path = try scratch.file("cut.tar.gz", gzip(Array(whole[..<count])))
            let found = try kind { _ = try entries(of: path) }
            #expect(found == .corrupt, "cut after \(count) bytes")
        }
    }

    @Test("is refused when something follows its end")
    func tail() throws {
        let whole = try gzip(block("top/a") + ending)
        let more = try scratch.file("a", whole + Array("tail".utf8))
        #expect(try kind { _ = try entries(of: more) } == .corrupt)
        let hidden = try scratch.file("b", gzip(block("top/a") + ending + Array("tail".utf8)))
        #expect(try kind { _ = try entries(of: hidden) } == .corrupt)
    }

    @Test("is refused when a bit of it is damaged")
    func damaged() throws {
        let noise = (0..<3_000).map { UInt8(truncatingIfNeeded: ($0 &* $0) >> 3) }
        let whole = try gzip(block("top/a", bytes: noise) + ending)
        for place in stride(from: 10, to: whole.count, by: 97) {
            var bytes = whole
            bytes[place] ^= 4
            let path = try scratch.file("a", bytes)
            #expect(try kind { _ = try entries(of: path) } != nil, "byte \(place)")
        }
    }

    @Test("is refused when it is no archive")
    func other() throws {
        for bytes in [Array("a,b\n1,2\n".utf8), try gzip(Array("a,b\n1,2\n".utf8)), []] {
            let path = try scratch.file("a", bytes)
            #expect(try kind { _ = try entries(of: path) } == .corrupt)
        }
        #expect(try kind { _ = try entries(of: scratch("none")) } == .notFound)
        #expect(try kind { _ = try entries(of: scratch.path) } == .isDirectory)
    }

    @Test("has no entry after the last and no bytes before the first")
    func ends() throws {
        let path = try scratch.file("a", gzip(block("top/a", bytes: [1]) + ending))
        var reader = try ArchiveReader(opening: path)
        #expect(try reader.next()?.size == 1)
        #expect(try reader.next() == nil)
        #expect(try reader.next() == nil)
        var buffer: [UInt8] = [0]
        #expect(try reader.read(into: &buffer) == 0)
    }

    @Test("may come from stock tar")
    func stock() throws {
        try scratch.file("data.csv", Array("a\n1\n".utf8))
        let made = try run(
            "tar",
            ["-C", scratch.path, "--transform", "s,^,top/,", "-czf", scratch("a.tgz"), "data.csv"])
        try #require(made.status == 0)
        let found = try entries(of: scratch("a.tgz"))
        #expect(found.map(\.name) == ["top/data.csv"])
        #expect(found.first?.bytes == Array("a\n1\n".utf8))
    }

    @Test("an error is one line with the path")
    func message() throws {
        let path = try scratch.file("a", gzip(block("top/a", bytes: Array("CANARY".utf8))))
        let error = #expect(throws: StreamError.self) { _ = try entries(of: path) }
        let line = try #require(error).description
        #expect(line.contains(path) && !line.contains("CANARY") && !line.contains("\n"))
    }
}
