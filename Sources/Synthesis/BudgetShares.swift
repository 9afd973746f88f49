// SPDX-License-Identifier: Apache-2.0

import Glibc
import Privacy

/// How a budget is best divided, from sizes alone.
enum BudgetShares {
    /// Shares in proportion to a power of the cells, in thirds; they sum to 1.
    ///
    /// With `σ_m ∝ 1/√ρ_m`, two thirds minimise `Σ cells_m σ_m`, the L1 noise of marginals that are used as
    /// they are. A fit that shrinks them does best with one third.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each marginal.
    ///   - sizes: Cells of each attribute.
    ///   - power: 1 or 2 thirds.
    ///   - workload: How much each marginal counts; with two thirds its weight is one of its cells.
    static func following(
        _ cliques: [[Int]], sizes: [Int], power: Int, workload: Workload = Workload()
    ) -> [Rational] {
        let parts = cliques.map { clique in
            let weight = workload.weight(of: clique)
            let cells = clique.reduce(1.0) { $0 * Double(sizes[$1]) }
            let root = cbrt(power == 1 ? cells : cells * weight) * 64
            let part = max(1, root.rounded())
            return max(1, Int(power == 1 ? (part * weight).rounded() : part * part))
        }
        let sum = parts.reduce(0, +)
        return parts.map { Rational(numerator: $0, denominator: sum) }
    }

    /// Shares in proportion to some weights, to a millionth of the greatest one; they sum to 1.
    static func proportional(to weights: [Double]) -> [Rational] {
        let greatest = weights.max() ?? 1
        let parts = weights.map { max(1, Int(($0 / greatest * 1_000_000).rounded())) }
        let sum = parts.reduce(0, +)
        return parts.map { Rational(numerator: $0, denominator: sum) }
    }

    /// What preserved cliques get of a budget: as much as each of two marginals a column would.
    static func preserved(_ task: SynthesisTask, of rho: Rho) -> Rho {
        let count = task.workload.preserved.count
        return rho.scaled(
            by: Rational(numerator: count, denominator: count + 2 * max(1, task.sizes.count)))
    }

    /// Standard deviation of the noise that a budget buys for one marginal.
    static func sigma(unitRows: Int, rho: Rho) throws(SynthesisError) -> Double {
        do {
            let plan = try GaussianPlan(sensitivity: unitRows, rho: rho)
            return Double(plan.sigma2, rounding: .up).squareRoot()
        } catch {
            throw .noise(error)
        }
    }

    /// The mean size of the noise in one cell if a whole budget went into one marginal, `k / √(πρ)`.
    static func leastNoise(unitRows: Int, rho: Rho) -> Double {
        let value = Double(rho.value, rounding: .toNearestOrEven)
        return Double(unitRows) / (Double.pi * value).squareRoot()
    }

    /// Rows of the table that shares are made for: the number of rows is private, and shares are flat about
    /// the best.
    static let nominalRows = 50_000.0

    /// Thousandths of ρ for one-way marginals, from 80 to 950: the square root of their expected error.
    static func oneWayPermille(
        sizes: [Int], unitRows: Int, rho: Rho, rows: Double = nominalRows
    ) -> Int {
        let root =
            (2 * Double(rho.value, rounding: .toNearestOrEven)).squareRoot() / Double(unitRows)
        guard root > 0, root.isFinite else { return 500 }
        let width = sizes.reduce(0.0) { $0 + cbrt(Double($1)) * cbrt(Double($1)) }
        let error = 0.4 * pow(width, 1.5) / (Double(sizes.count) * rows * root)
        return Int(min(max(2400 * error.squareRoot(), 80), 950))
    }
}
