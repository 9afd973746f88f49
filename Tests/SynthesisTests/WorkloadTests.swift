// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Curation
@testable import Privacy
@testable import Synthesis

@Suite("Workload")
struct WorkloadTests {
    @Test("a marginal counts by all named sets that it holds, and four times with a target")
    func weights() {
        let workload = Workload(
            weights: [
                Workload.Weight(attributes: [1], factor: 2),
                Workload.Weight(
                    attributes: [1, 2], factor: Rational(numerator: 1, denominator: 4)),
            ], targets: [0, 3])
        #expect(workload.weight(of: [2]) == 1)
        #expect(workload.weight(of: [1]) == 2)
        #expect(workload.weight(of: [1, 2]) == 0.5)
        #expect(workload.weight(of: [0, 1, 3]) == 8)
    }

    @Test("what a clique helps is what it shares with all marginals")
    func usefulness() {
        #expect(Workload().usefulness(of: [[0], [0, 1], [1, 2, 3]], columns: 4) == [1, 2, 3])
        let pairs = Workload(ways: 2, targets: [0]).usefulness(of: [[0], [1]], columns: 3)
        // Two pairs with the target, one without: 4 + 4, and 4 + 1.
        #expect(pairs == [8, 5])
        let triples = Workload(
            weights: [Workload.Weight(attributes: [0, 1], factor: 10)]
        ).usefulness(of: [[0], [2], [0, 2]], columns: 4)
        // Triples 012 and 013 count ten times, 023 and 123 once.
        #expect(triples == [21, 12, 33])
    }

    @Test("sets come in order, each once")
    func sets() {
        #expect(Workload.sets(of: 2, among: 0..<3) == [[0, 1], [0, 2], [1, 2]])
        #expect(Workload.sets(of: 3, among: 0..<5).count == 10)
        #expect(Workload.sets(of: 4, among: 0..<3).isEmpty)
    }

    @Test("a pair that counts more is measured with less noise")
    func shares() throws {
        let measurements = try InventedTable.chain.measured(
            .mixture, rho: 1,
            workload: Workload(weights: [Workload.Weight(attributes: [0, 5], factor: 8)]))
        let sigmas = measurements.merged.map { Double($0.sigma2, rounding: .up) }
        let weighted = try #require(
            measurements.merged.firstIndex { $0.attributes == [0, 5] })
        for (index, sigma) in sigmas.enumerated() where index != weighted {
            #expect(sigma > 5 * sigmas[weighted])
        }
    }

    @Test("coarse cells are runs of about equal mass, and a heavy cell is alone")
    func coarse() {
        let even = CoarseCells.recoding([[Double](repeating: 1, count: 12)], bins: 4)
        #expect(even.maps == [[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]])
        let heavy = CoarseCells.recoding([[1, 1, 90, 1, 1, 1]], bins: 3)
        #expect(heavy.maps == [[0, 0, 1, 2, 2, 2]])
        #expect(CoarseCells.recoding([[5]], bins: 3).sizes == [1])
        #expect(CoarseCells.recoding([[0, 0, 0]], bins: 2).sizes[0] <= 2)
    }
}
