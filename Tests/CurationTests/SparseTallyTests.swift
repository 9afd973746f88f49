// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

@testable import Curation

/// A spool of random records, and the records.
private func spool(
    sizes: [Int], blocks: [Int], encrypted: Bool = false, _ code: (Int, Int) -> Int
) throws -> (spool: CodeSpool, records: [[Int]]) {
    let spool = try CodeSpool(sizes: sizes, in: NSTemporaryDirectory(), encrypted: encrypted)
    var block = CodeBlock(layout: spool.layout)
    var records: [[Int]] = []
    for rows in blocks {
        for row in 0..<rows {
            let record = sizes.indices.map { code(records.count, $0) }
            for (column, code) in record.enumerated() {
                block.set(code, column: column, row: row)
            }
            records.append(record)
        }
        block.rowCount = rows
        try spool.append(block)
    }
    return (spool, records)
}

extension CodeSpool {
    /// Sparse tallies as wholes.
    fileprivate func sparse(
        _ cliques: [[Int]], recoding: Recoding? = nil, workers: Int = 1,
        keys: Int? = nil
    ) throws -> [[CellCount]] {
        var tallies = [[CellCount]](repeating: [], count: cliques.count)
        try sparseTallies(of: cliques, recoding: recoding, workers: workers, keys: keys) {
            tallies[$0] += $1
        }
        return tallies
    }
}

/// Counts a record at a time.
private func oracle(
    _ records: [[Int]], _ clique: [Int], sizes: [Int], maps: [[UInt16]]? = nil
) -> [CellCount] {
    var counts: [UInt64: Int64] = [:]
    for record in records {
        let key = clique.reduce(UInt64(0)) { key, column in
            let code = maps.map { Int($0[column][record[column]]) } ?? record[column]
            return key * UInt64(sizes[column]) + UInt64(code)
        }
        counts[key, default: 0] += 1
    }
    return counts.keys.sorted().map { CellCount(key: $0, count: counts[$0] ?? 0) }
}

@Suite("Sparse tallies")
struct SparseTallyTests {
    @Test("are the dense ones without their zeros, on any number of threads", arguments: 0..<30)
    func dense(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        // So many cells that occur in some, that threads merge them in three divisions.
        let isLarge = seed % 10 == 9
        let sizes =
            isLarge
            ? [512, 600, 2]
            : (0..<Int.random(in: 1...5, using: &random)).map { _ in
                [1, 2, 3, 5, 17, 64, 256, 257, 300].randomElement(using: &random) ?? 1
            }
        // Skewed codes make ties, uniform ones make cells of one record.
        let isSkewed = seed % 2 == 0
        let (spool, _) = try spool(
            sizes: sizes,
            blocks: [Int](repeating: 16_384, count: isLarge ? 15 : 1)
                + [Int.random(in: 1...3_000, using: &random), 1],
            encrypted: seed % 5 == 0
        ) { _, column in
            let code = Int.random(in: 0..<sizes[column], using: &random)
            return isSkewed ? code * code / sizes[column] : code
        }
        let cliques =
            sizes.indices.flatMap { first in
                [[first]] + sizes.indices.dropFirst(first + 1).map { [first, $0] }
            } + [Array(sizes.indices.prefix(3))]
        let recoding = Recoding(
            maps: sizes.map { size in (0..<size).map { UInt16($0 / 2) } },
            sizes: sizes.map { ($0 + 1) / 2 })
        for (used, workers, keys) in [
            (nil, 1, nil), (recoding, 2, nil), (nil, 1, 500), (nil, 3, 3 << 16),
        ] as [(Recoding?, Int, Int?)] {
            let found = try spool.sparse(cliques, recoding: used, workers: workers, keys: keys)
            let expected = try spool.tallies(of: cliques, recoding: used, workers: workers)
            for (cells, counts) in zip(found, expected) {
                #expect(cells == Tally(counts).entries, "sizes \(sizes) recoded \(used != nil)")
            }
            // A division holds 16 samples, and a sample stands for at most four chunks.
            if isLarge, used == nil {
                #expect(found.contains { $0.count > 2 * 16 * 4 * SparseRun<UInt64>.chunk })
            }
        }
    }

