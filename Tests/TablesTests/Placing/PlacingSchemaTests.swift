// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

@Suite("What a schema says of places inside bins")
struct PlacingSchemaTests {
    private func number(_ property: String) throws -> ColumnCodec {
        try codec(
            #""type": "integer", "semblance": {"domain": {"minimum": 0, "maximum": 99, "bins": 2}, \#(property)}"#
        )
    }

    @Test(
        "is refused where it means nothing",
        arguments: [
            #""round": [{"to": 0, "share": 0.5}]"#, #""round": [{"to": 10, "share": 0}]"#,
            #""round": [{"to": 10}]"#, #""round": [{"to": 10, "ending": 10, "share": 0.5}]"#,
            #""round": [{"to": 10, "share": 0.7}, {"to": 5, "share": 0.4}]"#,
            #""round": [{"to": 1.5, "share": 0.7}]"#, #""round": [{"to": 10, "shares": 0.7}]"#,
            #""round": {"to": 10, "share": 0.7}"#, #""round": [10]"#,
            #""weekdays": "business""#, #""shape": [[0, 0]]"#, #""shape": [[0, 0], [0]]"#,
            #""shape": [[0, 0], [0, 2000]]"#, #""shape": [[0, 0], [0, 0.5]]"#,
        ])
    func refused(property: String) {
        let error = #expect(throws: SchemaError.self) { _ = try number(property) }
        // The message names the key at fault.
        let keys = property.matches(of: #/"[a-z]+"/#).map(\.output)
        #expect(keys.contains { error?.description.contains($0) == true })
        #expect(error?.field == "x")
    }

    @Test(
        "is refused for dates without days, texts, listed values and identifiers",
        arguments: [
            #""type": "date", "format": "%Y-%m", "semblance": {"domain": {"minimum": "2024-01", "maximum": "2024-12", "bins": "month"}, "weekdays": "business"}"#,
            #""type": "date", "semblance": {"domain": {"minimum": "2024-01-01", "maximum": "2024-12-31", "bins": "month"}, "weekdays": [1, 1]}"#,
            #""type": "date", "semblance": {"domain": {"minimum": "2024-01-01", "maximum": "2024-12-31", "bins": "month"}, "weekdays": [0, 0, 0, 0, 0, 0, 0]}"#,
            #""type": "time", "semblance": {"domain": {"minimum": "00:00:00", "maximum": "23:59:59", "bins": "hour"}, "weekdays": "business"}"#,
            #""type": "date", "semblance": {"domain": {"minimum": "2024-01-01", "maximum": "2024-12-31", "bins": "month"}, "round": [{"to": 1, "share": 1}]}"#,
            #""type": "string", "constraints": {"enum": ["a"]}, "semblance": {"round": [{"to": 1, "share": 1}]}"#,
            #""type": "integer", "constraints": {"enum": [1, 2]}, "semblance": {"shape": [[0, 0], [0, 0]]}"#,
            #""type": "integer", "semblance": {"discover": true, "shape": [[0, 0]]}"#,
            #""type": "string", "semblance": {"discover": true, "weekdays": "business"}"#,
            #""type": "string", "semblance": {"role": "identifier", "round": [{"to": 1, "share": 1}]}"#,
        ])
    func misplaced(members: String) {
        #expect(throws: SchemaError.self) { _ = try codec(members) }
    }

    @Test("survives a discovery, of an empty domain too")
    func discovered() throws {
        let open = try schema(
            #"{"name": "x", "type": "integer", "semblance": {"discover": true, "round": [{"to": 5, "share": 0.5}]}}"#
        )
        let found = try open.completed(with: [0: .bins(starts: [0, 50], last: 99)])
        #expect(found.codecs[0].placing.habits.count == 1)
        let empty = try open.completed(with: [0: .nothing])
        #expect(empty.codecs[0].placing == Placing())
    }

    @Test("takes shapes, gives them back from its bytes, and loses them when bins are uniform")
    func shaped() throws {
        let plain = try schema(
            #"{"name": "x", "type": "integer", "semblance": {"domain": {"minimum": 0, "maximum": 99, "bins": 2}}},"#
                + #"{"name": "y", "type": "integer", "constraints": {"minimum": 0, "maximum": 9}},"#
                + #"{"name": "z", "type": "boolean"}"#)
        let shapes = [[BinShape(first: 5, second: -7), .uniform], [], []]
        let shaped = try plain.shaped(by: shapes)
        let read = try Schema(json: shaped.source, name: "schema.json")
        #expect(read.codecs[0].placing.shapes == shapes[0])
        #expect(read.codecs[1].placing.shapes.isEmpty)
        #expect(read.codecs[0].labels == plain.codecs[0].labels)
        let flat = try read.shaped(by: [[.uniform, .uniform], [], []])
        #expect(flat.codecs[0].placing.shapes.isEmpty)
        #expect(try plain.shaped(by: shapes).source == shaped.source)
    }
}
