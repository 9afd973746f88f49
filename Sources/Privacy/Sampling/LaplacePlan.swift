// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Discrete Laplace noise for whole-number queries, fixed before any data is read.
public struct LaplacePlan: Sendable, Hashable {
    /// By how much one privacy unit can move the query, in the L1 norm.
    public let sensitivity: Int
    /// The scale b of P[x] ∝ exp(−|x|/b).
    public let scale: Rational
    let sampler: DiscreteLaplaceSampler

    /// Noise of a given scale; it is Δ/scale-DP.
    ///
    /// - Parameters:
    ///   - sensitivity: At least 1.
    ///   - scale: Above zero; its numerator and denominator in lowest terms fit 31 bits.
    /// - Throws: `NoiseError.unusable` otherwise.
    public init(sensitivity: Int, scale: Rational) throws(NoiseError) {
        guard sensitivity >= 1, scale > 0,
            let numerator = UInt32(exactly: scale.numerator),
            let divisor = UInt32(exactly: scale.denominator),
            numerator < 1 << 31, divisor < 1 << 31
        else {
            throw .unusable(
                "sensitivity \(sensitivity) and Laplace scale \(scale), expected at least 1 and a "
                    + "fraction of numbers below 2147483648")
        }
        self.sensitivity = sensitivity
        self.scale = scale
        sampler = DiscreteLaplaceSampler(scale: UInt64(numerator), divisor: UInt64(divisor))
    }

    /// The least noise whose zCDP cost is within `rho`: scale = Δ/√(2ρ), rounded up.
    ///
    /// - Parameters:
    ///   - sensitivity: At least 1.
    ///   - rho: The budget, above zero.
    /// - Throws: `NoiseError.unusable` when no scale that can be sampled fits the budget.
    public init(sensitivity: Int, rho: Rho) throws(NoiseError) {
        guard sensitivity >= 1, rho > .zero else {
            throw .unusable("no privacy budget for a query; reserve more or ask fewer queries")
        }
        let square = Rational(sensitivity) * Rational(sensitivity) / (2 * rho.value)
        let size = square.numerator.magnitude.bitWidth - square.denominator.magnitude.bitWidth
        let places = max(0, min(30, 20 - size / 2))
        let grid = BigInt(1) << places
        // ⌊√(x − 1)⌋ + 1 is the least whole number whose square reaches the whole number x.
        let scaled = (square * Rational(grid * grid, over: 1)).bigCeiling
        let root = BigInt((scaled - 1).magnitude.squareRoot()) + 1
        try self.init(sensitivity: sensitivity, scale: Rational(root, over: grid))
    }

    /// The exact zCDP cost (Δ/scale)²/2 of one query.
    public var cost: Rho { mechanism(cells: 1).rho }

    /// What a grant pays for when this noise is added.
    ///
    /// - Parameters:
    ///   - cells: The number of cells of all queries together, at least 1.
    ///   - count: The number of queries of this sensitivity, at least 1.
    /// - Returns: The mechanism with its true parameters.
    public func mechanism(cells: Int, count: Int = 1) -> Mechanism {
        .laplace(scale: scale, sensitivity: sensitivity, cells: cells, count: count)
    }
}
