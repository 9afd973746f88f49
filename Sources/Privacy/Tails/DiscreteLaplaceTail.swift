// SPDX-License-Identifier: Apache-2.0

import BigInt

/// How likely discrete Laplace noise is to reach a point: what a thresholded release is charged for.
///
/// P[X ≥ m] = a^m/(1 + a) for m ≥ 1, with a = exp(−1/scale). No step uses binary floating point; the two
/// bounds are apart by less than one part in 10^18 down to tails of 10^−444; below, that size is the bound.
public struct DiscreteLaplaceTail: Sendable, Hashable {
    private static let bits = 160

    /// The scale b of P[x] ∝ exp(−|x|/b).
    public let scale: Rational
    /// 1/(1 + a).
    private let inverseSum: Bracket

    /// The tail of noise of one scale.
    ///
    /// - Parameter scale: Above zero; anything else stops the program.
    public init(scale: Rational) {
        precondition(scale > 0, "a Laplace scale is above zero")
        self.scale = scale
        let base = Bracket(
            expMinus: scale.denominator.magnitude, over: scale.numerator.magnitude, bits: Self.bits)
        inverseSum = (Bracket(lower: 1, upper: 1, places: 0) + base).reciprocal(bits: Self.bits)
    }

    /// P[X ≥ m].
    ///
    /// - Parameter m: Any whole number; a release that says "noisy ≥ T" for a count of c has m = T − c.
    /// - Returns: Bounds of the probability.
    public func probability(atLeast m: Int) -> TailBounds {
        // P[X ≥ m] = 1 − P[X ≤ m − 1] = 1 − P[X ≥ 1 − m].
        guard m >= 1 else { return probability(atLeast: 1 - m).complement }
        let numerator = BigUInt(m) * scale.denominator.magnitude
        let denominator = scale.numerator.magnitude
        // P[X ≥ m] ≤ a^m.
        guard !TailBounds.isBeyond(numerator, over: denominator) else { return .beyond }
        let power = Bracket(expMinus: numerator, over: denominator, bits: Self.bits)
        return TailBounds(power * inverseSum)
    }

    /// The least m ≥ 1 with P[X ≥ m] at most `delta`, by the upper bound.
    ///
    /// - Parameter delta: Above zero; anything else stops the program.
    /// - Returns: `nil` when no m up to 2^61 is far enough.
    public func leastPoint(delta: Rational) -> Int? {
        precondition(delta > 0, "noise without bounds passes every point with some probability")
        return Privacy.leastPoint(delta: delta) { probability(atLeast: $0).upper }
    }
}
