// SPDX-License-Identifier: Apache-2.0

extension ZeroConcentrated {
    /// The ε of an approximate cost at a total δ, rounded up.
    ///
    /// δ-approximate ρ-zCDP is (ε, δ + δ′)-DP wherever ρ-zCDP is (ε, δ′)-DP (Bun and Steinke 2016,
    /// Lemma 8.8), so ρ is converted at what δ the thresholds leave.
    ///
    /// - Parameters:
    ///   - cost: The sum of what was spent.
    ///   - delta: The δ of the promise, thresholds included; above zero.
    /// - Returns: 0 when nothing is spent or `delta` is at least 1; infinity when ρ is spent and the
    ///   thresholds leave nothing of `delta`.
    public static func epsilon(_ cost: PrivacyCost, delta: Rational) -> Double {
        precondition(delta > 0, "zCDP gives no finite epsilon at delta = 0")
        guard delta < 1 else { return 0 }
        let left = delta - cost.delta
        guard left > 0 else { return left == 0 && cost.rho == .zero ? 0 : .infinity }
        return epsilon(rho: cost.rho, delta: left)
    }

    /// The δ of an approximate cost at an ε, rounded up: that of thresholds and that of the conversion.
    ///
    /// - Parameters:
    ///   - cost: The sum of what was spent.
    ///   - epsilon: At least zero.
    /// - Returns: At most 1.
    public static func delta(_ cost: PrivacyCost, epsilon: Rational) -> Double {
        let thresholds = Double(min(1, cost.delta), rounding: .up)
        let sum = thresholds + delta(rho: cost.rho, epsilon: epsilon)
        return min(1, sum.nextUp)
    }

    /// The largest ρ that with thresholds of a known δ stays within (ε, δ).
    ///
    /// - Parameters:
    ///   - epsilon: Above zero.
    ///   - delta: The δ of the promise, below one.
    ///   - thresholds: What thresholds take of it; at least zero and below `delta`. Anything else stops the
    ///     program.
    /// - Returns: An exact ρ that is never above the true limit.
    public static func largestRho(
        epsilon: Rational, delta: Rational, thresholds: Rational
    ) -> Rho {
        precondition(thresholds >= 0 && thresholds < delta, "thresholds take a part of delta")
        return largestRho(epsilon: epsilon, delta: delta - thresholds)
    }
}
