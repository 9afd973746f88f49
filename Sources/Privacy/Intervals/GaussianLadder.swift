// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Walks w(x) = exp(−x²/(2σ²)) upwards from a start m, as fractions of w(m), between proven ends.
///
/// w(x+1) = w(x)·r(x) with r(x) = exp(−(2x+1)/(2σ²)), and r(x+1) = r(x)·q with q = exp(−1/σ²). Both products
/// are of numbers below one: the lower ends are truncated, the upper ends rounded up, so the true values
/// stay between them. After n steps the ends are apart by at most (n² + 6n) units of 2^−192.
struct GaussianLadder {
    /// Beyond this σ² an upper end of a ratio could round to one.
    static let largestSigma2 = BigUInt(1) << 120

    /// w(x)/w(m) for the current x; x = m + 1 to begin with.
    private(set) var lower: Fixed192
    private(set) var upper: Fixed192
    /// r(x) for the current x.
    private(set) var ratioLower: Fixed192
    private(set) var ratioUpper: Fixed192
    private let quotientLower: Fixed192
    private let quotientUpper: Fixed192

    /// - Parameters:
    ///   - sigma2: Above zero and at most 2^120.
    ///   - start: m, at least zero.
    init(sigma2: Rational, from start: BigUInt) {
        precondition(sigma2 > 0, "a Gaussian has a variance above zero")
        let (numerator, divisor) = (sigma2.numerator.magnitude, sigma2.denominator.magnitude)
        precondition(numerator <= divisor * Self.largestSigma2, "sigma2 is at most 2^120")
        let bits = Fixed192.places + 8
        let quotient = Bracket(expMinus: divisor, over: numerator, bits: bits).fixed
        let ratio = Bracket(
            expMinus: (2 * start + 1) * divisor, over: 2 * numerator, bits: bits
        ).fixed
        (quotientLower, quotientUpper) = quotient
        (lower, upper) = ratio
        ratioLower = lower.timesDown(quotientLower)
        ratioUpper = upper.timesUp(quotientUpper)
    }

    /// Goes on to x + 1.
    @inline(__always)
    mutating func step() {
        lower = lower.timesDown(ratioLower)
        upper = upper.timesUp(ratioUpper)
        ratioLower = ratioLower.timesDown(quotientLower)
        ratioUpper = ratioUpper.timesUp(quotientUpper)
    }
}

extension GaussianLadder {
    /// Σ w(x)/w(m) over all x ≥ m.
    ///
    /// Adds until a term is below 2^−64; as the ratios fall, what is left is below the geometric series of
    /// the last ratio. Takes about σ(√(m²/σ² + 89) − m/σ) steps of some tens of nanoseconds.
    static func sum(sigma2: Rational, from start: BigUInt) -> Bracket {
        var ladder = GaussianLadder(sigma2: sigma2, from: start)
        var sums = (lower: FixedSum(), upper: FixedSum())
        while ladder.upper.high != 0 {
            sums.lower += ladder.lower
            sums.upper += ladder.upper
            ladder.step()
        }
        let one = BigUInt(1) << Fixed192.places
        // term/(1 − ratio), where the ratio bounds all that follow.
        let rest = (ladder.upper.units << Fixed192.places) / (one - ladder.ratioUpper.units) + 1
        return Bracket(
            lower: one + sums.lower.units, upper: one + sums.upper.units + rest,
            places: Fixed192.places)
    }
}
