// SPDX-License-Identifier: Apache-2.0

import BigInt

/// How likely discrete Gaussian noise is to reach a point: what a thresholded release is charged for.
///
/// P[X ≥ m] = w(m)·(1 + w(m+1)/w(m) + …)/Z with w(x) = exp(−x²/(2σ²)) and Z the sum of w over the whole
/// numbers. Up to σ = 2^17 both sums are added term by term between proven ends; beyond, where a step of
/// one is nothing beside σ, they are caught between integrals. No step uses binary floating point.
/// For m ≥ 1 the bounds are apart by less than one part in 10^12 up to σ = 2^17, and in 10^8 beyond it
/// for σ + 1 < m < 14σ.
public struct DiscreteGaussianTail: Sendable, Hashable {
    private static let bits = 192
    /// The largest σ² whose sums are added term by term: at most a million terms.
    private static let largestSummed = Rational(1 << 34)

    /// The parameter σ² of the noise.
    public let sigma2: Rational
    private let inverseNormaliser: Bracket
    private let isSummed: Bool

    /// The tail of noise of one σ².
    ///
    /// Takes time in proportion to σ, some tens of milliseconds for σ = 2^17.
    ///
    /// - Parameter sigma2: Above zero and below 2^108; anything else stops the program.
    public init(sigma2: Rational) {
        precondition(sigma2 > 0, "a Gaussian has a variance above zero")
        precondition(
            sigma2 < Rational(BigInt(1) << 108, over: 1), "noise of this width is never planned")
        self.sigma2 = sigma2
        isSummed = sigma2 <= Self.largestSummed
        let normaliser = isSummed ? Self.summed(sigma2) : GaussianIntegral.normaliser(sigma2)
        inverseNormaliser = normaliser.reciprocal(bits: Self.bits)
    }

    /// Z = 1 + 2·Σ w(x) over x ≥ 1.
    private static func summed(_ sigma2: Rational) -> Bracket {
        let first = Bracket(
            expMinus: sigma2.denominator.magnitude, over: 2 * sigma2.numerator.magnitude, bits: bits
        )
        var half = first * GaussianLadder.sum(sigma2: sigma2, from: 1)
        half.places -= 1
        return Bracket(lower: 1, upper: 1, places: 0) + half
    }

    /// P[X ≥ m].
    ///
    /// Beyond σ = 2^17 the bounds of an m up to σ + 1 are those of the nearest points that are cheap: no
    /// threshold of use lies there.
    ///
    /// - Parameter m: Any whole number; a release that says "noisy ≥ T" for a count of c has m = T − c.
    /// - Returns: Bounds of the probability.
    public func probability(atLeast m: Int) -> TailBounds {
        // P[X ≥ m] = 1 − P[X ≤ m − 1] = 1 − P[X ≥ 1 − m].
        guard m >= 1 else { return probability(atLeast: 1 - m).complement }
        let start = BigUInt(m)
        let numerator = start * start * sigma2.denominator.magnitude
        let denominator = 2 * sigma2.numerator.magnitude
        // P[X ≥ m] ≤ w(m), because (m + j)² ≥ m² + j².
        guard !TailBounds.isBeyond(numerator, over: denominator) else { return .beyond }
        if isSummed {
            let first = Bracket(expMinus: numerator, over: denominator, bits: Self.bits)
            let sum = GaussianLadder.sum(sigma2: sigma2, from: start)
            return TailBounds(first * sum * inverseNormaliser)
        }
        let inflection = (sigma2.numerator.magnitude / sigma2.denominator.magnitude).squareRoot()
        guard start > inflection + 1 else {
            // Half of everything but the middle, and the nearest point where integrals are bounds.
            let far = TailBounds(
                GaussianIntegral.tail(sigma2, from: inflection + 2) * inverseNormaliser)
            return TailBounds(lower: far.lower, upper: Rational(numerator: 1, denominator: 2))
        }
        return TailBounds(GaussianIntegral.tail(sigma2, from: start) * inverseNormaliser)
    }

    /// The least m ≥ 1 with P[X ≥ m] at most `delta`, by the upper bound.
    ///
    /// - Parameter delta: Above zero; anything else stops the program.
    /// - Returns: `nil` when no m up to 2^61 is far enough.
    public func leastPoint(delta: Rational) -> Int? {
        precondition(delta > 0, "noise without bounds passes every point with some probability")
        return Privacy.leastPoint(delta: delta) { probability(atLeast: $0).upper }
    }

    /// Equality of the noise.
    public static func == (left: DiscreteGaussianTail, right: DiscreteGaussianTail) -> Bool {
        left.sigma2 == right.sigma2
    }

    /// Hashes the noise.
    ///
    /// - Parameter hasher: The hasher to feed.
    public func hash(into hasher: inout Hasher) { hasher.combine(sigma2) }
}
