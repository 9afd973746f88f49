// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What many mechanisms of equal pure ε cost together: the textbook rules, for comparison with zCDP.
///
/// All need parameters that are fixed in advance; the queries may be adaptive.
public enum PureComposition {
    /// Basic composition, exactly: ε and δ add (Dwork and Roth 2014, Theorem 3.16).
    ///
    /// - Parameter parts: (ε, δ) of each mechanism.
    /// - Returns: The sums.
    public static func basic(
        _ parts: [(epsilon: Rational, delta: Rational)]
    ) -> (epsilon: Rational, delta: Rational) {
        parts.reduce((0, 0)) { ($0.epsilon + $1.epsilon, $0.delta + $1.delta) }
    }

    /// Advanced composition (Dwork and Roth 2014, Theorem 3.20): count·(ε, δ)-DP mechanisms are
    /// (ε√(2·count·ln(1/δ′)) + count·ε(e^ε − 1), count·δ + δ′)-DP.
    ///
    /// It may be above the basic sum; take the smaller.
    ///
    /// - Parameters:
    ///   - epsilon: ε of each, at least zero.
    ///   - delta: δ of each.
    ///   - count: How many there are, at least 1.
    ///   - slack: δ′, between zero and one.
    /// - Returns: ε rounded up, and δ exactly.
    public static func advanced(
        epsilon: Rational, delta: Rational = 0, count: Int, slack: Rational
    ) -> (epsilon: Double, delta: Rational) {
        precondition(epsilon >= 0 && count >= 1, "epsilon is at least zero, and so are mechanisms")
        let single = Double(epsilon, rounding: .up)
        let deviation = single * (2 * Double(count) * slack.negatedLogarithm).squareRoot()
        let drift = Double(count) * single * expm1(single)
        return ((deviation + drift) * (1 + 2e-15), delta * Rational(count) + slack)
    }

    /// The least ε at which `count` pure ε-DP mechanisms are (ε, δ)-DP together, rounded up.
    ///
    /// Randomised response is the worst of them, so its losses decide: `count` steps of ±ε (Kairouz, Oh and
    /// Viswanath 2015, Theorem 3.3). The same figure is exact for discrete Laplace noise of scale 1/ε on a
    /// query of sensitivity 1. Time grows with `count`.
    ///
    /// - Parameters:
    ///   - epsilon: ε of each, above zero.
    ///   - count: How many there are, at least 1.
    ///   - delta: Above zero and below one.
    /// - Returns: At most count·ε.
    public static func optimalEpsilon(epsilon: Rational, count: Int, delta: Rational) -> Double {
        let single = Double(epsilon, rounding: .up)
        let basic = single * Double(count) * (1 + 1e-15)
        guard let losses = losses(epsilon: single, count: count) else { return basic }
        return min(basic, losses.epsilon(delta: Double(delta, rounding: .down)))
    }

    /// The least δ at which `count` pure ε-DP mechanisms are (`total`, δ)-DP together, rounded up.
    ///
    /// - Parameters:
    ///   - epsilon: ε of each, above zero.
    ///   - count: How many there are, at least 1.
    ///   - total: ε of all together, at least zero.
    /// - Returns: At most 1.
    public static func optimalDelta(epsilon: Rational, count: Int, total: Rational) -> Double {
        guard total < epsilon * Rational(count) else { return 0 }
        let single = Double(epsilon, rounding: .up)
        guard let losses = losses(epsilon: single, count: count) else { return 1 }
        return losses.delta(epsilon: Double(total, rounding: .down))
    }

    /// The losses (count − 2i)ε with C(count, i)·p^(count−i)·(1−p)^i, p = e^ε/(1 + e^ε), down to zero.
    private static func losses(epsilon: Double, count: Int) -> LossLattice? {
        precondition(epsilon > 0 && count >= 1, "epsilon is above zero, and there is a mechanism")
        guard count <= 1 << 22 else { return nil }
        let ratio = exp(-epsilon)
        // The first masses may be below every binary fraction: they are kept over a power of two.
        var logarithm = -Double(count) * log1p(ratio)
        var mass = 1.0
        var index = 0
        while logarithm + log(mass) < -600, index < count / 2 {
            mass *= Double(count - index) / Double(index + 1) * ratio
            index += 1
            guard mass > 0x1p800 else { continue }
            mass *= 0x1p-800
            logarithm += 800 * 0.693147180559945309417
        }
        var masses = [exp(logarithm + log(mass))]
        let skipped = index
        while index < count / 2 {
            let step = Double(count - index) / Double(index + 1) * ratio
            masses.append(max(leastMass, masses[index - skipped] * step))
            index += 1
        }
        return LossLattice(
            highest: Double(count) * epsilon - 2 * epsilon * Double(skipped), step: 2 * epsilon,
            masses: masses, infinite: Double(skipped) * exp(-599),
            relativeError: 4e-15 * Double(count + 4), magnitude: Double(count) * epsilon)
    }

    /// What lesser masses are counted as, so that none is lost below the binary fractions.
    private static let leastMass = 1e-290
}
