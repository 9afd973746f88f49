// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Privacy
@testable import Synthesis

/// Budgets are so large that noise is next to nothing: what is left is what a method can say at all.
@Suite("What methods can say")
struct MethodAccuracyTests {
    private func distance(
        _ method: SynthesisMethod, _ table: InventedTable, ways: Int, rho: Rational = 100
    ) throws -> Double {
        let fitted = try table.measured(method, rho: rho).fit()
        let count = 20_000
        let rows = fitted.rows(block: 0, count: count, seed: 5)
        return table.distance(
            of: rows, count: count, over: Workload.sets(of: ways, among: table.sizes.indices))
    }

    @Test("AIM finds what three columns have in common and no two of them")
    func triples() throws {
        let aim = try distance(.aim, .triple, ways: 3)
        let mst = try distance(.mst, .triple, ways: 3)
        #expect(aim < 0.02, "\(aim)")
        #expect(mst > 0.1, "\(mst)")
    }

    @Test(
        "a chain of columns comes out in its pairs",
        arguments: [SynthesisMethod.mst, .aim, .tree, .mixture])
    func pairs(method: SynthesisMethod) throws {
        let found = try distance(method, .chain, ways: 2)
        #expect(found < 0.05, "\(found)")
    }

    @Test("a copula keeps columns as they are, and pairs as far as one number goes")
    func copula() throws {
        let table = InventedTable(
            sizes: [20, 20, 2],
            rows: (0..<8000).map { row in
                let first = row % 20
                let second = min(19, max(0, first + row / 20 % 7 - 3))
                return [first, second, row / 400 % 2]
            })
        #expect(try distance(.copula, table, ways: 1) < 0.01)
        let pairs = try distance(.copula, table, ways: 2)
        #expect(pairs < 0.12, "\(pairs)")
        #expect(try distance(.independent, table, ways: 2) > 2 * pairs)
    }

    @Test("with little budget nothing is worse than columns alone by much, and choices are few")
    func littleBudget() throws {
        let rho = Rational(numerator: 1, denominator: 20_000)
        let alone = try distance(.independent, .chain, ways: 2, rho: rho)
        for method in [SynthesisMethod.aim, .tree, .copula] {
            let found = try distance(method, .chain, ways: 2, rho: rho)
            #expect(found < alone + 0.15, "\(method) \(found) \(alone)")
        }
    }

    @Test("columns that are the same stay the same")
    func dependent() throws {
        let table = InventedTable(
            sizes: [5, 5, 3], rows: (0..<5000).map { [$0 % 5, $0 % 5, $0 / 5 % 3] })
        for method in [SynthesisMethod.mst, .aim, .tree] {
            let rows = try table.measured(method, rho: 100).fit().rows(
                block: 0, count: 2000, seed: 1)
            #expect((0..<2000).count { rows[$0] == rows[2000 + $0] } > 1980, "\(method)")
        }
        // One number says it as well as five bins can.
        let rows = try table.measured(.copula, rho: 100).fit().rows(block: 0, count: 2000, seed: 1)
        #expect((0..<2000).count { rows[$0] == rows[2000 + $0] } > 1700)
    }
}