    @Test("of cliques with up to 2^63 cells agree with counting a record at a time")
    func huge() throws {
        // 65,521 and 65,519 are primes: nothing about the product is round.
        let sizes = [65_521, 65_519, 65_536, 32_767]
        let (spool, records) = try spool(sizes: sizes, blocks: [16_384, 16_384, 77]) { _, column in
            sizes[column] - 1 - Int.random(in: 0..<sizes[column]) * Int.random(in: 0...1)
        }
        for (clique, workers) in [([0, 1, 2, 3], 2), ([0, 1], 1), ([1, 2, 3], 1)] {
            let found = try spool.sparse([clique], workers: workers)
            #expect(found[0] == oracle(records, clique, sizes: sizes))
        }
        #expect(Curator.cellCount([0, 1, 2, 3], sizes) < .max)
        let maps = sizes.map { size in (0..<size).map { UInt16($0 % 1_000) } }
        let merged = [Int](repeating: 1_000, count: 4)
        let recoded = try spool.sparse(
            [[0, 1, 2, 3]], recoding: Recoding(maps: maps, sizes: merged))
        #expect(recoded[0] == oracle(records, [0, 1, 2, 3], sizes: merged, maps: maps))
    }

    @Test("of one record, of none and of one cell")
    func smallest() throws {
        let (one, _) = try spool(sizes: [60_000, 60_000], blocks: [1]) { _, column in column + 5 }
        #expect(try one.sparse([[0, 1]]) == [[CellCount(key: 5 * 60_000 + 6, count: 1)]])
        let (none, _) = try spool(sizes: [60_000, 60_000], blocks: []) { _, _ in 0 }
        #expect(try none.sparse([[0, 1], [0]], workers: 2) == [[], []])
        let (same, _) = try spool(sizes: [1, 1], blocks: [16_384, 5]) { _, _ in 0 }
        #expect(try same.sparse([[0, 1]]) == [[CellCount(key: 0, count: 16_389)]])
    }

    @Test("of more cells than memory may hold are spilled and merged", arguments: [1, 2, 3])
    func spilled(workers: Int) throws {
        // All cells are distinct but for every fourth record, which repeats an early one.
        let sizes = [512, 1_024]
        let (spool, records) = try spool(
            sizes: sizes, blocks: [Int](repeating: 16_384, count: 20) + [9], encrypted: workers == 2
        ) { row, column in
            let number = row % 4 == 3 ? row % 64 : row
            return column == 0 ? number / 1_024 : number % 1_024
        }
        let expected = oracle(records, [0, 1], sizes: sizes)
        for keys in [1, 20_000, workers << 16, nil] {
            let found = try spool.sparse([[0, 1], [1]], workers: workers, keys: keys)
            #expect(found[0] == expected)
            #expect(found[1] == oracle(records, [1], sizes: sizes))
        }
    }

    @Test("are merged in rounds where there are more runs than are read at a time")
    func rounds() throws {
        let (spool, _) = try spool(sizes: [2], blocks: []) { _, _ in 0 }
        let file = try spool.scratchFile()
        var runs: [SparseRun<UInt64>] = []
        var expected: [UInt64: Int64] = [:]
        for index in 0..<23 {
            let keys = (0..<index * 2_000).map { _ in UInt64.random(in: 0..<5_000_000) }
            for key in keys { expected[key, default: 0] += 1 }
            let cells = [CellCount](counting: keys)
            runs.append(index % 3 == 0 ? .held(cells) : .spilled(try .init(cells, to: file)))
        }
        let sorted = expected.keys.sorted().map { CellCount(key: $0, count: expected[$0] ?? 0) }
        for (ways, workers) in [(2, 1), (5, 3), (512, 2)] {
            var found: [CellCount] = []
            try SparseRun.merge(runs, in: file, workers: workers, ways: ways) { found += $0 }
            #expect(found == sorted)
        }
    }

