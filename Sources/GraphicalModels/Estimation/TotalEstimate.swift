// SPDX-License-Identifier: Apache-2.0

/// How many records noisy marginals say there are.
public struct TotalEstimate: Sendable, Hashable {
    /// The estimate; noise may have pushed it below 0.
    public let value: Double
    /// Its variance; infinite without a measurement.
    public let variance: Double

    /// Weighs the sum of each marginal by the inverse of its variance, which has the least variance of all
    /// unbiased combinations of the sums where the noises are independent.
    ///
    /// Post-processing: spends nothing.
    ///
    /// - Parameter measurements: Noisy marginals of the same records.
    public init(_ measurements: [LinearMeasurement]) {
        var sum = 0.0
        var weights = 0.0
        for measurement in measurements {
            let weight = 1 / measurement.variances.reduce(0, +)
            sum += weight * measurement.values.reduce(0, +)
            weights += weight
        }
        value = weights > 0 ? sum / weights : 0
        variance = 1 / weights
    }
}
