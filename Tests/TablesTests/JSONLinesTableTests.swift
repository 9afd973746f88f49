// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

@Suite("A JSON Lines table")
struct JSONLinesTableTests {
    private let scratch: Scratch
    private let values = [
        "x", "y", "tab\there", "quote\"", "back\\slash", "two\nlines", "é", "😀", "a/b",
        "\u{8}\u{C}",
        "42",
    ]

    init() throws { scratch = try Scratch() }

    private func table() throws -> Schema {
        try schema(
            listedField("a", values),
            binnedField("n", "number", #""minimum":0,"maximum":100,"bins":10"#, #","decimals":2"#),
            #"{"name":"b","type":"boolean"}"#)
    }

    private func rows(_ text: String) throws -> [[String]] {
        try delivered([scratch.file("t.jsonl", text)], .jsonl, table()).labels
    }

    private func fault(_ text: String) throws -> TableError {
        let path = try scratch.file("t.jsonl", text)
        let table = try table()
        return try tableError { _ = try delivered([path], .jsonl, table) }
    }

    @Test("has strings, numbers and booleans in any order, with other keys and spaces")
    func plain() throws {
        let text = """
            {"a":"x","n":12.5,"b":true}
             { "z" : [1,{"a":2}] , "b":false, "n" : 1e1, "a":"y" }\t
            {"n":"7","b":"true","a":"42"}

            {"n":-0,"a":42}
            """
        #expect(
            try rows(text) == [
                ["x", "10.00-19.99", "true"], ["y", "10.00-19.99", "false"],
                ["42", "0.00-9.99", "true"], ["42", "0.00-9.99", "missing"],
            ])
    }

    @Test("has strings with every escape")
    func escapes() throws {
        let texts = [
            #"tab\there"#, #"tab\u0009here"#, #"quote\""#, #"quote\u0022"#, #"back\\slash"#,
            #"two\nlines"#, #"\u00e9"#, #"\u00E9"#, "é", "😀", #"\ud83d\ude00"#, #"a\/b"#,
            #"\b\f"#,
        ]
        let expected = [
            "tab\there", "tab\there", "quote\"", "quote\"", "back\\slash", "two\nlines", "é", "é",
            "é", "😀", "😀", "a/b", "\u{8}\u{C}",
        ]
        let lines = texts.map { #"{"a":"\#($0)"}"# }.joined(separator: "\n")
        #expect(try rows(lines).map { $0[0] } == expected)
        #expect(try rows(#"{"\u0061":"x","\u006e":"1"}"#) == [["x", "0.00-9.99", "missing"]])
    }

    @Test("has missing values where a key is absent or null")
    func nulls() throws {
        #expect(
            try rows(#"{"a":null}"# + "\n{}\n" + #"{"a":"","n":"NA","b":null}"#)
                == [[String]](repeating: ["missing", "missing", "missing"], count: 3))
    }

    @Test(
        "is refused for a record that is no JSON object, with its line",
        arguments: [
            "[]", "1", "null", "{", "{}{}", "{} x", "{}]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
            #"{,"a":1}"#, #"{"a":1 "n":2}"#, #"{a:1}"#, #"{'a':1}"#, #"{"a":01}"#, #"{"a":+1}"#,
            #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#, #"{"a":tru}"#,
            #"{"a":"x}"#, #"{"a":"\x"}"#, #"{"a":"\u12"}"#, #"{"a":"\u12g4"}"#,
            #"{"a":"\ud800"}"#, #"{"a":"\udc00\ud800"}"#, #"{"a":"\ud800\ud800"}"#,
            "{\"a\":\"\t\"}", "{\"z\":\"\u{1}\"}", "{\"a\":\"x\u{0}\"}", "{\u{0}}", "{}\u{0}",
        ])
    func malformed(record: String) throws {
        let error = try fault(#"{"a":"x"}"# + "\n" + record + "\n" + #"{"a":"x"}"#)
        #expect(error.kind == .badRecord)
        #expect(error.line == 2)
    }

    @Test("is refused for a key twice in one record, wanted or not, escaped or not")
    func duplicates() throws {
        for record in [
            #"{"a":"x","a":"x"}"#, #"{"z":1,"z":1}"#, #"{"a":"x","\u0061":"y"}"#,
            #"{"a":null,"a":null}"#,
        ] {
            #expect(try fault(record).detail.contains("twice"))
        }
        #expect(try rows(#"{"z":1}"# + "\n" + #"{"z":1}"#).count == 2)
    }

    @Test("is refused for a nested value in a wanted column, and not in another")
    func nested() throws {
        for value in ["[1]", "{}", "[]", #"{"x":1}"#] {
            let error = try fault(#"{"a":\#(value)}"#)
            #expect(error.column == "a")
            #expect(error.detail.contains("nested"))
            #expect(try rows(#"{"z":\#(value),"a":"x"}"#).count == 1)
        }
    }

    @Test("is refused, and not crashed, by values nested very deeply")
    func deep() throws {
        func record(_ depth: Int) -> String {
            let open = String(repeating: "[", count: depth)
            let close = String(repeating: "]", count: depth)
            return #"{"z":\#(open)\#(close),"a":"x"}"#
        }
        #expect(try rows(record(500)).count == 1)
        #expect(try fault(record(513)).kind == .badRecord)
        #expect(try fault(record(1_000_000)).kind == .badRecord)
        let objects = String(repeating: #"{"a":"#, count: 100_000)
        #expect(try fault(#"{"z":"# + objects).kind == .badRecord)
    }

    @Test("is refused for text that is not UTF-8, in any column")
    func utf8() throws {
        for bytes in [
            [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2],
        ]
            as [[UInt8]]
        {
            let record = Array(#"{"z":""#.utf8) + bytes + Array(#""}"#.utf8)
            let path = try scratch.file("t.jsonl", record)
            #expect(try tableError { _ = try delivered([path], .jsonl, table()) }.line == 1)
        }
    }

    @Test("is refused for an escaped NUL in a measured text")
    func escapedNul() throws {
        #expect(try fault(#"{"a":"x\u0000"}"#).column == "a")
    }

    @Test("is refused when it has no records", arguments: ["", "\n", " \n\t\r\n", "\u{FEFF}"])
    func empty(text: String) throws {
        #expect(try fault(text).kind == .noRecords)
    }

    @Test("may end its lines with CRLF and begin with a byte order mark")
    func lineEnds() throws {
        #expect(try rows("\u{FEFF}{\"a\":\"x\"}\r\n{\"a\":\"y\"}\r\n").map { $0[0] } == ["x", "y"])
    }

    @Test("has records that span every buffer")
    func boundaries() throws {
        let long = String(repeating: #"\u00e9\n0123456789"#, count: 17_000)
        let line = #"{"z":"\#(long)","a":"tab\there"}"#
        #expect(line.utf8.count > 300_000)
        let found = try rows([line, line, line].joined(separator: "\n"))
        #expect(found.map { $0[0] } == ["tab\there", "tab\there", "tab\there"])
    }

    @Test("may have ever new keys in its records")
    func strangers() throws {
        let lines = (0..<70_000).map { #"{"k\#($0)":1,"a":"x"}"# } + [#"{"z":1,"a":"x","a":"x"}"#]
        let path = try scratch.file("t.jsonl", lines.joined(separator: "\n"))
        let error = try tableError { _ = try delivered([path], .jsonl, table(), capacity: 1_024) }
        #expect(error.line == 70_001)
    }

    private func pointerTable() throws -> Schema {
        try schema(
            #"""
            {"name": "city", "constraints": {"enum": ["Bonn", "Köln"]},
             "semblance": {"pointer": "/address/city"}},
            {"name": "first", "constraints": {"enum": ["x", "y"]},
             "semblance": {"pointer": "/tags/0"}},
            {"name": "odd", "constraints": {"enum": ["x", "y"]},
             "semblance": {"pointer": "/a~1b/~0c"}},
            {"name": "flat", "constraints": {"enum": ["x", "y"]}}
            """#)
    }

    @Test("may have its values anywhere inside its records, by JSON Pointer")
    func pointers() throws {
        let path = try scratch.file(
            "t.jsonl",
            [
                #"{"address":{"street":{"city":"Rome"},"city":"K\u00f6ln"},"tags":["y",["x"]],"#
                    + #""a/b":{"~c":"x"},"flat":"y"}"#,
                #"{"flat":"x","address":null,"tags":[],"a/b":{"d":[1,{"~c":2}]}}"#,
                #"{"address":{},"flat":null}"#,
            ].joined(separator: "\n"))
        for chunk in chunkSizes {
            let found = try read([path], pointerTable(), format: .jsonl, chunk: chunk)
            #expect(found.rows == [[1, 1, 0, 1], [2, 2, 2, 0], [2, 2, 2, 2]])
        }
    }

    @Test("is refused where a wanted value is nested, doubled or under a plain value")
    func pointerFaults() throws {
        let bad = [
            #"{"address":{"city":{"x":1}}}"#, #"{"address":{"city":"Bonn","city":"Bonn"}}"#,
            #"{"address":"Bonn"}"#, #"{"tags":[["x"]]}"#, #"{"address":{"city":"Bonn"}"#,
            #"{"address":{"city":"Bonn"},"address":{"city":"Bonn"}}"#,
        ]
        for line in bad {
            let path = try scratch.file("bad.jsonl", line)
            let error = try tableError { _ = try read([path], pointerTable(), format: .jsonl) }
            #expect(error.kind == .badRecord, "\(line)")
            #expect(!error.detail.contains("Bonn"))
        }
        let deep = String(repeating: #"{"address":"#, count: 100_000)
        let path = try scratch.file("deep.jsonl", deep)
        #expect(try tableError { _ = try read([path], pointerTable(), format: .jsonl) }.line == 1)
    }

    @Test("has pointers that are well-formed and lead to different values")
    func pointerSchemas() {
        func field(_ name: String, _ pointer: String) -> String {
            #"{"name": "\#(name)", "constraints": {"enum": ["x"]}, "semblance": {"pointer": "\#(pointer)"}}"#
        }
        let bad = [
            field("a", "b/c"), field("a", ""), field("a", "/x~2"), field("a", "/x~"),
            field("a", "/x") + "," + field("b", "/x"), field("a", "/x") + "," + field("b", "/x/y"),
            field("a", "/b") + #",{"name": "b", "constraints": {"enum": ["x"]}}"#,
        ]
        for text in bad { #expect(throws: SchemaError.self, "\(text)") { try schema(text) } }
    }
}
