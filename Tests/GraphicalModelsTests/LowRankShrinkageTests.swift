// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GraphicalModels

@Suite("Low-rank shrinkage of noisy tables")
struct LowRankShrinkageTests {
    /// A table of rank one beyond its sums, and the same with noise.
    private func tables(
        rows: Int, columns: Int, size: Double, seed: UInt64
    ) -> (exact: [Double], noisy: [Double]) {
        var generator = SeededGenerator(seed: seed, stream: 1)
        let exact = (0..<rows * columns).map { cell in
            let (row, column) = (cell / columns, cell % columns)
            let sums = Double(50 + 3 * row - 2 * column)
            return sums + size * (row % 2 == 0 ? 1 : -1) * (column % 2 == 0 ? 1 : -1)
        }
        return (exact, exact.map { $0 + generator.normal() })
    }

    private func error(_ one: [Double], _ other: [Double]) -> Double {
        zip(one, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    // An error of a rank-one estimate is about (rows + columns) σ² beside cells · σ²; seeds are fixed.
    @Test("takes most of the noise out of a table of low rank", arguments: [(16, 24), (24, 16)])
    func lowRank(rows: Int, columns: Int) {
        let (exact, noisy) = tables(rows: rows, columns: columns, size: 2, seed: 3)
        let found = LowRankShrinkage.denoised(noisy, rows: rows, columns: columns, sigma: 1)
        #expect(error(found, exact) < 0.35 * error(noisy, exact))
    }

    @Test("leaves the sums of rows and columns as they are")
    func sums() {
        let (_, noisy) = tables(rows: 5, columns: 7, size: 3, seed: 4)
        let found = LowRankShrinkage.denoised(noisy, rows: 5, columns: 7, sigma: 1)
        for row in 0..<5 {
            let own = (0..<7).reduce(0.0) { $0 + found[row * 7 + $1] - noisy[row * 7 + $1] }
            #expect(abs(own) < 1e-6)
        }
        for column in 0..<7 {
            let own = (0..<5).reduce(0.0) { $0 + found[$1 * 7 + column] - noisy[$1 * 7 + column] }
            #expect(abs(own) < 1e-6)
        }
    }

    @Test("keeps what no noise explains, and nothing beyond the sums of what noise does")
    func extremes() {
        let (exact, _) = tables(rows: 6, columns: 6, size: 1000, seed: 5)
        let kept = LowRankShrinkage.denoised(exact, rows: 6, columns: 6, sigma: 1e-3)
        #expect(error(kept, exact) < 1e-3)
        let (none, noise) = tables(rows: 20, columns: 20, size: 0, seed: 6)
        let found = LowRankShrinkage.denoised(noise, rows: 20, columns: 20, sigma: 1)
        // What is left is the noise of 39 sums of 400 cells.
        #expect(error(found, none) < 0.25 * error(noise, none))
    }

    @Test("leaves single rows and columns, tables of zeros and very long ones as they are")
    func edges() {
        #expect(LowRankShrinkage.denoised([1, 2, 3], rows: 1, columns: 3, sigma: 1) == [1, 2, 3])
        #expect(LowRankShrinkage.denoised([1, 2, 3], rows: 3, columns: 1, sigma: 1) == [1, 2, 3])
        #expect(
            LowRankShrinkage.denoised([0, 0, 0, 0], rows: 2, columns: 2, sigma: 1) == [0, 0, 0, 0])
        let long = (0..<10_000).map { Double($0 * $0 % 101) }
        #expect(LowRankShrinkage.denoised(long, rows: 100, columns: 100, sigma: 1) == long)
    }
}
