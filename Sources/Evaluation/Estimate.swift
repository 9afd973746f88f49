// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A figure with its confidence interval, computed from noisy counts alone.
public struct Estimate: Sendable, Codable, Hashable {
    /// The point estimate.
    public let value: Double
    /// The interval's ends, `lower <= value <= upper`.
    public let lower: Double, upper: Double

    /// Creates an estimate.
    ///
    /// - Parameters:
    ///   - value: The point estimate.
    ///   - lower: The lower end of the interval.
    ///   - upper: The upper end of the interval.
    public init(value: Double, lower: Double, upper: Double) {
        self.value = value
        self.lower = lower
        self.upper = upper
    }

    /// A normal interval around an estimate, cut to the range that the figure can take.
    ///
    /// - Parameters:
    ///   - value: The point estimate; cut to `range` too.
    ///   - standardError: Its standard error, noise and sampling together.
    ///   - range: The values that the figure can take.
    ///   - z: How many standard errors to either side; `Estimate.z99` covers 99%.
    /// - Returns: The estimate.
    public static func normal(
        _ value: Double, standardError: Double, in range: ClosedRange<Double>, z: Double = z99
    ) -> Estimate {
        func cut(_ x: Double) -> Double { min(max(x, range.lowerBound), range.upperBound) }
        return Estimate(
            value: cut(value), lower: cut(value - z * standardError),
            upper: cut(value + z * standardError))
    }

    /// The normal quantile of a two-sided 99% interval, Φ⁻¹(0.995).
    public static let z99 = 2.5758293035489004
    /// The normal quantile of two two-sided intervals that hold together with 99% (Bonferroni),
    /// Φ⁻¹(0.9975).
    public static let z99of2 = 2.807033768343811

    /// The same figure after an increasing linear map.
    ///
    /// - Parameters:
    ///   - scale: The factor, positive.
    ///   - offset: What is added after scaling.
    /// - Returns: The mapped estimate.
    public func mapped(scale: Double, offset: Double) -> Estimate {
        Estimate(
            value: value * scale + offset, lower: lower * scale + offset,
            upper: upper * scale + offset)
    }
}
