// SPDX-License-Identifier: Apache-2.0

import Curation

/// What noisy one-way marginals say about each column: non-negative counts that sum to the number of records.
///
/// Post-processing: spends nothing.
enum ColumnDensities {
    /// Columns of fewer ordered cells keep their noise: there is little to average.
    private static let leastCells = 24

    /// Estimates of the counts of every column.
    ///
    /// - Parameters:
    ///   - columns: What is known of each attribute's cells, in order.
    ///   - orderedCells: For each attribute how many of its first cells have an order, in which neighbours
    ///     tend to be alike; 0 for none.
    ///   - total: What each column sums to.
    /// - Returns: Counts of each attribute's cells. Complexity: O(cells · log cells).
    static func counts(
        _ columns: [CellEvidence], orderedCells: [Int], total: Double
    ) -> [[Double]] {
        zip(columns, orderedCells).map { column, ordered in
            var values = column.values
            if ordered >= leastCells {
                values.replaceSubrange(
                    0..<ordered,
                    with: HaarShrinkage.denoised(values[0..<ordered], sigma: column.sigma))
            }
            return NoisyTotals.projected(values, total: total)
        }
    }

    /// Estimates of the counts of every column from noisy one-way marginals alone.
    static func counts(
        _ marginals: [NoisyMarginal], orderedCells: [Int], total: Double
    ) -> [[Double]] {
        counts(marginals.map(CellEvidence.init), orderedCells: orderedCells, total: total)
    }
}
