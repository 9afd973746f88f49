// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

@Suite("JSON Lines are split into records")
struct JSONLinesScannerTests {
    private let scratch: Scratch
    private let schema: Schema

    init() throws {
        scratch = try Scratch()
        schema = try lettersNumbersTruths()
    }

    /// Codes of the columns s (A, é"😀, zwölf\n), n (0...9, special 99) and b, for read buffers of
    /// all sizes.
    private func rows(_ text: String) throws -> [[Int]] {
        let path = try scratch.file("a.jsonl", text)
        let whole = try read([path], schema, format: .jsonl)
        for chunk in chunkSizes {
            #expect(try read([path], schema, format: .jsonl, chunk: chunk) == whole)
        }
        return whole.rows
    }

    /// The reason why a record is refused; never with the record's content.
    private func refusal(_ text: String, chunks: [Int] = chunkSizes) throws -> String {
        let path = try scratch.file("a.jsonl", text)
        for chunk in chunks {
            let error = #expect(throws: TableError.self) {
                try read([path], schema, format: .jsonl, chunk: chunk)
            }
            let line = try #require(error)
            #expect(!line.description.contains(canary) && !line.description.contains("\n"))
            #expect(line.kind == .badRecord && line.line != nil && line.file == path)
        }
        let error = #expect(throws: TableError.self) { try read([path], schema, format: .jsonl) }
        return try #require(error).description
    }

    @Test("with their keys in any order, unknown keys skipped, absent ones and nulls missing")
    func keys() throws {
        #expect(try rows(#"{"s":"A","n":3,"b":true}"#) == [[0, 3, 1]])
        #expect(try rows(#" { "b" : false , "n" : 9 , "s" : "A" } "#) == [[0, 9, 0]])
        #expect(try rows(#"{"z":{"s":[1,{"n":2}]},"s":"A","y":[],"n":0,"b":true}"#) == [[0, 0, 1]])
        #expect(try rows("{}") == [[3, 11, 2]])
        #expect(try rows(#"{"s":null,"n":null,"b":null}"#) == [[3, 11, 2]])
        #expect(try rows(#"{"s":"NA","n":"","b":"NA"}"#) == [[3, 11, 2]])
    }

    @Test("with escapes and surrogate pairs decoded, in names too")
    func escapes() throws {
        #expect(try rows(#"{"s":"\u0041","n":1,"b":true}"#) == [[0, 1, 1]])
        #expect(try rows(#"{"\u0073":"A","\u006e":1,"b":true}"#) == [[0, 1, 1]])
        #expect(try rows(#"{"s":"\u00e9\"\ud83d\ude00","n":1,"b":true}"#) == [[1, 1, 1]])
        #expect(try rows(#"{"s":"é\"😀","n":1,"b":true}"#) == [[1, 1, 1]])
        #expect(try rows(#"{"s":"zw\u00F6lf\n","n":"\u0031","b":true}"#) == [[2, 1, 1]])
        #expect(try rows(#"{"s":"\/\\\b\f\t\r","n":1,"b":true}"#) == [[4, 1, 1]])
    }

    @Test("with numbers in every notation, bare or in quotes")
    func numbers() throws {
        for text in ["5", "5.0", "0.5e1", "50E-1", "5e0", "\"5\"", "\"+5\""] {
            #expect(try rows(#"{"s":"A","n":\#(text),"b":true}"#) == [[0, 5, 1]], "\(text)")
        }
        #expect(try rows(#"{"s":"A","n":-0,"b":true}"#) == [[0, 0, 1]])
        #expect(try rows(#"{"s":"A","n":99,"b":true}"#) == [[0, 10, 1]])
        for text in ["10", "-1", "5.5", "1e400", "123456789012345678901234567890", "true", "\"x\""]
        {
            #expect(try rows(#"{"s":"A","n":\#(text),"b":true}"#) == [[0, 12, 1]], "\(text)")
        }
        #expect(try rows(#"{"s":true,"n":1,"b":"true"}"#) == [[4, 1, 1]])
    }

    @Test("however their lines end; blank ones are skipped")
    func lineEnds() throws {
        let row = #"{"s":"A","n":1,"b":true}"#
        #expect(try rows("\(row)\n\(row)\n").count == 2)
        #expect(try rows("\(row)\r\n\(row)\r\n").count == 2)
        #expect(try rows("\u{FEFF}\(row)\n\(row)").count == 2)
        #expect(try rows("\n \n\(row)\n\t\r\n\n\(row)\n\n").count == 2)
    }

    @Test("and the line of a fault is counted with the blank ones")
    func lineNumbers() throws {
        #expect(try refusal("{}\n\n{}\n{\"s\":}\n").contains("line 4"))
    }

    @Test(
        "a record that is not one strict JSON object is refused without being quoted",
        arguments: [
            #"{"s":"CANARY"} x"#, #"{"s":"CANARY"}{}"#, #"{"s":"CANARY",}"#, #"{"s":"CANARY""#,
            #"{"s":"CANARY}"#, #"["CANARY"]"#, #""CANARY""#, "CANARY", "12", "null",
            #"{s:"CANARY"}"#, #"{'s':'CANARY'}"#, #"{"s":"CANARY" "n":1}"#, #"{"s" "CANARY"}"#,
            #"{"n":01}"#, #"{"n":+1}"#, #"{"n":.5}"#, #"{"n":5.}"#, #"{"n":NaN}"#, #"{"n":1e}"#,
            #"{"n":0x1}"#, #"{"b":TRUE}"#, #"{"b":tru}"#, #"{"s":"\x"}"#, #"{"s":"\u12G4"}"#,
            #"{"s":"CANARY\ud83d"}"#, #"{"s":"\udE00CANARY"}"#, #"{"s":"\ud83d\ud83d"}"#,
            "{\"s\":\"CANARY\t\"}", "{\"s\":\"CANARY\0\"}", #"{"CANARY":1,"CANARY":2}"#,
            #"{"s":"A","\u0073":"CANARY"}"#, #"{"n":1,"n":1}"#,
        ])
    func refused(text: String) throws {
        #expect(try refusal(text).contains("byte"))
        // A good record before and after it changes nothing but the line.
        #expect(try refusal("{}\n\(text)\n{}\n").contains("line 2"))
    }

    @Test("a nested value of a measured column is refused with the column's name")
    func nested() throws {
        for value in [#"["CANARY"]"#, #"{"CANARY":1}"#, "[]", "{}"] {
            #expect(try refusal(#"{"s":\#(value)}"#).contains("column \"s\""))
        }
    }

    @Test("deep nesting is refused without exhausting the stack")
    func deep() throws {
        let limit = JSONScanner.maximumDepth
        func nested(_ depth: Int) -> String {
            #"{"z":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                + "}"
        }
        #expect(try rows(nested(limit - 1)).count == 1)
        #expect(try refusal(nested(limit)).contains("nested"))
        #expect(
            try refusal(#"{"z":"# + String(repeating: "[", count: 200_000), chunks: []).contains(
                "nested"))
        let objects = String(repeating: #"{"a":"#, count: 100_000)
        #expect(try refusal(objects, chunks: []).contains("nested"))
    }

    @Test("invalid UTF-8 is refused anywhere in a record")
    func encoding() throws {
        for bytes in [
            [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
        ] as [[UInt8]] {
            let text = Array(#"{"z":"CANARY"#.utf8) + bytes + Array(#""}"#.utf8)
            let path = try scratch.file("a.jsonl", text)
            let error = #expect(throws: TableError.self) {
                try read([path], schema, format: .jsonl)
            }
            #expect(error?.description.contains("UTF-8") == true)
            #expect(error?.description.contains(canary) == false)
        }
    }

    @Test("an escaped NUL byte makes a record bad")
    func nul() throws {
        #expect(try refusal(#"{"s":"\u0000CANARY"}"#).contains("NUL"))
    }

    @Test("records with ever new names do not fill the memory, and repeated names are still found")
    func manyNames() throws {
        let many = (0..<70_000).map { #"{"k\#($0)":1}"# }.joined(separator: "\n")
        #expect(
            try read([scratch.file("a", many)], schema, format: .jsonl, block: 1_000).rows.count
                == 70_000)
        #expect(try refusal(many + "\n" + #"{"q":1,"q":2}"#, chunks: []).contains("line 70001"))
    }
}

/// The schema of these tests.
private func lettersNumbersTruths() throws -> Schema {
    try schema(
        #"""
        {"name": "s", "type": "string", "constraints": {"enum": ["A", "é\"😀", "zwölf\n"]}},
        {"name": "n", "type": "integer",
         "semblance": {"domain": {"minimum": 0, "maximum": 9, "special": [99]}}},
        {"name": "b", "type": "boolean"}
        """#)
}
