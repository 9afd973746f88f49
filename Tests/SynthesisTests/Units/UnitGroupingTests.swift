// SPDX-License-Identifier: Apache-2.0

import GraphicalModels
import Testing

@testable import Synthesis

@Suite("Invented units")
struct UnitGroupingTests {
    /// Rows of columns with the given sizes, all cells alike likely.
    private func rows(_ count: Int, sizes: [Int], seed: UInt64 = 1) -> [UInt16] {
        var generator = SeededGenerator(seed: seed, stream: 0)
        return sizes.flatMap { size in
            (0..<count).map { _ in UInt16(generator.next() % UInt64(size)) }
        }
    }

    private func grouped(
        _ codes: [UInt16], count: Int, shares: [Double], constant: [Int], sizes: [Int],
        seed: UInt64 = 5
    ) -> UnitGrouping.Groups {
        var generator = SeededGenerator(seed: seed, stream: 3)
        return UnitGrouping(
            shares: UnitShares(shares: shares), constant: constant, sizes: sizes
        ).groups(of: codes, rowCount: count, using: &generator)
    }

    private func sizes(of groups: UnitGrouping.Groups) -> [Int] {
        zip(groups.ends, [0] + groups.ends).map { Int($0 - $1) }
    }

    @Test("each row is in one unit, and as many units have k records as the histogram says")
    func shares() {
        let shares = [0.5, 0.3, 0, 0.2]
        let count = 10_000
        let groups = grouped(
            rows(count, sizes: [3]), count: count, shares: shares, constant: [], sizes: [3])
        #expect(groups.order.sorted() == (0..<Int32(count)).map { $0 })
        let found = sizes(of: groups)
        #expect(found.reduce(0, +) == count && groups.disagreeing.isEmpty)
        for records in 1...4 {
            let share = Double(found.count { $0 == records }) / Double(found.count)
            #expect(abs(share - shares[records - 1]) < 0.002, "\(records) records: \(share)")
        }
    }

    @Test("rows of a unit agree on what is constant, but for a few")
    func agreement() {
        let sizes = [2, 10, 7]
        let count = 20_000
        let codes = rows(count, sizes: sizes)
        let groups = grouped(
            codes, count: count, shares: [0.2, 0.2, 0.2, 0.2, 0.2], constant: [0, 1], sizes: sizes)
        #expect(groups.order.sorted() == (0..<Int32(count)).map { $0 })
        var start = 0
        for (unit, end) in groups.ends.enumerated() {
            let keys = Set(
                groups.order[start..<Int(end)].map { row in
                    [codes[Int(row)], codes[count + Int(row)]]
                })
            if !groups.disagreeing.contains(Int32(unit)) { #expect(keys.count == 1) }
            start = Int(end)
        }
        // Single records fill what others leave over in each of the twenty combinations.
        #expect(groups.disagreeing.count <= 1, "\(groups.disagreeing.count)")
        // Where all units have four, each combination leaves three rows at most.
        let stiff = grouped(
            codes, count: count, shares: [0, 0, 0, 1], constant: [0, 1], sizes: sizes)
        #expect(stiff.disagreeing.count <= 16, "\(stiff.disagreeing.count)")
        #expect(self.sizes(of: stiff).filter { $0 != 4 }.count <= 1)
    }

    @Test("large units are as likely in a rare combination as in a frequent one, by its rows")
    func independence() {
        // One row in ten is of the first cell.
        let count = 50_000
        let codes = (0..<count).map { UInt16($0 % 10 == 0 ? 0 : 1) }
        let groups = grouped(
            codes, count: count, shares: [0.4, 0, 0, 0, 0.6], constant: [0], sizes: [2])
        var large = [0, 0]
        var start = 0
        for end in groups.ends.map(Int.init) {
            if end - start == 5 { large[Int(codes[Int(groups.order[start])])] += 1 }
            start = end
        }
        let share = Double(large[0]) / Double(large[0] + large[1])
        #expect(abs(share - 0.1) < 0.02, "\(share)")
    }

    @Test("one row is one unit of one record, and a block shorter than a unit is one")
    func small() {
        let one = grouped([0], count: 1, shares: [0, 0, 1], constant: [0], sizes: [1])
        #expect(one.order == [0] && one.ends == [1] && one.disagreeing.isEmpty)
        let two = grouped([0, 1], count: 2, shares: [0, 0, 1], constant: [0], sizes: [2])
        #expect(two.ends == [2] && two.disagreeing == [0])
    }

    @Test("equal rows and seeds give equal units, other seeds others")
    func reproducible() {
        let codes = rows(5000, sizes: [4, 4])
        func groups(_ seed: UInt64) -> UnitGrouping.Groups {
            grouped(
                codes, count: 5000, shares: [1, 2, 3], constant: [1], sizes: [4, 4], seed: seed)
        }
        #expect(groups(1) == groups(1))
        #expect(groups(1) != groups(2))
    }

    @Test("many constant columns with many cells are no harm")
    func wide() {
        let sizes = [Int](repeating: 60_000, count: 8)
        let codes = rows(300, sizes: sizes)
        let groups = grouped(
            codes, count: 300, shares: [0, 1], constant: Array(0..<8), sizes: sizes)
        #expect(groups.ends.count == 150)
        #expect(groups.order.sorted() == (0..<Int32(300)).map { $0 })
    }
}
