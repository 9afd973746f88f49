// SPDX-License-Identifier: Apache-2.0

import Foundation
import Streams
import Tables
import Testing

@Suite("A CSV table")
struct CSVTableTests {
    private let scratch: Scratch
    private let values = [
        "x", "y", "a,b", "say \"hi\"", "two\nlines", "two\r\nlines", "é", " x", "\"", "a;b",
        "q\"q",
    ]

    init() throws { scratch = try Scratch() }

    private func table() throws -> Schema {
        try schema(listedField("a", values), listedField("b", values))
    }

    private func rows(
        _ text: String, _ format: TableFormat = .csv, capacity: Int = 64
    ) throws -> [[String]] {
        try delivered([scratch.file("t.csv", text)], format, table(), capacity: capacity).labels
    }

    private func fault(_ text: String, _ format: TableFormat = .csv) throws -> TableError {
        let path = try scratch.file("t.csv", text)
        let table = try table()
        return try tableError { _ = try delivered([path], format, table) }
    }

    @Test("gives quoted fields without their quotes")
    func quotes() throws {
        #expect(try rows("a,b\n\"x\",\"a,b\"\n\"\",y\n") == [["x", "a,b"], ["missing", "y"]])
    }

    @Test("gives a doubled quote once")
    func doubledQuotes() throws {
        #expect(
            try rows("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n\"\"\"\",x\n")
                == [["say \"hi\"", "\""], ["\"", "x"]])
    }

    @Test("takes a quote inside an unquoted field for a plain character")
    func innerQuote() throws {
        #expect(try rows("a,b\nq\"q,x\n") == [["q\"q", "x"]])
    }

    @Test("has fields with line ends in them, and counts their lines")
    func embedded() throws {
        let text = "a,b\n\"two\nlines\",x\n\"two\r\nlines\",y\n"
        #expect(try rows(text) == [["two\nlines", "x"], ["two\r\nlines", "y"]])
        #expect(try fault(text + "x\n").line == 6)
    }

    @Test("may end its lines with CRLF, the last one with nothing or a lone CR")
    func lineEnds() throws {
        for ending in ["\r\n", "", "\r"] {
            #expect(try rows("a,b\r\nx,y\r\ny,x" + ending) == [["x", "y"], ["y", "x"]])
        }
        #expect(try rows("a,b\nx,\"y\"\r") == [["x", "y"]])
    }

    @Test("is refused for a carriage return without a line feed, however it is spread")
    func bareReturn() throws {
        let error = try fault("a,b\nx,y\nx,y\rx,y\n")
        #expect(error.kind == .badRecord)
        #expect(error.line == 3)
    }

    @Test("may begin with a byte order mark")
    func mark() throws {
        #expect(try rows("\u{FEFF}a,b\nx,y\n") == [["x", "y"]])
        #expect(try rows("\u{FEFF}\"a\",b\nx,y\n") == [["x", "y"]])
    }

    @Test("may be UTF-16 with a byte order mark, or of a declared encoding")
    func encodings() throws {
        let marked = try scratch.file(
            "t.csv",
            [0xFF, 0xFE] + "a,b\né,y\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        let latin = try scratch.file("l.csv", Array("a,b\n".utf8) + [0xE9] + Array(",y\n".utf8))
        let format = try TableFormat(kind: .csv, encoding: .latin1)
        let table = try schema(
            #"{"name": "a", "constraints": {"enum": ["é"]}}, {"name": "b", "constraints": {"enum": ["y"]}}"#
        )
        #expect(try delivered([marked], .csv, table).labels == [["é", "y"]])
        #expect(try delivered([latin], format, table).labels == [["é", "y"]])
    }

    @Test("may have other delimiters and quotes", arguments: [";", "\t", "|", " ", ":"])
    func delimiters(delimiter: String) throws {
        let byte = try #require(delimiter.utf8.first)
        let format = try TableFormat(kind: .csv, delimiter: byte, quote: UInt8(ascii: "'"))
        let text = "a,b\n'a,b',x\ny,'x'\nx,\"\n".replacing(",", with: delimiter)
            .replacing("'a\(delimiter)b'", with: "'a,b'")
        #expect(try rows(text, format) == [["a,b", "x"], ["y", "x"], ["x", "\""]])
    }

    @Test("has no format whose delimiter and quote cannot be told from each other or a line end")
    func formats() throws {
        for (delimiter, quote) in [(0x2C, 0x2C), (0x0A, 0x22), (0x2C, 0x0D), (0, 0x22), (0xC3, 34)]
            as [(UInt8, UInt8)]
        {
            let error = try tableError {
                _ = try TableFormat(kind: .csv, delimiter: delimiter, quote: quote)
            }
            #expect(error.kind == .format)
        }
    }

    @Test("may do without a header")
    func headerless() throws {
        let format = try TableFormat(kind: .csv, header: false)
        #expect(try rows("x,y\ny,x\n", format) == [["x", "y"], ["y", "x"]])
    }

    @Test("may have one column, where a blank line is a missing value")
    func oneColumn() throws {
        let table = try schema(listedField("a", ["x"]))
        let path = try scratch.file("t.csv", "a\nx\n\n\"\"\nNA\nx")
        #expect(
            try delivered([path], .csv, table).labels
                == [["x"], ["missing"], ["missing"], ["missing"], ["x"]])
    }

    @Test("may have blank lines between its records")
    func blankLines() throws {
        #expect(try rows("a,b\n\nx,y\n\r\n\ny,x\n\n") == [["x", "y"], ["y", "x"]])
        #expect(try fault("a,b\n\nx,y\n\r\nx\n").line == 5)
    }

    @Test("may have one record only")
    func oneRow() throws { #expect(try rows("a,b\nx,y") == [["x", "y"]]) }

    @Test("finds columns by name in any order among others")
    func order() throws {
        let text = "z,b,,a,z\n\"1\n2\",x,,y,\"\"\"\"\n,y,,x,\n"
        #expect(try rows(text) == [["y", "x"], ["x", "y"]])
    }

    @Test("may lie in several files with their columns in different orders")
    func files() throws {
        let first = try scratch.file("1.csv", "a,b\nx,y\n")
        let second = try scratch.file("2.csv", "b,c,a\nx,1,y")
        let found = try delivered([first, second], .csv, table(), capacity: 1)
        #expect(found.labels == [["x", "y"], ["y", "x"]])
    }

    @Test("is refused for a column that is missing or named twice")
    func header() throws {
        for (text, column, fix) in [
            ("a,c\nx,y\n", "b", "check the names"), ("a,b,a\nx,y,x\n", "a", "rename"),
            ("A,b\nx,y\n", "a", "check the names"), ("a;b\nx;y\n", "a", "delimiter"),
        ] {
            let error = try fault(text)
            #expect(error.kind == .header)
            #expect(error.column == column)
            #expect(error.description.contains(fix))
        }
    }

    @Test("is refused for a header whose quote is wrong")
    func damagedHeader() throws {
        #expect(try fault("\"a,b\nx,y\n").kind == .header)
        #expect(try fault("\"a\"a,b\nx,y\n").kind == .header)
    }

    @Test(
        "is refused for a record with too few or too many fields, with its line",
        arguments: ["x", "x,y,x", "x,y,", ",,,,"])
    func ragged(record: String) throws {
        let error = try fault("a,b\nx,y\n\(record)\nx,y\n")
        #expect(error.kind == .badRecord)
        #expect(error.line == 3)
        #expect(error.detail.contains("expected 2"))
        #expect(error.file == scratch("t.csv"))
    }

    @Test("is refused for text after a closing quote, with line and column")
    func afterQuote() throws {
        let error = try fault("a,b\nx,\"y\"y\n")
        #expect(error.line == 2)
        #expect(error.column == "b")
    }

    @Test("is refused for a quote that is open at its end, even in quarantine")
    func unclosed() throws {
        let text = "a,b\nx,y\nx,\"y\nx,y\nx,y\n"
        #expect(try fault(text).detail.contains("not closed"))
        let path = try scratch.file("t.csv", text)
        let error = try tableError {
            _ = try delivered([path], .csv, table(), badRows: .quarantine(path: scratch("bad")))
        }
        #expect(error.kind == .badRecord)
    }

    @Test("is refused for NUL bytes and for text that is not UTF-8", arguments: [[0], [0xE9]])
    func damagedText(bytes: [UInt8]) throws {
        let path = try scratch.file("t.csv", Array("a,b\nx,y\nx,z".utf8) + bytes + [0x0A])
        let error = try tableError { _ = try delivered([path], .csv, table()) }
        #expect(error.line == 3)
        #expect(error.column == "b")
        #expect(error.detail.contains(bytes == [0] ? "NUL" : "UTF-8"))
    }

    @Test(
        "is refused when it has no records", arguments: ["", "\u{FEFF}", "a,b", "a,b\n", "a,b\n\n"])
    func empty(text: String) throws {
        let error = try fault(text)
        #expect(error.kind == .noRecords || (text == "\u{FEFF}" && error.kind == .header))
    }

    @Test("is refused when one of its files has no records")
    func emptyFile() throws {
        let first = try scratch.file("1.csv", "a,b\nx,y\n")
        let second = try scratch.file("2.csv", "a,b\n")
        let error = try tableError { _ = try delivered([first, second], .csv, table()) }
        #expect(error.kind == .noRecords)
        #expect(error.file == second)
    }

    @Test("is refused when there is no file, or it cannot be opened")
    func noFile() throws {
        #expect(try tableError { _ = try delivered([], .csv, table()) }.kind == .noRecords)
        let error = try tableError { _ = try delivered([scratch("none")], .csv, table()) }
        guard case .stream(let cause) = error.kind else {
            Issue.record("not an error of the stream: \(error)")
            return
        }
        #expect(cause.kind == .notFound)
    }

    @Test("has records that span every buffer, whatever their place in it")
    func boundaries() throws {
        // The reader asks for 256 KiB at a time: fields longer than that, and records whose
        // quotes and line ends fall on the seam.
        let long = String(repeating: "0123456789\n\"\",", count: 22_000)
        let wide = try schema(
            #"{"name":"note","semblance":{"role":"identifier"}}"#, listedField("a", ["x"]),
            listedField("b", ["q\"q", "two\r\nlines"]))
        for pad in (256 << 10) - 30...(256 << 10) {
            let note = String(repeating: "n", count: pad - 20)
            let text = "a,note,b\r\nx,\(note),\"q\"\"q\"\r\nx,\"\(note)\",\"two\r\nlines\"\r\n"
            let path = try scratch.file("t.csv", text)
            let found = try delivered([path], .csv, wide).labels
            #expect(found == [["x", "q\"q"], ["x", "two\r\nlines"]], "\(pad)")
        }
        let path = try scratch.file("t.csv", "a,note,b\nx,\"\(long)\",q\"q\nx,\"\(long)\",q\"q")
        #expect(long.utf8.count > 300_000)
        #expect(try delivered([path], .csv, wide).labels == [["x", "q\"q"], ["x", "q\"q"]])
    }

    @Test("gives the same records in blocks of any size", arguments: [1, 2, 3, 1_000, 5_000])
    func blocks(capacity: Int) throws {
        let lines = (0..<3_000).map { $0 % 7 == 0 ? "\"say \"\"hi\"\"\",x" : "x,\"y\"" }
        let found = try rows("a,b\n" + lines.joined(separator: "\n"), capacity: capacity)
        #expect(found == (0..<3_000).map { $0 % 7 == 0 ? ["say \"hi\"", "x"] : ["x", "y"] })
    }

    @Test("may hold missing values only")
    func allNull() throws {
        let found = try rows("a,b\n" + String(repeating: ",NA\n", count: 2_000))
        #expect(found == [[String]](repeating: ["missing", "missing"], count: 2_000))
    }

    @Test("may have 10,000 categories")
    func categories() throws {
        let names = (0..<10_000).map { "category \($0 &* 7_919 % 10_007)" }
        let table = try schema(listedField("a", names))
        let path = try scratch.file("t.csv", "a\n" + names.joined(separator: "\n") + "\nnone\n")
        let found = try delivered([path], .csv, table, capacity: 4_096).labels.map { $0[0] }
        #expect(found == names + ["other"])
        #expect(table.codecs.first?.cellCount == 10_002)
    }
}
