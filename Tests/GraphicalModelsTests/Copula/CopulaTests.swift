// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import GraphicalModels

@Suite("Gaussian copula")
struct CopulaTests {
    @Test("quantiles and probabilities undo each other and agree with the system's library")
    func normal() {
        for step in 1..<400 {
            let x = Double(step - 200) / 25
            let exact = erfc(-x / 2.0.squareRoot()) / 2
            let found = NormalLaw.cumulative(x)
            #expect(abs(found - exact) < 1e-14 + 1e-12 * exact, "\(x)")
            // Above 5 the probability is too near to 1 to say more.
            if x < 5 { #expect(abs(NormalLaw.quantile(found) - x) < 1e-8 * (1 + abs(x)), "\(x)") }
        }
        #expect(NormalLaw.quantile(0.5) == 0)
        #expect(abs(NormalLaw.quantile(0.975) - 1.959963984540054) < 1e-14)
        #expect(abs(NormalLaw.quantile(1e-30) + 11.464025) < 1e-5)
    }

    /// Cells of two normal variables cut at quarters, by sums over a fine grid.
    private static func quarters(correlation r: Double) -> [Double] {
        var cells = [Double](repeating: 0, count: 16)
        let steps = 600
        for first in 0..<steps {
            let p = (Double(first) + 0.5) / Double(steps)
            let x = NormalLaw.quantile(p)
            var below = 0.0
            for column in 0..<4 {
                let cut = NormalLaw.quantile(Double(column + 1) / 4)
                let reached = NormalLaw.cumulative((cut - r * x) / (1 - r * r).squareRoot())
                cells[Int(p * 4) * 4 + column] += (reached - below) / Double(steps)
                below = reached
            }
        }
        return cells
    }

    @Test(
        "a correlation is read off its cells, whatever its sign",
        arguments: [-0.93, -0.4, 0.13, 0.8])
    func correlation(r: Double) {
        let even = [Double](repeating: 0.25, count: 4)
        let counts = Self.quarters(correlation: r).map { $0 * 1e6 }
        let estimate = CorrelationEstimate(
            counts: counts, variance: 1, first: even, second: even, total: 1e6)
        #expect(abs(estimate.value - r) < 0.01, "\(estimate.value)")
    }

    @Test("a correlation that noise explains is next to nothing, and one cell has none")
    func noise() {
        let even = [Double](repeating: 0.25, count: 4)
        let counts = (0..<16).map { 62.5 + ($0 % 3 == 0 ? 20.0 : -10) }
        let estimate = CorrelationEstimate(
            counts: counts, variance: 900, first: even, second: even, total: 1000)
        #expect(abs(estimate.value) < 0.1, "\(estimate.value)")
        let alone = CorrelationEstimate(
            counts: [5], variance: 1, first: [1], second: [1], total: 5)
        #expect(alone.value == 0)
    }

    @Test("correlations that no variables can have are moved to the nearest that they can")
    func repair() {
        let impossible = [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]
        let repaired = SymmetricMatrix.correlations(near: impossible)
        let root = SymmetricMatrix.root(of: repaired)
        for row in 0..<3 {
            #expect(abs(repaired[row][row] - 1) < 1e-12)
            for column in 0..<3 {
                let product = zip(root[row], root[column]).reduce(0) { $0 + $1.0 * $1.1 }
                #expect(abs(product - repaired[row][column]) < 1e-6)
                #expect(abs(repaired[row][column] - impossible[row][column]) < 0.5)
            }
        }
        let possible = [[1, 0.3], [0.3, 1]]
        #expect(SymmetricMatrix.correlations(near: possible) == possible)
    }

    @Test("rows have the columns' counts to within one, and the correlation")
    func rows() {
        let even = [Double](repeating: 0.25, count: 4)
        let copula = GaussianCopula(
            pairs: [
                .init(
                    first: 0, second: 1,
                    counts: Self.quarters(correlation: 0.7).map { $0 * 1e6 }, variance: 1)
            ],
            coarse: [even, even, [1]], densities: [even, even, [1]], total: 1e6)
        #expect(abs(copula.correlations[0][1] - 0.7) < 0.01)
        let sampler = CopulaSampler(model: copula, seed: 4)
        let count = 40_000
        let rows = sampler.block(3, rowCount: count)
        #expect(rows == sampler.block(3, rowCount: count))
        #expect(rows != sampler.block(4, rowCount: count))
        #expect(rows[(2 * count)...].allSatisfy { $0 == 0 })
        var cells = [Double](repeating: 0, count: 16)
        for row in 0..<count { cells[Int(rows[row]) * 4 + Int(rows[count + row])] += 1 }
        for first in 0..<4 {
            let sum = cells[first * 4..<first * 4 + 4].reduce(0, +)
            #expect(abs(sum - Double(count) / 4) <= 1)
        }
        // Six standard deviations of a cell at most: fewer than 1e-6 of seeds miss one.
        for (found, share) in zip(cells, Self.quarters(correlation: 0.7)) {
            #expect(
                abs(found / Double(count) - share) < 6 * (share / Double(count)).squareRoot()
                    + 0.004)
        }
        #expect(sampler.block(0, rowCount: 0).isEmpty)
        #expect(sampler.block(0, rowCount: 1).count == 3)
    }
}
