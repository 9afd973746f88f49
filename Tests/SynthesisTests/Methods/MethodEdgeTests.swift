// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Curation
@testable import GraphicalModels
@testable import Privacy
@testable import Synthesis

@Suite("Methods at the edge")
struct MethodEdgeTests {
    private func check(
        _ table: InventedTable, rho: Rational, methods: [SynthesisMethod] = SynthesisMethod.allCases
    ) throws {
        for method in methods {
            let measurements = try table.measured(method, rho: rho)
            let spent = measurements.chargedSteps.reduce(Rho.zero) { $0 + $1.charge.rho }
            #expect(spent <= Rho(rho) && spent > .zero, "\(method)")
            let fitted = try measurements.fit()
            let rows = fitted.rows(block: 0, count: 30, seed: 1)
            #expect(rows.count == 30 * table.sizes.count)
            for (attribute, size) in table.sizes.enumerated() {
                let column = rows[attribute * 30..<(attribute + 1) * 30]
                #expect(column.allSatisfy { $0 < size }, "\(method)")
            }
            #expect(rows == fitted.rows(block: 0, count: 30, seed: 1), "\(method)")
            let again = try Measurements(json: measurements.json).fit()
            #expect(again.rows(block: 0, count: 30, seed: 1) == rows, "\(method)")
        }
    }

    @Test("one column, and columns of one cell")
    func narrow() throws {
        try check(InventedTable(sizes: [4], rows: [[1], [2], [2]]), rho: 1)
        try check(InventedTable(sizes: [1, 1], rows: [[0, 0]]), rho: 1)
        try check(InventedTable(sizes: [1, 5, 1], rows: [[0, 3, 0], [0, 4, 0]]), rho: 1)
    }

    @Test("fifty rows of two hundred columns")
    func wide() throws {
        let rows = (0..<50).map { row in (0..<200).map { (row * ($0 + 3) / 7) % 3 } }
        try check(
            InventedTable(sizes: [Int](repeating: 3, count: 200), rows: rows),
            rho: Rational(numerator: 1, denominator: 100))
    }

    @Test("ten thousand levels beside two")
    func levels() throws {
        let rows = (0..<2000).map { [$0 % 3 == 0 ? $0 : 7, $0 % 2, $0 % 5] }
        try check(
            InventedTable(sizes: [10_000, 2, 5], rows: rows),
            rho: Rational(numerator: 1, denominator: 10))
    }

    @Test("a budget of almost nothing, as for an ε of 0.01")
    func tinyBudget() throws {
        // ρ of ε = 0.01 at δ = 1e-9.
        try check(.triple, rho: Rational(numerator: 12, denominator: 10_000_000))
    }

    @Test("measurements that contradict each other are fitted all the same")
    func contradiction() throws {
        let one = InventedTable(sizes: [3, 3], rows: (0..<300).map { [$0 % 3, $0 % 3] })
        let other = InventedTable(sizes: [3, 3], rows: (0..<900).map { [$0 % 3, ($0 + 1) % 3] })
        for method in [SynthesisMethod.mst, .aim, .tree, .mixture, .copula] {
            let first = try one.measured(method, rho: 10)
            let second = try other.measured(method, rho: 10)
            let both = Measurements(
                schemaDigest: "", method: method, sizes: [3, 3], oneWay: first.oneWay,
                recoding: second.recoding, merged: second.merged, choices: [])
            let rows = try both.fit().rows(block: 0, count: 90, seed: 2)
            #expect(rows.allSatisfy { $0 < 3 })
        }
    }

    @Test("a model keeps within its size, and what is preserved is in it")
    func sizes() throws {
        let count = 8
        let table = InventedTable(
            sizes: [Int](repeating: 40, count: count),
            rows: (0..<4000).map { row in (0..<count).map { (row * ($0 + 1)) % 40 } })
        for method in [SynthesisMethod.mst, .aim, .tree, .auto] {
            let measurements = try table.measured(
                method, rho: 1000, workload: Workload(preserved: [[1, 4, 6]]), modelMiB: 1)
            #expect(measurements.merged.contains { $0.attributes == [1, 4, 6] }, "\(method)")
            let fitted = try measurements.fit()
            #expect(fitted.cliques.contains { Set($0).isSuperset(of: [1, 4, 6]) }, "\(method)")
            let size = JunctionTree.predictedSize(
                domain: Domain(sizes: measurements.recoding.sizes),
                cliques: measurements.merged.map { Clique($0.attributes) })
            #expect(size.cells <= 1 << 17, "\(method) \(size)")
        }
    }
}
