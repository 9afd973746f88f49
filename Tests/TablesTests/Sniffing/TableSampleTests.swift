// SPDX-License-Identifier: Apache-2.0

import Foundation
import Streams
import Testing

@testable import Tables

/// A way to write a small table down, and what should be found.
struct Writing: Sendable, CustomStringConvertible {
    let description: String
    var delimiter = ","
    var quote = "\""
    var escape: String?
    var lead = ""
    var header = true
    var lineEnd = "\n"
    var encoding = String.Encoding.utf8
    var mark: [UInt8] = []
    /// What the reader calls the encoding.
    var named = TextEncoding.utf8

    /// A table of a number, a word, a decimal number, a text with awkward bytes and a date.
    var bytes: [UInt8] {
        let texts = ["plain", "a\(delimiter) b", "said \(quote)yes\(quote)", "", "Zoë"]
        var lines = header ? [["id", "who", "amount", "remark", "day"]] : []
        for row in 0..<60 {
            lines.append([
                String(1_000 + row * 7 % 60), ["Anna", "Bert", "Carl"][row % 3],
                "\(row % 9).\(10 + row)", texts[row % 5], "2024-\(10 + row % 3)-\(10 + row % 19)",
            ])
        }
        let text = lines.map { $0.map(field).joined(separator: delimiter) }
            .joined(separator: lineEnd)
        return mark + Array((lead + text + lineEnd).data(using: encoding) ?? Data())
    }

    private func field(_ text: String) -> String {
        guard text.contains(delimiter) || text.contains(quote) else { return text }
        let inner = text.replacingOccurrences(of: quote, with: (escape ?? quote) + quote)
        return quote + inner + quote
    }
}

private let writings: [Writing] = [
    .init(description: "plain"),
    .init(description: "semicolons", delimiter: ";"),
    .init(description: "tabs and CRLF", delimiter: "\t", lineEnd: "\r\n"),
    .init(description: "bars", delimiter: "|"),
    .init(description: "carets", delimiter: "^"),
    .init(description: "Hive's delimiter, no header", delimiter: "\u{1}", header: false),
    .init(description: "single quotes", quote: "'"),
    .init(description: "backslash escapes", escape: "\\"),
    .init(description: "comments", lead: "# made by a machine\n# in 2024, of course\n"),
    .init(description: "no header", header: false),
    .init(description: "UTF-8 with a mark", mark: [0xEF, 0xBB, 0xBF]),
    .init(
        description: "UTF-16 with a mark", delimiter: ";", encoding: .utf16LittleEndian,
        mark: [0xFF, 0xFE], named: .utf16),
    .init(description: "UTF-16LE", encoding: .utf16LittleEndian, named: .utf16LittleEndian),
    .init(description: "UTF-16BE", encoding: .utf16BigEndian, named: .utf16BigEndian),
    .init(
        description: "Windows-1252", delimiter: ";", encoding: .windowsCP1252, named: .windows1252),
]

