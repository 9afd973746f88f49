// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The area under the ROC curve of two noisy score histograms.
///
/// Both histograms have the same bins in ascending order of score. The counts carry independent
/// integer noise of known variance; everything here is post-processing of them and spends nothing.
public struct RankCurve: Sendable {
    /// Counts of the positive (or member) records by bin, noisy or exact.
    public let positives: [Double]
    /// Counts of the negative (or control) records by bin.
    public let negatives: [Double]
    /// Variance of the noise in each positive cell; 0 where counts are exact.
    public let positiveVariance: Double
    /// Variance of the noise in each negative cell.
    public let negativeVariance: Double
    /// The most records of one privacy unit; they may all agree, so sampling error grows with them.
    public let recordsPerUnit: Int

    /// Creates a curve.
    ///
    /// - Parameters:
    ///   - positives: Counts of the positive records by bin, ascending score.
    ///   - negatives: Counts of the negative records, the same bins.
    ///   - positiveVariance: Noise variance of each positive cell.
    ///   - negativeVariance: Noise variance of each negative cell.
    ///   - recordsPerUnit: The most records of one privacy unit.
    public init(
        positives: [Double], negatives: [Double], positiveVariance: Double,
        negativeVariance: Double, recordsPerUnit: Int = 1
    ) {
        precondition(positives.count == negatives.count)
        self.positives = positives
        self.negatives = negatives
        self.positiveVariance = positiveVariance
        self.negativeVariance = negativeVariance
        self.recordsPerUnit = recordsPerUnit
    }

    /// The probability that a positive record scores higher than a negative one, ties counted half.
    ///
    /// The numerator `Σ_i a_i (C_{<i} + c_i/2)` is a sum of products of independent noisy counts and
    /// so unbiased. The standard error is the delta method: noise enters through
    /// `∂AUC/∂a_i = (F_i − AUC)/A`, sampling as in DeLong, DeLong and Clarke-Pearson (1988), with
    /// units taken as independent and their records as equal, the worst case. Complexity: O(bins).
    ///
    /// - Parameter z: How many standard errors the interval reaches to either side.
    /// - Returns: The estimate, or `nil` where either total is within five standard deviations of its
    ///   noise from zero, so that the ratio means nothing.
    public func area(z: Double = Estimate.z99) -> Estimate? {
        let bins = Double(positives.count)
        let positiveTotal = positives.reduce(0, +)
        let negativeTotal = negatives.reduce(0, +)
        guard positiveTotal >= max(10, 5 * (bins * positiveVariance).squareRoot()),
            negativeTotal >= max(10, 5 * (bins * negativeVariance).squareRoot())
        else { return nil }

        // The share of negatives below each bin, and of positives above it, ties half.
        var below = [Double](repeating: 0, count: positives.count)
        var running = 0.0
        for index in negatives.indices {
            below[index] = (running + negatives[index] / 2) / negativeTotal
            running += negatives[index]
        }
        var above = [Double](repeating: 0, count: positives.count)
        running = 0
        for index in positives.indices.reversed() {
            above[index] = (running + positives[index] / 2) / positiveTotal
            running += positives[index]
        }
        var area = 0.0
        for index in positives.indices { area += positives[index] * below[index] }
        area /= positiveTotal

        var variance = 0.0
        let cluster = Double(recordsPerUnit)
        for index in positives.indices {
            let first = (below[index] - area) / positiveTotal
            let second = (above[index] - area) / negativeTotal
            variance += first * first * (positiveVariance + cluster * max(0, positives[index]))
            variance += second * second * (negativeVariance + cluster * max(0, negatives[index]))
        }
        return .normal(area, standardError: variance.squareRoot(), in: 0...1, z: z)
    }
}
