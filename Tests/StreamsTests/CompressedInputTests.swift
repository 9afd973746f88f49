// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@testable import Streams

/// All bytes of all tables that a path holds, by name.
private func tables(_ path: String, encoding: TextEncoding = .utf8) throws -> [(String, [UInt8])] {
    var sources = ByteSources(path, encoding: encoding)
    var found: [(String, [UInt8])] = []
    while var source = try sources.next() {
        let name = source.name
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = try source.read(into: &buffer)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        found.append((name, bytes))
    }
    return found
}

@Suite("A compressed input")
struct CompressedInputTests {
    private let scratch: Scratch
    private static let text = Array(
        (0..<3_000).map { "\($0),value \($0 % 17),\($0 &* 7919 % 1_000)\n" }.joined().utf8)
    static let tools = [
        ["zstd", "-qc"], ["bzip2", "-c"], ["xz", "-c"], ["lz4", "-qc"], ["gzip", "-c"],
    ]

    init() throws { scratch = try Scratch() }

    private func compressed(_ tool: [String], _ bytes: [UInt8]) throws -> [UInt8]? {
        guard try run("sh", ["-c", "command -v \(tool[0])"]).status == 0 else { return nil }
        let (status, output) = try run(tool[0], Array(tool.dropFirst()), input: bytes)
        return status == 0 ? output : nil
    }

    @Test("is recognised by its content, whatever the name", arguments: tools)
    func recognised(tool: [String]) throws {
        guard let bytes = try compressed(tool, Self.text) else { return }
        let path = try scratch.file("table.csv", bytes)
        let found = try tables(path)
        #expect(found.map(\.0) == [path])
        #expect(found.first?.1 == Self.text)
    }

    @Test("may be several streams, one after the other", arguments: tools)
    func concatenated(tool: [String]) throws {
        guard let bytes = try compressed(tool, Self.text) else { return }
        let path = try scratch.file("table", bytes + bytes)
        #expect(try tables(path).first?.1 == Self.text + Self.text)
    }

    @Test(
        "of gzip gives all its bytes, however little is asked for at a time",
        arguments: [1, 2, 3, 7, 64, 1_000, 4_096, 65_536])
    func smallReads(size: Int) throws {
        // Long matches: a few compressed bytes hold many.
        let text = [UInt8](repeating: 0x61, count: 70_000) + Self.text
        guard let bytes = try compressed(["gzip", "-9c"], text) else { return }
        var source = try ByteSource(opening: try scratch.file("table", bytes + bytes))
        var found: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: size)
        while true {
            let count = try source.read(into: &buffer)
            if count == 0 { break }
            found += buffer[..<count]
        }
        #expect(found == text + text)
        let stage = GzipStage(PiecesStage(bytes + bytes, size: size), name: "pieces")
        found = []
        while true {
            let count = try stage.read(into: &buffer)
            if count == 0 { break }
            found += buffer[..<count]
        }
        #expect(found == text + text)
    }

    @Test("is refused when it is cut anywhere", arguments: tools)
    func cut(tool: [String]) throws {
        let short = Array("a,b\n1,2\n3,4\n".utf8)
        guard let bytes = try compressed(tool, short) else { return }
        for count in 11..<bytes.count {
            let path = try scratch.file("cut", Array(bytes[..<count]))
            #expect(throws: StreamError.self, "\(tool[0]) cut after \(count) of \(bytes.count)") {
                _ = try tables(path)
            }
        }
    }

    @Test("is refused when other bytes follow", arguments: tools)
    func extended(tool: [String]) throws {
        guard let bytes = try compressed(tool, Self.text) else { return }
        let path = try scratch.file("more", bytes + Array("more bytes than nothing".utf8))
        #expect(throws: StreamError.self) { _ = try tables(path) }
    }

    @Test("is refused when it expands beyond measure")
    func bomb() throws {
        guard let bytes = try compressed(["xz", "-c"], [UInt8](repeating: 0x61, count: 200 << 20))
        else { return }
        let path = try scratch.file("bomb", bytes)
        let error = try #require(throws: StreamError.self) { _ = try tables(path) }
        #expect(error.kind == .tooLarge)
    }

    @Test("gives each file of an archive, and skips what systems add", arguments: ["tar", "zip"])
    func members(kind: String) throws {
        try FileManager.default.createDirectory(
            atPath: scratch("in/__MACOSX"), withIntermediateDirectories: true)
        try scratch.file("in/a.csv", Array("x\n1\n".utf8))
        try scratch.file("in/b.csv.gz", gzip(Array("x\n2\n".utf8)))
        try scratch.file("in/.DS_Store", [1, 2, 3])
        try scratch.file("in/empty.csv", [])
        let archive = scratch("all.\(kind)")
        let command =
            kind == "tar"
            ? "cd in && tar cf \(archive) a.csv b.csv.gz .DS_Store empty.csv"
            : "cd in && zip -q \(archive) a.csv b.csv.gz .DS_Store empty.csv"
        guard try run("sh", ["-c", "cd \(scratch.path) && \(command)"]).status == 0 else { return }
        let found = try tables(archive)
        #expect(
            found.map(\.0)
                == ["\(archive)!a.csv", "\(archive)!b.csv.gz", "\(archive)!empty.csv"])
        #expect(found.map(\.1) == [Array("x\n1\n".utf8), Array("x\n2\n".utf8), []])
        let whole = try scratch.bytes("all.\(kind)")
        // A tar archive ends in zeros; those beyond two blocks may go.
        let least = kind == "tar" ? whole.count - 10_240 + 2_600 : whole.count
        for count in stride(from: 600, to: min(least, whole.count), by: 37) {
            let path = try scratch.file("cut", Array(whole[..<count]))
            #expect(throws: StreamError.self, "\(kind) cut after \(count)") {
                _ = try tables(path)
            }
        }
    }

    @Test("is refused where a member leads out of the archive, or is a link")
    func traversal() throws {
        try scratch.file("evil.csv", Array("x\n1\n".utf8))
        let commands = [
            "tar cf evil.tar --transform 's,^,../,' -P evil.csv",
            "tar cf evil.tar --transform 's,^,/tmp/,' -P evil.csv",
            "ln -s /etc/passwd link && tar cf evil.tar link",
        ]
        for command in commands {
            let made = try run("sh", ["-c", "cd \(scratch.path) && rm -f evil.tar && \(command)"])
            try #require(made.status == 0)
            let error = try #require(throws: StreamError.self) {
                _ = try tables(scratch("evil.tar"))
            }
            #expect(error.kind == .unsafeEntry)
        }
    }

    @Test("is refused when it is an archive without a file")
    func nothing() throws {
        let made = try run("sh", ["-c", "cd \(scratch.path) && mkdir d && tar cf none.tar d"])
        try #require(made.status == 0)
        let error = try #require(throws: StreamError.self) { _ = try tables(scratch("none.tar")) }
        #expect(error.kind == .notFound)
    }

    @Test("of another encoding becomes UTF-8")
    func encodings() throws {
        let text = "é,€,𝄞,a\n"
        func utf16(_ big: Bool, mark: Bool) -> [UInt8] {
            ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit -> [UInt8] in
                let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
                return big ? [high, low] : [low, high]
            }
        }
        let marked = Array("\u{FEFF}\(text)".utf8)
        #expect(try tables(scratch.file("a", utf16(true, mark: true)))[0].1 == marked)
        #expect(try tables(scratch.file("b", utf16(false, mark: true)))[0].1 == marked)
        let bare = try scratch.file("c", utf16(true, mark: false))
        #expect(try tables(bare, encoding: .utf16BigEndian)[0].1 == Array(text.utf8))
        let latin = try scratch.file("d", [0xE9, 0x2C, 0x80, 0x0A])
        #expect(try tables(latin, encoding: .latin1)[0].1 == Array("é,\u{80}\n".utf8))
        #expect(try tables(latin, encoding: .windows1252)[0].1 == Array("é,€\n".utf8))
        let lone = try scratch.file("e", [0x61, 0x00, 0x00, 0xD8, 0x61, 0x00])
        let error = try #require(throws: StreamError.self) {
            _ = try tables(lone, encoding: .utf16LittleEndian)
        }
        #expect(error.detail.contains("byte 3"))
        let odd = try scratch.file("f", [0x61, 0x00, 0x61])
        #expect(throws: StreamError.self) { _ = try tables(odd, encoding: .utf16LittleEndian) }
    }
}

