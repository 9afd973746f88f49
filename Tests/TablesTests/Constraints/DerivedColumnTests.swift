// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

private let parts = #"""
    {"name": "a", "type": "number", "semblance": {"decimals": 2, "domain": {"minimum": 0, "maximum": 1, "bins": 2}}},
    {"name": "b", "type": "integer", "constraints": {"required": true}, "semblance": {"outside": "clamp", "domain": {"minimum": -3, "maximum": 3, "bins": 1}}}
    """#

@Suite("Derived columns")
struct DerivedColumnTests {
    private func written(_ derived: String, format: TableFormat = .csv) throws -> [String] {
        let table = try schema("\(parts), \(derived)", missing: #"["", "NA"]"#)
        var output: [UInt8] = []
        let codec = table.codecs[0]
        let missing = (0..<codec.cellCount).first { codec.isMissing($0) } ?? 0
        TableWriter(format: format, schema: table, seed: 1).append(
            codes: [0, 1, UInt16(missing), 0, 0, 0], positions: [25, 50, 0, 0, 6, 1], rowCount: 3,
            firstRow: 0, to: &output)
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("a sum is exact, of columns with other decimals too, and missing where a part is")
    func sums() throws {
        let total =
            #"{"name": "t", "type": "number", "semblance": {"decimals": 3, "derived": "a - b + 0.125"}}"#
        #expect(
            try written(total) == ["0.25,-3,3.375", "1.00,3,-1.875", ",-2,"])
        #expect(
            try written(total, format: .jsonl).last == #"{"a":null,"b":-2,"t":null}"#)
    }

    @Test("a delimiter that is in numbers is no harm")
    func delimiter() throws {
        let total =
            #"{"name": "t", "type": "number", "semblance": {"decimals": 2, "derived": "a"}}"#
        let format = try TableFormat(
            kind: .csv, delimiter: UInt8(ascii: "."), quote: UInt8(ascii: "\""), header: true)
        #expect(try written(total, format: format)[0].hasSuffix(#"."0.25""#))
    }

    @Test("a derived column is no attribute, and what is asked of it is asked of its parts")
    func constraints() throws {
        let total = #"{"name": "t", "type": "integer", "semblance": {"derived": "b + b"}}"#
        let text = #"""
            {"fields": [\#(parts), \#(total)], "semblance": {"constraints": ["t >= 3", "a <= t"]}}
            """#
        let table = try Schema(json: Array(text.utf8), name: "test.json")
        #expect(table.attributeNames == ["a", "b"])
        let set = try ConstraintSet(table)
        #expect(set.attributes == [0, 1])
        #expect(set.isKept(code: { _ in 0 }, position: { $0 == 0 ? 0 : 5 }))
        #expect(!set.isKept(code: { _ in 0 }, position: { $0 == 0 ? 0 : 4 }))
        let descriptor = String(decoding: table.outputSchema(), as: UTF8.self)
        #expect(
            descriptor.contains(#""name":"t","type":"integer","constraints":{"required":true}"#))
    }

    @Test(
        "what is no sum of measured numbers is refused",
        arguments: [
            (#""type": "number", "semblance": {"decimals": 2, "derived": "a + c"}"#, "names \"c\""),
            (#""type": "integer", "semblance": {"derived": "a"}"#, "at most 0 decimals"),
            (#""type": "string", "semblance": {"derived": "a"}"#, "type is string"),
            (#""type": "number", "semblance": {"derived": "2"}"#, "names no column"),
            (
                #""type": "number", "semblance": {"derived": "a", "outside": "other"}"#,
                "no \"outside\""
            ),
            (
                #""type": "number", "semblance": {"decimals": 2, "derived": "a + 0.001"}"#,
                "more than 2"
            ),
            (#""type": "number", "semblance": {"derived": "a", "role": "identifier"}"#, "invented"),
            (#""type": "number", "semblance": {"decimals": 2, "derived": "t + a"}"#, "names \"t\""),
        ])
    func refused(members: String, words: String) {
        var text = ""
        do throws(SchemaError) {
            _ = try schema("\(parts), {\"name\": \"t\", \(members)}")
        } catch {
            text = error.description
        }
        #expect(text.contains(words), "\(text)")
    }
}
