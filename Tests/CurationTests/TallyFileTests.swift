// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Testing

@testable import Curation

private let facts = ShardFacts(
    schema: "s", unitColumn: "who", unitRows: 2, holdout: "0", key: "k", content: "marginals",
    shard: 0, shards: 1)

/// A file of some tables, its bytes.
private func written(
    _ tables: [([Int], Tally)], sketch: [UnitHash] = []
) throws -> [UInt8] {
    let path = NSTemporaryDirectory() + "/file-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var writer = try TallyFile.Writer(to: path, facts, tables: tables.count)
    for (attributes, tally) in tables {
        writer.begin(.init(part: .training, attributes: attributes), cells: tally.cells)
        try writer.add(tally.entries)
        writer.end()
    }
    try writer.finish(sketch)
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Bytes with a checksum that fits, as anybody can make them.
private func sealed(_ body: [UInt8]) -> [UInt8] { body + SHA256.hash(data: body) }

@Suite("The file of a shard")
struct TallyFileTests {
    private let huge = 1 << 62
    private func cells(_ attributes: [Int]) -> Int? { [[0]: 7, [1]: 4, [0, 1]: huge][attributes] }

    private func example() throws -> [UInt8] {
        try written(
            [
                ([0], Tally([0, 0, 3, 1, 0, 0, 0])), ([1], Tally([5, 6, 7, 1 << 40])),
                (
                    [0, 1],
                    Tally(
                        cells: huge,
                        entries: [
                            CellCount(key: 0, count: 1), CellCount(key: 1 << 61, count: 300),
                            CellCount(key: UInt64(huge - 1), count: 2),
                        ])
                ),
            ], sketch: [UnitHash(high: 1, low: 2), UnitHash(high: 1, low: .max)])
    }

    @Test("gives back dense and sparse tallies and the hashes of units")
    func roundTrip() throws {
        let bytes = try example()
        // Zeros are not spelt out.
        #expect(bytes.count < 400)
        let content = try TallyFile.decode(bytes, name: "x", cells: cells)
        #expect(content.facts == facts)
        #expect(content.tables[.init(part: .training, attributes: [0])]?.counts[3] == 1)
        let tally = content.tables[.init(part: .training, attributes: [0, 1])]
        #expect(tally?.entries.map(\.key) == [0, 1 << 61, UInt64(huge - 1)])
        #expect(tally?.entries.map(\.count) == [1, 300, 2])
        #expect(content.sketch.map(\.low) == [2, .max])
    }

    @Test("is refused or read, and never trusted, whatever bytes bear a right checksum")
    func hostile() throws {
        let body = Array(try example().dropLast(32))
        let start = TallyFile.mark.utf8.count
        for offset in start..<body.count {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = body
                changed[offset] = value
                _ = try? TallyFile.decode(sealed(changed), name: "x", cells: cells)
            }
            let cut = Array(body[..<offset])
            #expect(throws: CurationError.self) {
                _ = try TallyFile.decode(sealed(cut), name: "x", cells: cells)
            }
        }
        for _ in 0..<20_000 {
            var changed = body
            for _ in 0..<Int.random(in: 1...6) {
                changed[Int.random(in: start..<body.count)] = UInt8.random(in: 0...255)
            }
            _ = try? TallyFile.decode(sealed(changed), name: "x", cells: cells)
        }
    }

    @Test("is refused with a table twice, of an unknown clique, or with unordered hashes")
    func malformed() throws {
        let one = ([0], Tally([0, 0, 3, 1, 0, 0, 0]))
        let files = [
            try written([one, one]), try written([([5], Tally([1]))]),
            try written([([0], Tally([1, 2]))]),
            try written([one], sketch: [UnitHash(high: 2, low: 0), UnitHash(high: 1, low: 0)]),
            try written([one], sketch: [UnitHash](repeating: UnitHash(high: 2, low: 0), count: 2)),
        ]
        for bytes in files {
            let error = #expect(throws: CurationError.self) {
                _ = try TallyFile.decode(bytes, name: "x", cells: cells)
            }
            #expect(error?.description.contains("malformed") == true)
        }
    }
}

@Suite("A sketch of units")
struct UnitSketchTests {
    @Test("holds the smallest hashes, whatever the order and the threads they came from")
    func smallest() {
        let hashes = (0..<30_000).map { _ in
            UnitHash(high: .random(in: 0...UInt64.max), low: .random(in: 0...3))
        }
        var one = UnitSketch()
        for hash in hashes + hashes.prefix(100) { one.add(hash) }
        var parts = [UnitSketch](repeating: UnitSketch(), count: 3)
        for (index, hash) in hashes.shuffled().enumerated() { parts[index % 3].add(hash) }
        var sum = UnitSketch()
        for part in parts { sum.merge(part) }
        #expect(one.hashes == Array(hashes.sorted().prefix(UnitSketch.size)))
        #expect(sum.hashes == one.hashes)
        #expect(UnitSketch().hashes.isEmpty)
    }
}