@Suite("A spool file")
struct SpoolFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("gives blocks back, encrypted or not", arguments: [false, true])
    func blocks(encrypted: Bool) throws {
        let file = try SpoolFile(in: scratch.path, encrypted: encrypted)
        let blocks = (1...20).map { size in [UInt8](repeating: UInt8(size), count: size * 97) }
        let places = try blocks.map { block in
            try unsafe block.withUnsafeBytes { try unsafe file.append($0) }
        }
        for (block, place) in zip(blocks, places).reversed() {
            var found = [UInt8](repeating: 0, count: place.count)
            try unsafe found.withUnsafeMutableBytes { try unsafe file.read(place, into: $0) }
            #expect(found == block)
            #expect(SpoolBlock(words: place.words) == place)
        }
    }

    @Test("shows no plain text on the disk when it is encrypted")
    func secret() throws {
        for encrypted in [false, true] {
            let file = try SpoolFile(in: scratch.path, encrypted: encrypted)
            let text = Array("CANARY in the spool".utf8)
            _ = try unsafe text.withUnsafeBytes { try unsafe file.append($0) }
            let folder = scratch.path
            var seen = false
            for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                let target = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/self/fd/\(name)")
                guard target?.hasPrefix(folder) == true else { continue }
                let bytes = FileManager.default.contents(atPath: "/proc/self/fd/\(name)") ?? Data()
                if bytes.range(of: Data("CANARY".utf8)) != nil { seen = true }
            }
            #expect(seen == !encrypted)
            // The file lives as long as the test looks at it.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            withExtendedLifetime(text) {}
            _ = try unsafe text.withUnsafeBytes { try unsafe file.append($0) }
        }
    }
}

/// Bytes in memory that come a few at a time, as from a slow pipe.
private final class PiecesStage: ByteStage {
    private let bytes: [UInt8]
    private let size: Int
    private var used = 0

    init(_ bytes: [UInt8], size: Int) {
        self.bytes = bytes
        self.size = size
    }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        let count = min(bytes.count - used, buffer.count, size)
        for index in 0..<count { buffer[index] = bytes[used + index] }
        used += count
        return count
    }
}
