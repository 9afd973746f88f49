// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GraphicalModels
@testable import Privacy
@testable import Synthesis

@Suite("Choice of a clique tree")
struct TreeChoiceTests {
    private func best(
        _ errors: [Double], sizes: [Int] = [4, 4, 4, 4], noise: Double = 1, mib: Int = 80,
        workload: Workload = Workload()
    ) -> [[Int]] {
        let task = SynthesisTask(
            sizes: sizes, unitRows: 1, workload: workload, modelMiB: mib)
        // Of a thousand records.
        return TreeChoice(
            task, sizes: sizes, pairs: SynthesisPlan.pairs(of: sizes),
            distances: errors.map { max(0, $0 / 2000) }, noise: noise / 2000
        ).best.pairs
    }

    @Test("pairs with errors above their noise are taken, others not")
    func takesWhatPays() {
        // In the order 01 02 03 12 13 23.
        #expect(best([800, 0, 0, 0, 0, 700]) == [[0, 1], [2, 3]])
        #expect(best([800, 0, 0, 0, 0, 700], noise: 1000).isEmpty)
        #expect(best([-50, -3, 0, 0, -1, 0]).isEmpty)
    }

    @Test("what two pairs explain of a third is not paid for again")
    func explained() {
        // Distances of 0.9 explain 0.81 of the third.
        let chosen = best([1800, 1600, 0, 1800, 0, 0], noise: 2)
        #expect(chosen == [[0, 1], [1, 2]])
    }

    @Test("a tree that would be too large is not made, and the workload says what comes first")
    func limits() {
        // All three pairs of columns with 300 cells need 27 million cells together.
        let sizes = [300, 300, 300]
        let chosen = best([1500, 1400, 1300], sizes: sizes, noise: 1e-4, mib: 8)
        #expect(chosen == [[0, 1], [0, 2]])
        let weighted = best(
            [1500, 1400, 1300], sizes: sizes, noise: 1e-4, mib: 8,
            workload: Workload(weights: [Workload.Weight(attributes: [1, 2], factor: 10)]))
        #expect(weighted.contains([1, 2]))
    }
}
