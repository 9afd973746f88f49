// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Discrete Gaussian noise for whole-number queries, fixed before any data is read.
///
/// σ² is an exact fraction, and the cost is computed from that fraction, so what is charged is what is drawn.
public struct GaussianPlan: Sendable, Hashable {
    /// By how much one privacy unit can move the query, in the Euclidean norm.
    public let sensitivity: Int
    /// The parameter σ² of the noise; its variance is at most this (Canonne, Kamath and Steinke 2020,
    /// Corollary 9).
    public let sigma2: Rational
    let shape: GaussianShape

    /// The least noise whose cost is within `rho`: σ² = Δ²/(2ρ), rounded up to a/2^f.
    ///
    /// The rounding costs less than one part in 2^20 of the accuracy.
    ///
    /// - Parameters:
    ///   - sensitivity: At least 1; it needs no square root because a unit of k rows moves a histogram by at
    ///     most k.
    ///   - rho: The budget, above zero.
    /// - Throws: `NoiseError.unusable` when the budget is zero, so small that draws would not fit 60 bits,
    ///   or so large that it would buy no noise.
    public init(sensitivity: Int, rho: Rho) throws(NoiseError) {
        guard sensitivity >= 1 else {
            throw .unusable("sensitivity \(sensitivity), expected at least 1")
        }
        guard rho > .zero else {
            throw .unusable("no privacy budget for a query; reserve more or ask fewer queries")
        }
        let exact = Rational(sensitivity) * Rational(sensitivity) / (2 * rho.value)
        let size = exact.numerator.magnitude.bitWidth - exact.denominator.magnitude.bitWidth
        let places = max(0, 22 - size)
        guard places <= 64 else {
            throw .unusable("rho \(rho) buys no noise to speak of; lower it")
        }
        let denominator = BigInt(1) << places
        let numerator = (exact * Rational(denominator, over: 1)).bigCeiling
        try self.init(sensitivity: sensitivity, sigma2: Rational(numerator, over: denominator))
    }

    /// Noise of a given σ².
    ///
    /// - Parameters:
    ///   - sensitivity: At least 1.
    ///   - sigma2: Above zero.
    /// - Throws: `NoiseError.unusable` when a parameter is out of range or draws would not fit 60 bits.
    public init(sensitivity: Int, sigma2: Rational) throws(NoiseError) {
        guard sensitivity >= 1, sigma2 > 0 else {
            throw .unusable(
                "sensitivity \(sensitivity) and sigma2 \(sigma2), expected at least 1 and above 0")
        }
        guard let shape = GaussianShape(sigma2: sigma2) else {
            throw .unusable(
                "the budget is so small that noise would not fit 60 bits; reserve more privacy "
                    + "budget or ask fewer queries")
        }
        self.sensitivity = sensitivity
        self.sigma2 = sigma2
        self.shape = shape
    }

    /// The exact cost Δ²/(2σ²) of one query.
    public var cost: Rho { mechanism(cells: 1).rho }

    /// What a grant pays for when this noise is added.
    ///
    /// - Parameters:
    ///   - cells: The number of cells of all queries together, at least 1.
    ///   - count: The number of queries of this sensitivity, at least 1.
    /// - Returns: The mechanism with its true parameters.
    public func mechanism(cells: Int, count: Int = 1) -> Mechanism {
        .gaussian(sigma2: sigma2, sensitivity: sensitivity, cells: cells, count: count)
    }
}
