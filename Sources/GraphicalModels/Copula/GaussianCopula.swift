// SPDX-License-Identifier: Apache-2.0

/// Columns whose cells, in their order, are cuts of normal variables that are correlated (Sklar 1959).
///
/// Each column keeps its own distribution; of what columns have in common the model knows one number a
/// pair.
public struct GaussianCopula: Sendable {
    /// A noisy table of two attributes over coarse cells: runs of neighbouring cells.
    public struct Pair: Sendable {
        /// The two attributes.
        public let first: Int, second: Int
        /// Noisy counts over coarse cells, row-major.
        public let counts: [Double]
        /// Variance of the noise in each, above 0.
        public let variance: Double

        /// Creates a table.
        ///
        /// - Parameters:
        ///   - first: The attribute of the rows.
        ///   - second: The attribute of the columns.
        ///   - counts: Noisy counts over coarse cells, row-major.
        ///   - variance: Variance of the noise in each, above 0.
        public init(first: Int, second: Int, counts: [Double], variance: Double) {
            self.first = first
            self.second = second
            self.counts = counts
            self.variance = variance
        }
    }

    /// The distribution of each attribute's cells, summing to 1.
    public let densities: [[Double]]
    /// The correlations, with a diagonal of 1.
    public let correlations: [[Double]]
    /// The lower triangle whose square they are.
    let root: [[Double]]

    /// Fits a copula to noisy tables.
    ///
    /// Each correlation is estimated by itself, and the matrix of them is moved to the nearest that
    /// correlations can have. Post-processing: spends nothing.
    ///
    /// - Parameters:
    ///   - pairs: Noisy tables.
    ///   - coarse: For each attribute the shares of its coarse cells, summing to 1.
    ///   - densities: For each attribute the shares of its cells, summing to 1.
    ///   - total: The number of records.
    /// - Complexity: O(pairs · coarse cells + attributes³).
    public init(pairs: [Pair], coarse: [[Double]], densities: [[Double]], total: Double) {
        let count = densities.count
        var matrix = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0 } }
        for pair in pairs {
            let estimate = CorrelationEstimate(
                counts: pair.counts, variance: pair.variance, first: coarse[pair.first],
                second: coarse[pair.second], total: total)
            matrix[pair.first][pair.second] = estimate.value
            matrix[pair.second][pair.first] = estimate.value
        }
        self.densities = densities
        correlations = SymmetricMatrix.correlations(near: matrix)
        root = SymmetricMatrix.root(of: correlations)
    }
}