@Suite("A sample of a table")
struct TableSampleTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("tells the dialect, whatever it is", arguments: writings)
    func dialect(writing: Writing) throws {
        let path = try scratch.file("t.csv", writing.bytes)
        let sample = try TableSample.read([path], limit: 1 << 20)
        let format = sample.format
        #expect(format.delimiter == writing.delimiter.utf8.first)
        #expect(format.quote == writing.quote.utf8.first)
        #expect(format.escape == writing.escape?.utf8.first)
        #expect(format.comment == (writing.lead.isEmpty ? nil : UInt8(ascii: "#")))
        #expect(format.header == writing.header)
        #expect(format.encoding == writing.named)
        #expect(sample.hasMark == !writing.mark.isEmpty)
        #expect(sample.records == 60 && sample.faults == 0 && sample.isWhole)
        #expect(sample.columns.count == 5)
        #expect(sample.columns.map(\.count) == [60, 60, 60, 60, 60])
        #expect(sample.columns[0].decimals == 0 && sample.columns[0].isUnique)
        #expect(sample.columns[1].texts == ["Anna": 20, "Bert": 20, "Carl": 20])
        #expect(sample.columns[2].decimals == 2)
        #expect(sample.columns[3].missingCount == 12)
        #expect(sample.columns[3].texts?["Zoë"] == 12)
        #expect(sample.columns[4].moments?.pattern == "%Y-%m-%d")
    }

    @Test("cut at any byte has fewer records and is the same otherwise", arguments: writings)
    func cuts(writing: Writing) throws {
        let bytes = writing.bytes
        let path = try scratch.file("t.csv", bytes)
        let whole = try TableSample.read([path], limit: 1 << 20).columns.map(\.name)
        for cut in stride(from: bytes.count - 1, to: bytes.count / 2, by: -7) {
            let sample = try TableSample.read([path], limit: cut, leastShare: 1)
            #expect(sample.format.delimiter == writing.delimiter.utf8.first)
            #expect(sample.format.encoding == writing.named)
            #expect(sample.columns.map(\.name) == whole)
            #expect(sample.faults == 0 && !sample.isWhole && sample.records < 60)
        }
    }

    @Test("cut inside a quoted field with line ends has no malformed record")
    func cutInQuotes() throws {
        let rows = (0..<50).map { "\($0),\"one\ntwo\nthree\",x" }.joined(separator: "\n")
        let bytes = Array(("a,b,c\n" + rows + "\n").utf8)
        let path = try scratch.file("t.csv", bytes)
        for cut in 400..<440 {
            let sample = try TableSample.read([path], limit: cut, leastShare: 1)
            #expect(sample.faults == 0 && sample.columns.count == 3)
        }
    }

    @Test("of an archive has the records of all its members")
    func archive() throws {
        _ = try scratch.file("1.csv", "a,b\n1,x\n2,y\n")
        _ = try scratch.file("2.csv", "a,b\n3,x\n4,y\n5,x\n")
        let tar = scratch("t.tar")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["tar", "cf", tar, "-C", scratch.path, "1.csv", "2.csv"]
        try process.run()
        process.waitUntilExit()
        let sample = try TableSample.read([tar], limit: 1 << 20)
        #expect(sample.records == 5 && sample.isWhole)
        let part = try TableSample.read([tar], limit: 10, leastShare: 1)
        #expect(!part.isWhole)
    }

    @Test("of JSON Lines finds nested values by their pointers")
    func nested() throws {
        let path = try scratch.file(
            "t.jsonl",
            """
            {"id": 1, "home": {"city": "Ulm", "a/b": 1.5}, "tags": [1]}
            {"id": 2, "home": {"city": null}, "late": "x\\u00e9"}
            {"id": 3, "a": {"b": 1}, "a_b": 2, "home": "x"}
            not json

            """)
        let sample = try TableSample.read([path], limit: 1 << 20)
        #expect(sample.format.kind == .jsonl && sample.records == 4 && sample.faults == 1)
        #expect(
            sample.columns.map(\.name) == [
                "id", "home_city", "home_a/b", "tags", "late", "a_b", "a_b_2", "home",
            ])
        #expect(
            sample.columns.map(\.pointer) == [
                nil, "/home/city", "/home/a~1b", nil, nil, "/a/b", "/a_b", nil,
            ])
        #expect(sample.columns.map(\.count) == [3, 3, 3, 3, 3, 3, 3, 3])
        #expect(sample.columns.map(\.missingCount) == [0, 2, 2, 3, 2, 2, 2, 2])
        #expect(
            sample.columns.map(\.isContainerToo) == [
                false, false, false, false, false, false, false, true,
            ])
        #expect(sample.columns[3].hasContainers)
        #expect(sample.columns[4].texts == ["xé": 1])
    }

    @Test("of a part of a table says that it is one")
    func part() throws {
        let lines = (0..<20_000).map { "\($0),\($0 % 7)" }
        let path = try scratch.file("t.csv", "id,n\n" + lines.joined(separator: "\n") + "\n")
        let sample = try TableSample.read([path], limit: 1)
        #expect(!sample.isWhole && sample.faults == 0)
        #expect((1_000..<20_000).contains(sample.records))
    }

    @Test("takes one or two words in a column of numbers for no number")
    func oddTexts() throws {
        let rows = (0..<500).map { $0 % 5 == 0 ? "N,\($0)" : "\($0),\($0)" }
        let path = try scratch.file("t.csv", "a,b\n" + rows.joined(separator: "\n") + "\n")
        let sample = try TableSample.read([path], limit: 1 << 20)
        #expect(sample.columns[0].decimals == 0)
        #expect(sample.columns[0].codesForNone(inAtLeast: 10) == ["N"])
        #expect(sample.columns[0].codesForNone(inAtLeast: 101).isEmpty)
        #expect(sample.columns[1].codesForNone(inAtLeast: 1).isEmpty)
    }

    @Test(
        "takes unusual numbers for numbers, and many leading zeros for codes",
        arguments: ["007", ".5", "+5", "1e3", "5.", "0.25"])
    func unusualNumbers(text: String) throws {
        let rows = (0..<500).map { $0 == 77 ? text : "\($0).25" }
        let codes = (0..<500).map { $0 % 20 == 0 ? "0\($0)" : "\($0)" }
        let lines = zip(rows, codes).map { "\($0),\($1)" }.joined(separator: "\n")
        let sample = try TableSample.read(
            [try scratch.file("t.csv", "a,b\n" + lines + "\n")], limit: 1 << 20)
        #expect(sample.columns[0].decimals == 2)
        #expect(sample.columns[0].codesForNone(inAtLeast: 1).isEmpty)
        #expect(sample.columns[1].decimals == nil)
    }

    @Test("tells decimals of long and odd numbers, and numbers that are written otherwise")
    func shapes() {
        func decimals(_ text: String) -> Int? { CellShape.decimals(Array(text.utf8)) }
        #expect(decimals("0.12345678901234567890") == 20)
        #expect(decimals("3.21e-06") == 9 && decimals("1e3") == 0 && decimals("-12") == 0)
        #expect(decimals("1,5") == nil && decimals("") == nil && decimals("x") == nil)
        for text in ["1,5", "1.234,50", "$1,234.00", "12%", "3 €"] {
            #expect(CellShape.isMarkedNumber(Array(text.utf8)))
        }
        for text in ["1", "x,1", ",", "2024-01-0a"] {
            #expect(!CellShape.isMarkedNumber(Array(text.utf8)))
        }
    }

    @Test("gives identifiers the pattern that all of them have")
    func patterns() throws {
        let rows = (0..<300).map { "M\(100 + $0)-\(["A", "Q"][$0 % 2]),\($0),a.\($0 % 10)" }
        let path = try scratch.file("t.csv", "a,b,c\n" + rows.joined(separator: "\n") + "\n")
        let sample = try TableSample.read([path], limit: 1 << 20)
        #expect(sample.columns.map(\.pattern) == ["M[0-9]{3}-[A-Z]", nil, "a\\.[0-9]"])
        _ = try IdentifierPattern("M[0-9]{3}-[A-Z]")
    }

    @Test("knows UUIDs, and numbers whose last digit checks the others")
    func forms() throws {
        let uuid = try IdentifierPattern("{uuid}")
        let card = try IdentifierPattern("4[0-9]{14}{luhn}")
        let rows = (0..<UInt64(300)).map {
            "\(uuid.value(index: $0)),\(card.value(index: $0)),\($0)"
        }
        let path = try scratch.file("t.csv", "a,b,c\n" + rows.joined(separator: "\n") + "\n")
        let sample = try TableSample.read([path], limit: 1 << 20)
        let patterns = sample.columns.map(\.pattern)
        #expect(patterns[0] == "{uuid}")
        #expect(patterns[1] == "[0-9]{15}{luhn}")
    }

    @Test(
        "is refused where there is no table",
        arguments: [
            ("", "the file is empty"), ("\n \n", "blank lines only"), ("a,b\n", "a header at most"),
            ("[{\"a\": 1}]", "not one object a line"), ("{\n\"a\": 1}", "not one object a line"),
            ("a,b\n1,\0\n", "NUL bytes"), ("{\n\"a\": 1,", "not one object a line"),
            ("[[1]]", "not one object a line"),
        ])
    func refused(text: String, message: String) throws {
        let path = try scratch.file("t.csv", text)
        let error = try #require(throws: TableError.self) {
            try TableSample.read([path], limit: 1 << 20)
        }
        #expect(error.description.contains(message))
    }

    @Test(
        "begins behind blank lines, and may begin with a bracket",
        arguments: ["\n\n{\"a\": 1}\n", "\n\r\na,b\n1,2\n", "[a],[b]\n1,2\n"])
    func beginnings(text: String) throws {
        let sample = try TableSample.read([try scratch.file("t", text)], limit: 1 << 20)
        #expect(sample.records == 1 && sample.faults == 0)
        #expect(sample.columns.count == (text.contains("{\"") ? 1 : 2))
    }

    @Test("of JSON whose members are named by data is refused before long")
    func manyMembers() throws {
        let lines = (0..<6_000).map { "{\"k\($0)\": 1}" }.joined(separator: "\n")
        let path = try scratch.file("t.jsonl", lines + "\n")
        let error = try #require(throws: TableError.self) {
            try TableSample.read([path], limit: 1 << 20)
        }
        #expect(error.description.contains("different members"))
    }

    @Test("of more columns than a table has is refused before long, and deep members are left out")
    func limits() throws {
        let wide = try scratch.file(
            "w.csv",
            String(repeating: ",", count: 50_000) + "\n1" + String(repeating: ",", count: 50_000)
                + "\n")
        let error = try #require(throws: TableError.self) {
            try TableSample.read([wide], limit: 1 << 20)
        }
        #expect(error.description.contains("expected at most 5000"))
        let deep =
            String(repeating: "{\"a\":", count: 200) + "1" + String(repeating: "}", count: 200)
        let path = try scratch.file("d.jsonl", "{\"x\": 1}\n" + deep + "\n")
        #expect(try TableSample.read([path], limit: 1 << 20).columns.map(\.name) == ["x"])
    }

    @Test("is refused where two files have other columns")
    func otherColumns() throws {
        let one = try scratch.file("1.csv", "a,b\n1,2\n")
        let two = try scratch.file("2.csv", "a,c\n1,2\n")
        let error = try #require(throws: TableError.self) {
            try TableSample.read([one, two], limit: 1 << 20)
        }
        #expect(error.description.contains("2.csv") && error.description.contains("not that of"))
    }
}
