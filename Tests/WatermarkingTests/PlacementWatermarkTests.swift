// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

@testable import Watermarking

private let schemaText = """
    {"fields": [
      {"name": "kind", "type": "string", "constraints": {"enum": ["a", "b", "c", "d", "e", "f"]}},
      {"name": "place", "type": "string", "constraints": {"enum": ["p", "q", "r", "s", "t"]}},
      {"name": "amount", "type": "number", "semblance": {"decimals": 2,
        "domain": {"minimum": 0, "maximum": 10000, "bins": 20, "special": [0]}}},
      {"name": "count", "type": "integer", "semblance":
        {"domain": {"minimum": 0, "maximum": 100000, "bins": 10}}}
    ], "missingValues": [""]}
    """

/// SplitMix64, so that tests repeat.
private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SeenTokens.mixed(state)
    }
}

func key(_ recipient: String, release: String = "r1") -> WatermarkKey {
    .derive(master: [UInt8](repeating: 7, count: 32), release: release, recipient: recipient)
}

/// A released table as text, rows in order.
func released(
    _ schema: Schema, rows: Int, key: WatermarkKey?, seed: UInt64 = 1
) -> [String] {
    var random = Random(state: seed)
    var codes = [UInt16](repeating: 0, count: rows * schema.codecs.count)
    for attribute in schema.codecs.indices {
        for row in 0..<rows {
            codes[attribute * rows + row] = UInt16.random(
                in: 0..<UInt16(schema.codecs[attribute].cellCount), using: &random)
        }
    }
    let mark = PlacementWatermark(key: key, schema: schema, seed: seed)
    var contexts = mark.contexts
    var block = mark.begin(block: 0, codes: codes, rowCount: rows, isUsedUp: false)
    contexts.keepFresh(&block)
    mark.finish(&block)
    let positions = block.positions
    let writer = TableWriter(format: .csv, schema: schema, seed: seed)
    var bytes: [UInt8] = []
    writer.append(codes: codes, positions: positions, rowCount: rows, firstRow: 0, to: &bytes)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
}

func evidence(
    _ schema: Schema, header: String = "kind,place,amount,count", _ lines: [String],
    _ keys: [WatermarkKey]
) throws -> [Double] {
    let path = NSTemporaryDirectory() + "/mark-\(UInt64.random(in: 0...UInt64.max)).csv"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try ([header] + lines).joined(separator: "\n").write(
        toFile: path, atomically: true, encoding: .utf8)
    var detector = PlacementDetector(schema: schema)
    var reader = try FoundTableReader(path: path, format: .csv, schema: schema)
    var block = FoundRecords(attributeCount: schema.measured.count)
    while try reader.next(into: &block) { detector.add(block) }
    return keys.map(detector.evidence)
}

@Suite("Placement watermark")
struct PlacementWatermarkTests {
    private let schema: Schema
    init() throws { schema = try Schema(json: Array(schemaText.utf8), name: "schema") }

    @Test("blocks are placed alike whether or not it is known early that contexts are used up")
    func usedUp() {
        let mark = PlacementWatermark(key: key("lab"), schema: schema, seed: 3)
        var contexts = mark.contexts
        let rows = 20_000
        var random = Random(state: 5)
        var wasFull = false
        for number in 0..<4 {
            // Two cells of each column, so that there are a few hundred contexts.
            let codes = (0..<rows * 4).map { _ in UInt16.random(in: 0..<2, using: &random) }
            var block = mark.begin(block: number, codes: codes, rowCount: rows, isUsedUp: false)
            let plain = mark.begin(block: number, codes: codes, rowCount: rows, isUsedUp: true)
            contexts.keepFresh(&block)
            mark.finish(&block)
            #expect((block.positions == plain.positions) == wasFull)
            wasFull = contexts.isFull
        }
        // They are soon all used.
        #expect(wasFull)
    }

    @Test("equal key, seed and rows give equal places; another key gives others")
    func deterministic() {
        let first = released(schema, rows: 500, key: key("lab"))
        #expect(first == released(schema, rows: 500, key: key("lab")))
        #expect(first != released(schema, rows: 500, key: key("firm")))
        #expect(first != released(schema, rows: 500, key: nil))
    }

    @Test("no two pairs of release and recipient share a key")
    func keysAreApart() {
        let token = Token(slot: 0, codes: 1)
        let bits = [
            key("b", release: "a"), key("", release: "ab"), key("ab", release: ""),
            key("a", release: "b"),
        ].map { $0.bits(token, domain: []) }
        #expect(Set(bits).count == bits.count)
    }

