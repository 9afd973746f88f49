// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Continuous Gaussian noise without a detour: (ε, δ) exactly, rounded to the safe side.
///
/// Mechanisms that add N(0, σ²) to queries of L2 sensitivity Δ compose to one of
/// μ = √(Σ Δ²/σ²), and δ(ε) = Φ(μ/2 − ε/μ) − e^ε·Φ(−μ/2 − ε/μ) is the least (Balle and Wang 2018, Theorem 8;
/// Dong, Roth and Su 2022, Corollary 1). Queries may be adaptive; their noise is fixed in advance. The
/// noise this package draws is discrete: for it the figure is no bound, see `FixedGaussianPlan`.
public enum ExactGaussian {
    /// The least δ of μ at ε, rounded up.
    ///
    /// Below 1e-300 it is reported as 1e-300.
    ///
    /// - Parameters:
    ///   - mu: √(Σ Δ²/σ²), finite and at least zero.
    ///   - epsilon: Finite and at least zero.
    /// - Returns: At most 1; 0 only for `mu` = 0.
    public static func delta(mu: Double, epsilon: Double) -> Double {
        precondition(mu >= 0 && mu.isFinite && epsilon >= 0, "mu and epsilon are at least zero")
        guard mu > 0 else { return 0 }
        let (shift, half) = (epsilon / mu, mu / 2)
        let start = shift - half
        guard start < 40 else { return leastDelta }
        // e^ε·φ(start + μ) is φ(start), so both terms share a factor and neither over- nor underflows.
        let far = NormalTail.millsRatio(shift + half)
        let error = NormalTail.relativeError
        let slack = 4 * error + 4e-15 * (start * start + (abs(start) + 1) * (shift + half))
        guard start >= 0 else {
            let first = NormalTail.above(start)
            let second = NormalTail.density(start) * far
            return min(1, max(leastDelta, first - second + error + second * min(1, slack)))
        }
        let near = NormalTail.millsRatio(start)
        let difference = near - far + error * (near + far)
        let value = NormalTail.density(start) * difference * (1 + slack)
        return min(1, max(leastDelta, value))
    }

    /// What smaller δ are reported as.
    private static let leastDelta = 1e-300

    /// The least ε of μ at δ, rounded up.
    ///
    /// - Parameters:
    ///   - mu: √(Σ Δ²/σ²), finite and at least zero.
    ///   - delta: Above zero; below 1e-290 the looser conversion by way of zCDP is returned.
    /// - Returns: 0 when `mu` is 0 or `delta` at least δ(0).
    public static func epsilon(mu: Double, delta: Double) -> Double {
        precondition(delta > 0, "Gaussian noise gives no finite epsilon at delta = 0")
        guard mu > 0, self.delta(mu: mu, epsilon: 0) > delta else { return 0 }
        // μ²/2 is ρ, and the conversion from zCDP is above the root (rounded up once more for the square).
        let upper = ZeroConcentrated.epsilon(rho: mu * mu / 2 * (1 + 1e-15), delta: delta)
        guard delta > 1e-290, upper.isFinite else { return upper }
        return Bisection.least(from: 0, to: upper) { self.delta(mu: mu, epsilon: $0) <= delta }
    }

    /// The largest μ within (ε, δ), rounded down.
    ///
    /// - Parameters:
    ///   - epsilon: Finite and at least zero.
    ///   - delta: Above zero and below one; below 1e-290 the smaller one of zCDP is returned.
    /// - Returns: Δ/σ of the least noise, never above the true limit.
    public static func mu(epsilon: Double, delta: Double) -> Double {
        precondition(epsilon >= 0 && epsilon.isFinite, "epsilon is finite and at least zero")
        precondition(delta > 0 && delta < 1, "delta lies between zero and one")
        let rho = ZeroConcentrated.rho(epsilon: min(epsilon, 1e15), delta: delta)
        var lower = (2 * rho * (1 - 1e-15)).squareRoot()
        guard delta > 1e-290 else { return lower }
        var upper = max(lower, delta)
        while self.delta(mu: upper, epsilon: epsilon) <= delta { upper *= 2 }
        Bisection.narrow(&lower, &upper) { self.delta(mu: $0, epsilon: epsilon) <= delta }
        return lower
    }

    /// The least σ for one query within (ε, δ), rounded up.
    ///
    /// - Parameters:
    ///   - epsilon: Finite and at least zero.
    ///   - delta: Above zero and below one.
    ///   - sensitivity: The query's L2 sensitivity, above zero.
    /// - Returns: The standard deviation of continuous noise.
    public static func sigma(epsilon: Double, delta: Double, sensitivity: Double = 1) -> Double {
        precondition(sensitivity > 0, "a query that nobody moves needs no noise")
        return (sensitivity / mu(epsilon: epsilon, delta: delta)) * (1 + 4e-16)
    }
}
