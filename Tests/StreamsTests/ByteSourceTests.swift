// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Streams
import Testing

@Suite("A byte source")
struct ByteSourceTests {
    private let scratch: Scratch
    private let text = Array("hello,world\n1,2\n".utf8)

    init() throws { scratch = try Scratch() }

    @Test(
        "gives a plain file's bytes through a buffer of any size", arguments: [1, 2, 3, 7, 4_096])
    func plain(size: Int) throws {
        #expect(try content(of: scratch.file("a.csv", text), buffer: size) == text)
    }

    @Test("decompresses gzip by its content, whatever the name", arguments: [1, 2, 3, 7, 4_096])
    func compressed(size: Int) throws {
        #expect(try content(of: scratch.file("a.csv", gzip(text)), buffer: size) == text)
    }

    @Test("decompresses gzip data larger than every buffer")
    func large() throws {
        let rows = Array((0..<400_000).map { "\($0 &* 2_654_435_761)\n" }.joined().utf8)
        #expect(try content(of: scratch.file("a.gz", gzip(rows)), buffer: 65_536) == rows)
    }

    @Test("reads several gzip members as one stream, empty ones included")
    func members() throws {
        let path = try scratch.file("a.gz", gzip(text) + gzip([]) + gzip(text) + gzip([]))
        #expect(try content(of: path) == text + text)
        #expect(try content(of: path, buffer: 1) == text + text)
    }

    @Test("is empty for an empty file and for a gzip file of nothing")
    func empty() throws {
        #expect(try content(of: scratch.file("a", [])).isEmpty)
        #expect(try content(of: scratch.file("a.gz", gzip([]))).isEmpty)
    }

    @Test("takes short files for plain unless they begin with the two bytes of gzip")
    func short() throws {
        #expect(try content(of: scratch.file("a", [0x1F])) == [0x1F])
        #expect(try content(of: scratch.file("b", [0x41])) == [0x41])
        #expect(try content(of: scratch.file("c", [0x1F, 0x41, 0x8B])) == [0x1F, 0x41, 0x8B])
    }

    @Test("refuses gzip data cut at any point")
    func truncated() throws {
        let whole = try gzip(text)
        for count in 2..<whole.count {
            let path = try scratch.file("cut.gz", Array(whole[..<count]))
            let found = try kind { _ = try content(of: path) }
            #expect(found == .corrupt, "cut after \(count) bytes")
        }
    }

    @Test("refuses a second gzip member cut at any point")
    func truncatedMember() throws {
        let first = try gzip(text)
        let whole = first + first
        for count in (first.count + 1)..<whole.count {
            let path = try scratch.file("cut.gz", Array(whole[..<count]))
            let found = try kind { _ = try content(of: path) }
            #expect(found == .corrupt, "cut after \(count) bytes")
        }
    }

    @Test(
        "refuses other bytes after the last gzip member",
        arguments: [
            [0], [0x1F], [0x0A], Array("more,rows\n".utf8), Array(repeating: 0, count: 600),
        ])
    func garbage(tail: [UInt8]) throws {
        let path = try scratch.file("a.gz", gzip(text) + tail)
        #expect(try kind { _ = try content(of: path) } == .corrupt)
    }

    @Test("refuses gzip data whose checksum or length is wrong")
    func checksum() throws {
        let whole = try gzip(text)
        for place in (whole.count - 8)..<whole.count {
            var damaged = whole
            damaged[place] ^= 1
            let path = try scratch.file("a.gz", damaged)
            #expect(try kind { _ = try content(of: path) } == .corrupt, "byte \(place)")
        }
    }

    @Test("stays at its end")
    func end() throws {
        for bytes in [text, try gzip(text)] {
            var source = try ByteSource(opening: scratch.file("a", bytes))
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while try source.read(into: &buffer) > 0 {}
            #expect(try source.read(into: &buffer) == 0)
        }
    }

    @Test(
        "reads a named pipe, compressed or not, however slowly it fills", arguments: [false, true])
    func pipe(isCompressed: Bool) throws {
        let path = scratch("pipe")
        try #require(unsafe mkfifo(path, 0o600) == 0)
        let bytes = isCompressed ? try gzip(text) : text
        let writer = Thread {
            let descriptor = unsafe Glibc.open(path, O_WRONLY)
            for byte in bytes {
                var one = byte
                _ = unsafe write(descriptor, &one, 1)
                usleep(100)
            }
            close(descriptor)
        }
        writer.start()
        #expect(try content(of: path) == text)
    }

    @Test("names the path and the kind of what cannot be opened")
    func missing() throws {
        let path = scratch("none.csv")
        #expect(throws: StreamError(kind: .notFound, path: path, detail: "check the path")) {
            _ = try content(of: path)
        }
        #expect(try kind { _ = try content(of: scratch.path) } == .isDirectory)
        let below = try scratch.file("a", text) + "/b"
        #expect(try kind { _ = try content(of: below) } == .notReadable)
    }

    @Test("does not read a file without permission", .enabled(if: geteuid() != 0))
    func unreadable() throws {
        let path = try scratch.file("a", text)
        try #require(unsafe chmod(path, 0) == 0)
        #expect(try kind { _ = try content(of: path) } == .notReadable)
    }

    @Test("reads files with spaces, quotes and other scripts in their names")
    func names() throws {
        for name in ["a b.csv", "données.csv", "表 1.csv", "it's.csv", "-", "line\nfeed.csv"] {
            #expect(try content(of: scratch.file(name, text)) == text)
        }
    }

    @Test("an error is one line with the path and never the content")
    func message() throws {
        let path = try scratch.file("a.gz", Array(gzip(Array("CANARY".utf8)).dropLast()))
        let error = #expect(throws: StreamError.self) { _ = try content(of: path) }
        let line = try #require(error).description
        #expect(line.contains(path) && !line.contains("CANARY") && !line.contains("\n"))
    }
}

@Suite("Standard input", .serialized)
struct StandardInputTests {
    private let text = Array("hello,world\n".utf8)

    /// Puts bytes in the place of standard input while an action runs.
    private func withInput<Result>(
        _ bytes: [UInt8], _ action: () throws -> Result
    ) throws -> Result {
        let scratch = try Scratch()
        let descriptor = try unsafe Glibc.open(scratch.file("in", bytes), O_RDONLY)
        let saved = dup(STDIN_FILENO)
        dup2(descriptor, STDIN_FILENO)
        close(descriptor)
        defer {
            dup2(saved, STDIN_FILENO)
            close(saved)
        }
        return try action()
    }

    @Test("is read for a dash, plain or compressed")
    func dash() throws {
        #expect(try withInput(text) { try content(of: "-") } == text)
        #expect(try withInput(gzip(text)) { try content(of: "-") } == text)
        #expect(try withInput([]) { try content(of: "-") }.isEmpty)
    }

    @Test("is refused when it is compressed and cut short")
    func cut() throws {
        let found = try withInput(Array(gzip(text).dropLast())) {
            try kind { _ = try content(of: "-") }
        }
        #expect(found == .corrupt)
    }

    @Test("is called by its name in messages")
    func name() throws {
        let name = try withInput(text) { try ByteSource(opening: "-").name }
        #expect(name == "standard input")
    }
}