    @Test("a thousand shuffled rows name their recipient and nobody else")
    func detects() throws {
        var random = Random(state: 3)
        let lines = released(schema, rows: 1000, key: key("lab")).shuffled(using: &random)
        let found = try evidence(
            schema, lines, [key("lab"), key("firm"), key("lab", release: "r2")])
        #expect(found[0] > PlacementDetector.threshold * 10)
        #expect(found[1] < 5 && found[2] < 5)
    }

    @Test("half of the rows, a lost column and rounded values still name the recipient")
    func survivesEdits() throws {
        let lines = released(schema, rows: 2000, key: key("lab"))
        let half = lines.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        #expect(try evidence(schema, half, [key("lab")])[0] > PlacementDetector.threshold)
        let without = lines.map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).dropFirst()
                .joined(separator: ",")
        }
        #expect(
            try evidence(schema, header: "place,amount,count", without, [key("lab")])[0]
                > PlacementDetector.threshold)
        let rounded = lines.map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map { field in
                Double(field).map { String(format: "%.2f", ($0 / 50).rounded(.down) * 50) }
                    ?? String(field)
            }.joined(separator: ",")
        }
        #expect(try evidence(schema, rounded, [key("lab")])[0] > PlacementDetector.threshold)
    }

    @Test("tables without a mark accuse nobody (false alarm below 1e-6 over 100 keys)")
    func noFalseAccusation() throws {
        let lines = released(schema, rows: 400, key: nil)
        let keys = (0..<100).map { key("stranger\($0)") }
        let found = try evidence(schema, lines, keys)
        // Markov: one key passes ln E = 20.7 with probability below 1.1e-9.
        #expect(found.allSatisfy { $0 < PlacementDetector.threshold })
    }

    @Test("the likelihood ratio has expectation one over the key, wherever the value is")
    func ratioIsFair() throws {
        for width in [2, 7, 100, 2500] {
            for shape in ["", #", "shape": [[-90, -40]]"#] {
                let text = #"""
                    {"fields": [{"name": "x", "type": "integer", "semblance":
                      {"domain": {"minimum": 1, "maximum": \#(width), "bins": 1}\#(shape)}}]}
                    """#
                let codec = try Schema(json: Array(text.utf8), name: "schema").codecs[0]
                let places = CellPlaces(codec: codec)
                for value in [0, 1, width / 2, width - 1] where value < width {
                    let mean = (0..<width).reduce(0.0) {
                        $0 + places.probability(of: $1...$1, in: 0)
                            * PlacementDetector.ratio(place: $1, value: value, in: places, code: 0)
                    }
                    #expect(abs(mean - 1) < 1e-9)
                }
            }
        }
    }

    @Test("places are uniform inside a bin with and without a key (chi-square, false alarm 1e-7)")
    func uniform() {
        for mark in [nil, key("lab")] {
            var counts = [Double](repeating: 0, count: 10)
            for line in released(schema, rows: 20_000, key: mark, seed: 9) {
                let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                guard let count = Int(fields[3]), count < 10_000 else { continue }
                counts[count / 1000] += 1
            }
            let expected = counts.reduce(0, +) / 10
            let statistic = counts.reduce(0) {
                $0 + ($1 - expected) * ($1 - expected) / expected
            }
            // The 1 − 1e-7 quantile of χ² with nine degrees of freedom is 52.3.
            #expect(statistic < 52.3)
        }
    }

    @Test("a schema without bins has nothing to mark")
    func nothingToMark() throws {
        let text = #"{"fields": [{"name": "x", "type": "string", "constraints": {"enum": ["a"]}}]}"#
        let plain = try Schema(json: Array(text.utf8), name: "schema")
        #expect(!PlacementDetector(schema: plain).hasCarriers)
        #expect(try evidence(plain, header: "x", ["a", "a"], [key("lab")]) == [0])
    }

    @Test("a full set of contexts leaves the rest to chance")
    func seenTokensAreBounded() {
        var seen = SeenTokens(capacity: 4)
        let fresh = (0..<10).map { seen.insert(Token(slot: 1, codes: $0)) }
        #expect(fresh == [true, true, true, true] + [Bool](repeating: false, count: 6))
        let again = seen.insert(Token(slot: 1, codes: 0))
        #expect(!again)
    }
}
