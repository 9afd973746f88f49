// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Proven ends of B(x) = P[|X| ≤ x] for the discrete Gaussian of one σ², as whole numbers of 63 bits.
///
/// With S(x) = Σ w(y) over |y| ≤ x and Z = S(∞), B = S/Z. `GaussianLadder` gives ends of every w(x) until it
/// is below 2^−144; what is left of Z is below a geometric series. The lower ends of S are at most Z⁺ − Z⁻
/// below S, so the lower ends S⁻/Z⁺ of B are off by at most 2(Z⁺ − Z⁻)/Z⁻, which is checked to be below
/// 2^−120. The thresholds are these, rounded down to 63 bits.
struct GaussianMasses: Sendable {
    let sigma2: Rational
    /// t(x) with t(x)/2^63 ≤ B(x) < (t(x) + 3/2)/2^63; up to the first that no 63 bits exceed.
    let thresholds: [UInt64]
    /// Ends of Z.
    let normaliser: Bracket

    /// Takes about 14.1σ steps of some tens of nanoseconds.
    ///
    /// - Parameter sigma2: Above zero and at most `GaussianTable.largestSigma2`.
    init(sigma2: Rational) {
        precondition(sigma2 <= GaussianTable.largestSigma2, "a table of this width is not built")
        self.sigma2 = sigma2
        var ladder = GaussianLadder(sigma2: sigma2, from: 0)
        var half = (lower: FixedSum(), upper: FixedSum())
        // Lower ends of S(x), in 108 binary places: S < 2^20 for σ up to 2^15.
        var sums: [UInt128] = [1 << 108]
        while ladder.upper.high | ladder.upper.middle | ladder.upper.low >> 48 != 0 {
            half.lower += ladder.lower
            half.upper += ladder.upper
            sums.append(1 << 108 + half.lower.doubled(places: 108))
            ladder.step()
        }
        let one = BigUInt(1) << Fixed192.places
        let rest = (ladder.upper.units << Fixed192.places) / (one - ladder.ratioUpper.units) + 1
        normaliser = Bracket(
            lower: one + 2 * half.lower.units, upper: one + 2 * (half.upper.units + rest),
            places: Fixed192.places)
        // Z ≥ 1, so 2(Z⁺ − Z⁻) bounds the error.
        precondition(
            2 * (normaliser.upper - normaliser.lower) <= one >> 120, "sums are known to 120 places")
        // Z⁺ > 1, so the inverse fits 128 places.
        let inverse = UInt128((BigUInt(1) << (128 + Fixed192.places)) / normaliser.upper)
        var thresholds: [UInt64] = []
        for sum in sums {
            // sum/2^108 · inverse/2^128 · 2^63, rounded down; the three truncations are below 2^−100.
            let threshold = UInt64(sum.multipliedFullWidth(by: inverse).high >> 45)
            thresholds.append(threshold)
            if threshold == .max >> 1 { break }
        }
        self.thresholds = thresholds
    }
}

extension FixedSum {
    /// Twice the sum in units of 2^−places, rounded down; for sums below 2^(127 − places).
    @inline(__always)
    func doubled(places: Int) -> UInt128 {
        let parts = UInt128(fraction.high) << 64 | UInt128(fraction.middle)
        return (UInt128(whole) << places + parts >> (128 - places)) << 1
    }
}
