// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Streams
import Testing

@Suite("Input files")
struct InputFilesTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        for name in ["b.csv", "a.csv", "B.csv", "ä.csv", "c d.csv", "e.txt"] {
            try scratch.file(name, [0x61])
        }
    }

    private func expand(_ patterns: String...) throws -> [String] {
        try InputFiles.expand(patterns, relativeTo: scratch.path)
            .map { $0.replacing(scratch.path + "/", with: "") }
    }

    @Test("are sorted by bytes whatever the order of the patterns")
    func sorted() throws {
        #expect(try expand("*.csv") == ["B.csv", "a.csv", "b.csv", "c d.csv", "ä.csv"])
        #expect(try expand("e.txt", "b.csv", "a.csv") == ["a.csv", "b.csv", "e.txt"])
    }

    @Test("are read once however often they are named")
    func unique() throws {
        #expect(try expand("a.csv", "[ab].csv", "a.csv") == ["a.csv", "b.csv"])
        #expect(try expand("a.csv", "./a.csv", scratch("a.csv")).count == 1)
        try #require(unsafe symlink(scratch("a.csv"), scratch("z.csv")) == 0)
        #expect(try expand("a.csv", "z.csv") == ["a.csv"])
    }

    @Test("of one content but two names are both read")
    func copies() throws {
        #expect(try expand("a.csv", "b.csv").count == 2)
    }

    @Test("are an error when a pattern matches none, even beside one that matches")
    func noMatch() throws {
        let error = #expect(throws: StreamError.self) { try expand("a.csv", "*.parquet") }
        #expect(error?.kind == .notFound)
        #expect(error?.path.hasSuffix("/*.parquet") == true)
        #expect(try kind { _ = try expand("none.csv") } == .notFound)
    }

    @Test("of a folder are those in it, without hidden ones and folders")
    func folder() throws {
        try FileManager.default.createDirectory(
            atPath: scratch("sub/below"), withIntermediateDirectories: true)
        #expect(try kind { _ = try expand("sub") } == .notFound)
        for name in ["sub/b.csv", "sub/a.csv", "sub/.hidden", "sub/below/c.csv"] {
            try scratch.file(name, [])
        }
        let expected = ["sub/a.csv", "sub/b.csv"].map { scratch($0) }
        #expect(try InputFiles.expand(["sub"], relativeTo: scratch.path) == expected)
        #expect(try InputFiles.expand(["s*", "sub/a.csv"], relativeTo: scratch.path) == expected)
    }

    @Test("may have wildcards in their names or in the folder's")
    func wildcards() throws {
        try scratch.file("x[1].csv", [])
        try scratch.file("what?.csv", [])
        #expect(try expand("x[1].csv") == ["x[1].csv"])
        #expect(try expand("what?.csv") == ["what?.csv"])
        let folder = scratch("[2026]*")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try scratch.file("[2026]*/q1.csv", [])
        #expect(try InputFiles.expand(["*.csv"], relativeTo: folder) == [folder + "/q1.csv"])
    }

    @Test("leave a dash for standard input and absolute patterns as they are")
    func dash() throws {
        #expect(try expand("-", "a.csv") == ["-", "a.csv"])
        let paths = try InputFiles.expand([scratch("a.*")], relativeTo: "/nowhere")
        #expect(paths == [scratch("a.csv")])
        #expect(try InputFiles.expand([scratch("a.csv")], relativeTo: "") == [scratch("a.csv")])
    }

    @Test("are none for no pattern")
    func none() throws { #expect(try InputFiles.expand([], relativeTo: "/").isEmpty) }
}
