// SPDX-License-Identifier: Apache-2.0

/// A noisy table: `values = true counts + noise`, independent in each cell.
public struct LinearMeasurement: Sendable {
    /// What was counted.
    public let clique: Clique
    /// Noisy counts, row-major over the clique.
    public let values: [Double]
    /// Variance of the noise in each cell, more than 0.
    public let variances: [Double]

    /// Creates a measurement whose cells were merged after the noise, each from another number.
    ///
    /// - Parameters:
    ///   - clique: What was counted.
    ///   - values: Noisy counts, row-major over the clique, finite.
    ///   - variances: Variance of the noise in each cell, more than 0 and finite.
    public init(clique: Clique, values: [Double], variances: [Double]) {
        precondition(values.count == variances.count && variances.allSatisfy { $0 > 0 })
        precondition(values.allSatisfy(\.isFinite) && variances.allSatisfy(\.isFinite))
        self.clique = clique
        self.values = values
        self.variances = variances
    }

    /// Creates a measurement with the same noise in each cell.
    ///
    /// - Parameters:
    ///   - clique: What was counted.
    ///   - values: Noisy counts, row-major over the clique, finite.
    ///   - variance: Variance of the noise in each cell, more than 0.
    public init(clique: Clique, values: [Double], variance: Double) {
        self.init(
            clique: clique, values: values,
            variances: [Double](repeating: variance, count: values.count))
    }
}
