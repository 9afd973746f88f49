// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// What noisy one-way marginals say about each column: non-negative counts that sum to the number of records.
///
/// Post-processing: spends nothing.
enum ColumnDensities {
    /// Columns of fewer ordered cells keep their noise: there is little to average.
    private static let leastCells = 24

    /// Estimates of the counts of every column.
    ///
    /// - Parameters:
    ///   - marginals: The noisy one-way marginal of each attribute, in order.
    ///   - orderedCells: For each attribute how many of its first cells have an order, in which neighbours
    ///     tend to be alike; 0 for none.
    ///   - total: What each column sums to.
    /// - Returns: Counts of each attribute's cells. Complexity: O(cells · log cells).
    static func counts(
        _ marginals: [NoisyMarginal], orderedCells: [Int], total: Double
    ) -> [[Double]] {
        zip(marginals, orderedCells).map { marginal, ordered in
            var values = marginal.cells.map(Double.init)
            if ordered >= leastCells {
                let sigma = Double(marginal.sigma2, rounding: .up).squareRoot()
                values.replaceSubrange(
                    0..<ordered, with: HaarShrinkage.denoised(values[0..<ordered], sigma: sigma))
            }
            return NoisyTotals.projected(values, total: total)
        }
    }
}