    @Test("by keys of 128 bits agree with counting a record at a time, spilled or not")
    func wide() throws {
        let sizes = [Int](repeating: 65_536, count: 8)
        // A few values in each half, so that many keys agree in one half and not in the other.
        let (spool, records) = try spool(sizes: sizes, blocks: [16_384, 16_384, 77]) { _, column in
            column % 4 == 0 ? Int.random(in: 0..<200) * 327 : column * 8_191
        }
        var expected: [UInt128: Int64] = [:]
        for record in records {
            expected[record.reduce(0) { $0 << 16 | UInt128($1) }, default: 0] += 1
        }
        for (workers, keys) in [(1, nil), (2, 2 << 16), (1, 700)] as [(Int, Int?)] {
            var found: [KeyCount<UInt128>] = []
            try spool.sparseTallies(
                of: [Array(0..<8)], recoding: nil, workers: workers, keys: keys
            ) { (_, cells: [KeyCount<UInt128>]) in found += cells }
            #expect(
                found
                    == expected.keys.sorted().map {
                        KeyCount(key: $0, count: expected[$0] ?? 0)
                    })
        }
    }

    @Test("are refused where the product of sizes overflows")
    func overflow() throws {
        let columns = (0..<5).map {
            "{\"name\": \"c\($0)\", \"type\": \"integer\", \"semblance\": "
                + "{\"domain\": {\"minimum\": 0, \"maximum\": 59999, \"bins\": 60000}}}"
        }
        let curator = try curated(
            "c0,c1,c2,c3,c4\n1,2,3,4,5\n",
            schema: "{\"fields\": [\(columns.joined(separator: ","))], \"missingValues\": [\"\"]}")
        var discrepancy = curator.discrepancy(fractionBits: 4, in: .training)
        try curator.add([[0, 1, 2]], synthetic: [.init(dense: [])], to: &discrepancy)
        let error = #expect(throws: CurationError.self) {
            try curator.add([[0, 1, 2, 3]], synthetic: [.init(dense: [])], to: &discrepancy)
        }
        #expect(
            error?.description.contains("found 2^63 cells or more, expected fewer; use") == true)
        // One record in one cell, and nothing synthetic.
        #expect(try curator.answer(discrepancy, grant: plenty()).worst == 16)
    }
}

@Suite("Sorting keys")
struct RadixSortTests {
    @Test("agrees with the standard library's sort", arguments: [0, 1, 2, 255, 4_097])
    func agrees(count: Int) {
        for bits in [1, 7, 8, 9, 31, 62, 63] {
            let keys = (0..<count).map { _ in UInt64.random(in: 0..<(1 << UInt64(bits))) }
            let cells = [CellCount](counting: keys)
            let counts = Dictionary(keys.map { ($0, Int64(1)) }, uniquingKeysWith: +)
            #expect(cells.map(\.key) == counts.keys.sorted())
            #expect(cells.allSatisfy { $0.count == counts[$0.key] })
        }
    }

    @Test("of 128 bits agrees with the standard library's sort", arguments: [0, 1, 2, 255, 4_097])
    func wide(count: Int) {
        for bits in [1, 63, 64, 65, 100, 127] {
            let keys = (0..<count).map { _ in UInt128.random(in: 0..<(1 << UInt128(bits))) }
            let cells = [KeyCount<UInt128>](counting: keys)
            let counts = Dictionary(keys.map { ($0, Int64(1)) }, uniquingKeysWith: +)
            #expect(cells.map(\.key) == counts.keys.sorted())
            #expect(cells.allSatisfy { $0.count == counts[$0.key] })
        }
    }

    @Test("and merging add counts of equal keys up")
    func merges() {
        for _ in 0..<50 {
            let one = (0..<Int.random(in: 0...99)).map { _ in UInt64.random(in: 0..<50) }
            let two = (0..<Int.random(in: 0...99)).map { _ in UInt64.random(in: 0..<50) }
            #expect(
                [CellCount](counting: one).merged(with: [CellCount](counting: two))
                    == [CellCount](counting: one + two))
        }
    }
}

@Suite("A tally")
struct TallyTests {
    @Test("is the same value however it was put together, and adds up as its counts do")
    func sums() {
        for _ in 0..<200 {
            let cells = Int.random(in: 1...40)
            let fill = Int.random(in: 0...4)
            func random() -> [Int64] {
                (0..<cells).map { _ in Int.random(in: 0...4) < fill ? Int64.random(in: 1...9) : 0 }
            }
            let (one, two) = (random(), random())
            #expect(Tally(one) == Tally(cells: cells, entries: Tally(one).entries))
            #expect(Tally(one).counts == one)
            var sum = Tally(one)
            // What takes less memory: an entry is two numbers.
            let occurring = one.count { $0 > 0 }
            if case .dense = Tally(one).storage {
                #expect(2 * occurring >= cells)
            } else {
                #expect(2 * occurring < cells)
            }
            sum.add(Tally(two))
            #expect(sum == Tally(zip(one, two).map { $0 + $1 }))
        }
    }
}
