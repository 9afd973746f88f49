// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

@testable import Watermarking

@Suite("Placement watermark on shaped values")
struct ShapedWatermarkTests {
    /// Bins with steep shapes, habits of round numbers and business days.
    private static func schema(shaped: Bool) throws -> Schema {
        func shape(_ pairs: String) -> String { shaped ? #", "shape": \#(pairs)"# : "" }
        let text = #"""
            {"fields": [
              {"name": "kind", "type": "string", "constraints": {"enum": ["a", "b", "c", "d", "e", "f"]}},
              {"name": "place", "type": "string", "constraints": {"enum": ["p", "q", "r", "s", "t"]}},
              {"name": "amount", "type": "number", "semblance": {"decimals": 2,
                "domain": {"edges": [0, 100, 1000, 100000], "special": [0]},
                "round": [{"to": 10, "share": 0.3}, {"to": 1, "ending": 0.99, "share": 0.2}]
                \#(shape("[[64, -64], [-150, -150], [-200, -220]]"))}},
              {"name": "day", "type": "date", "semblance": {"weekdays": "business",
                "domain": {"minimum": "2020-01-01", "maximum": "2023-12-31", "bins": "year"}
                \#(shape("[[0, 90], [90, 90], [90, -90], [-90, -200]]"))}}
            ]}
            """#
        return try Schema(json: Array(text.utf8), name: "schema")
    }

    @Test("a thousand shaped rows name their recipient and nobody else")
    func detects() throws {
        let schema = try Self.schema(shaped: true)
        let lines = released(schema, rows: 1000, key: key("lab"))
        let found = try evidence(
            schema, header: "kind,place,amount,day", lines, [key("lab"), key("firm")])
        #expect(found[0] > PlacementDetector.threshold * 10)
        #expect(found[1] < 5)
    }

    @Test("the schema with the shapes tells more than one without, and neither accuses a stranger")
    func withoutShapes() throws {
        let schema = try Self.schema(shaped: true)
        let lines = released(schema, rows: 2000, key: key("lab"))
        let header = "kind,place,amount,day"
        let keys = [key("lab"), key("firm")]
        let full = try evidence(schema, header: header, lines, keys)
        let blind = try evidence(
            try Self.schema(shaped: false), header: header, lines, keys)
        #expect(full[0] > blind[0] && full[0] > PlacementDetector.threshold)
        #expect(full[1] < 5 && blind[1] < 5)
    }

    @Test("shaped tables without a mark accuse nobody (false alarm below 1e-6 over 200 keys)")
    func noFalseAccusation() throws {
        let shaped = try Self.schema(shaped: true)
        let lines = released(shaped, rows: 400, key: nil)
        let keys = (0..<200).map { key("stranger\($0)") }
        for schema in [shaped, try Self.schema(shaped: false)] {
            let found = try evidence(schema, header: "kind,place,amount,day", lines, keys)
            // Markov: one key passes ln E = 20.8 with probability below 1e-9.
            #expect(found.allSatisfy { $0 < PlacementDetector.threshold })
        }
    }

    @Test(
        "of 4,000 keys that made nothing no more than a twentieth reach E = 20 (false alarm 1e-7)")
    func fair() throws {
        let schema = try Self.schema(shaped: true)
        let keys = (0..<4000).map { key("k\($0)") }
        for rows in [3, 60] {
            let lines = released(schema, rows: rows, key: nil, seed: 5)
            let found = try evidence(schema, header: "kind,place,amount,day", lines, keys)
            // At most 200 are expected (Markov), and 275 are 5.4 standard deviations more.
            #expect(found.count { $0 >= log(20.0) } < 275)
        }
    }

    @Test(
        "places have the schema's distribution with and without a key (chi-square, false alarm 1e-7)"
    )
    func distribution() throws {
        let schema = try Self.schema(shaped: true)
        let places = CellPlaces(codec: schema.codecs[2])
        let width = places.width(of: 1)
        let parts = 10
        let expected = (0..<parts).map { part in
            places.probability(
                of: (width * part / parts)...(width * (part + 1) / parts - 1), in: 1)
        }
        for mark in [nil, key("lab")] {
            var counts = [Double](repeating: 0, count: parts)
            for line in released(schema, rows: 20_000, key: mark, seed: 9) {
                let field = line.split(separator: ",", omittingEmptySubsequences: false)[2]
                let bytes = Array(field.utf8)
                guard let position = schema.codecs[2].position(of: bytes.span, in: 1) else {
                    continue
                }
                counts[position * parts / width] += 1
            }
            let total = counts.reduce(0, +)
            let statistic = zip(counts, expected).reduce(0) {
                $0 + ($1.0 - total * $1.1) * ($1.0 - total * $1.1) / (total * $1.1)
            }
            // The 1 − 1e-7 quantile of χ² with nine degrees of freedom is 52.3.
            #expect(statistic < 52.3)
        }
    }
}
