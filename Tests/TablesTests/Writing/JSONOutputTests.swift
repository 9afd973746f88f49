// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Tables

@Suite("JSON Lines that are written")
struct JSONOutputTests {
    private static let jq = ["/usr/bin/jq", "/usr/local/bin/jq"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test("are what jq reads, value by value", .enabled(if: jq != nil))
    func stock() throws {
        let table = try schema(
            #"""
            {"name": "t \"\\", "constraints": {"enum": ["a\"b", "c\\d", "é\u0001\n\t", "\u007f", "😀"]}},
            {"name": "n", "type": "number", "semblance": {"decimals": 3,
             "domain": {"minimum": -1, "maximum": 1, "bins": 4, "special": [-9.5]}}},
            {"name": "b", "type": "boolean"}
            """#)
        let codecs = table.codecs
        let count = 70
        let codes = codecs.flatMap { codec in (0..<count).map { UInt16($0 % codec.cellCount) } }
        let positions = codecs.flatMap { codec in
            (0..<count).map { Int32($0 * 37 % codec.positions(in: $0 % codec.cellCount)) }
        }
        var output: [UInt8] = []
        TableWriter(format: .jsonl, schema: table, seed: 1).append(
            codes: codes, positions: positions, rowCount: count, firstRow: 0, to: &output)
        let scratch = try Scratch()
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.jq))
        process.arguments = [
            "-r",
            "[.[]] | map(if type == \"string\" then (explode | map(tostring) | join(\" \")) else tostring end) | join(\"|\")",
            try scratch.file("a.jsonl", output),
        ]
        process.standardOutput = pipe
        try process.run()
        let found = String(
            decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let expected = (0..<count).map { row in
            codecs.indices.map { column in
                let codec = codecs[column]
                let code = Int(codes[column * count + row])
                let text = codec.text(code, at: Int(positions[column * count + row]))
                if codec.isMissing(code) || text.isEmpty { return "null" }
                if codec.kind == .text {
                    return text.unicodeScalars.map { String($0.value) }.joined(separator: " ")
                }
                return codec.kind == .boolean ? codec.label(code) : String(Double(text) ?? .nan)
            }
        }
        let rows = found.split(separator: "\n").map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).enumerated().map {
                $0 == 1 ? Double($1).map { String($0) } ?? String($1) : String($1)
            }
        }
        #expect(rows == expected)
    }
}
