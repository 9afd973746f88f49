// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// Estimates of totals and densities from noisy counts.
///
/// Post-processing: spends nothing.
enum NoisyTotals {
    /// The number of records, from the sums of noisy marginals weighted by inverse variance.
    ///
    /// - Parameter marginals: Independent noisy marginals of the same records.
    /// - Returns: The estimate and its variance `1 / Σ 1/(n_m σ_m²)`.
    static func total(_ marginals: [NoisyMarginal]) -> (value: Double, variance: Double) {
        var weighted = 0.0, weights = 0.0
        for marginal in marginals {
            let sum = marginal.cells.reduce(0.0) { $0 + Double($1) }
            let variance =
                Double(marginal.cells.count) * Double(marginal.sigma2, rounding: .toNearestOrEven)
            weighted += sum / variance
            weights += 1 / variance
        }
        return weights > 0 ? (weighted / weights, 1 / weights) : (0, .infinity)
    }

    /// The nearest non-negative numbers with a given sum, in least squares.
    ///
    /// Subtracts one number from all and cuts at zero, so empty cells stay empty and large ones lose
    /// the bias that cutting alone would add (Duchi et al. 2008, Figure 1).
    ///
    /// - Parameters:
    ///   - values: Noisy counts.
    ///   - total: The sum wanted, more than 0.
    /// - Returns: The projection. Complexity: O(n log n).
    static func projected(_ values: [Double], total: Double) -> [Double] {
        let sorted = values.sorted(by: >)
        var sum = 0.0
        var shift = 0.0
        for (index, value) in sorted.enumerated() {
            sum += value
            let candidate = (sum - total) / Double(index + 1)
            if value - candidate > 0 { shift = candidate }
        }
        return values.map { max(0, $0 - shift) }
    }
}
