// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Conversions between zCDP and (ε, δ)-DP, each rounded to the safe side.
///
/// A ρ-zCDP mechanism is (ε, δ)-DP for δ = inf over α > 1 of
/// exp((α−1)(αρ−ε))/(α−1) · (1−1/α)^α (Canonne, Kamath and Steinke 2020, Proposition 12). Every α gives a
/// valid δ, so the search for the best one needs no care; only the last evaluation is rounded up. Costs a
/// few thousand floating operations.
public enum ZeroConcentrated {
    /// The δ at which a ρ-zCDP mechanism is (ε, δ)-DP, rounded up by at most one part in 10⁹.
    ///
    /// - Parameters:
    ///   - rho: The zCDP parameter, finite and at least zero.
    ///   - epsilon: At least zero.
    /// - Returns: At most 1; 0 only for `rho` = 0. Below 1e-300 it is reported as 1e-300.
    public static func delta(rho: Double, epsilon: Double) -> Double {
        precondition(rho >= 0 && rho.isFinite && epsilon >= 0, "rho and epsilon are at least zero")
        guard rho > 0 else { return 0 }
        let order = bestOrder(rho: rho, epsilon: epsilon)
        return min(1, max(leastDelta, deltaUpperBound(rho: rho, epsilon: epsilon, order: order)))
    }

    /// What smaller δ are reported as; a search for one of those would never end.
    private static let leastDelta = 1e-300

    /// The ε at which a ρ-zCDP mechanism is (ε, δ)-DP, rounded up.
    ///
    /// - Parameters:
    ///   - rho: The zCDP parameter, finite and at least zero.
    ///   - delta: Above zero. At δ = 0 zCDP promises no finite ε, which is refused: it stops the program.
    /// - Returns: 0 when `rho` is 0 or `delta` at least 1.
    public static func epsilon(rho: Double, delta: Double) -> Double {
        precondition(rho >= 0 && rho.isFinite, "rho is finite and at least zero")
        precondition(delta > 0, "zCDP gives no finite epsilon at delta = 0")
        guard rho > 0, delta < 1, self.delta(rho: rho, epsilon: 0) > delta else { return 0 }
        // Bun and Steinke 2016, Proposition 1.3: a looser conversion brackets the root from above.
        var upper = (rho + 2 * (rho * -log(delta)).squareRoot()) * (1 + 1e-9)
        guard delta > leastDelta else { return upper }
        while self.delta(rho: rho, epsilon: upper) > delta { upper *= 2 }
        var lower = 0.0
        narrow(&lower, &upper) { self.delta(rho: rho, epsilon: $0) > delta }
        return upper
    }

    /// The largest ρ whose conversion stays within (ε, δ), rounded down.
    ///
    /// - Parameters:
    ///   - epsilon: Finite and at least zero.
    ///   - delta: Above zero; zero is refused: it stops the program.
    /// - Returns: 0 when `epsilon` is 0; infinity when `delta` is at least 1.
    public static func rho(epsilon: Double, delta: Double) -> Double {
        precondition(epsilon >= 0 && epsilon.isFinite, "epsilon is finite and at least zero")
        precondition(delta > 0, "zCDP gives no finite epsilon at delta = 0")
        guard delta < 1 else { return .infinity }
        guard epsilon > 0 else { return 0 }
        // A smaller ε has a smaller ρ, so this stays on the safe side and doubling stays finite.
        let epsilon = min(epsilon, 1e300)
        // The root of ρ + 2√(ρ ln 1/δ) = ε is within reach of the looser conversion, so a lower bracket.
        let logarithm = -log(delta)
        let root = epsilon / ((epsilon + logarithm).squareRoot() + logarithm.squareRoot())
        var lower = root * root * (1 - 1e-9)
        guard delta > leastDelta else { return lower }
        while self.delta(rho: lower, epsilon: epsilon) > delta { lower /= 2 }
        var upper = 2 * lower
        while self.delta(rho: upper, epsilon: epsilon) <= delta { upper *= 2 }
        narrow(&lower, &upper) { self.delta(rho: $0, epsilon: epsilon) <= delta }
        return lower
    }

    /// Halves the bracket until it is a few units in the last place wide.
    private static func narrow(
        _ lower: inout Double, _ upper: inout Double, raisesLower: (Double) -> Bool
    ) {
        for _ in 0..<200 {
            let middle = lower + (upper - lower) / 2
            guard middle > lower, middle < upper else { return }
            if raisesLower(middle) { lower = middle } else { upper = middle }
        }
    }

    /// α − 1 for the α that minimises δ: the root of (2α−1)ρ − ε + ln(1−1/α), which increases in α.
    ///
    /// The search runs over ln(α−1), because the root may lie anywhere from just above 1 to 10⁹.
    private static func bestOrder(rho: Double, epsilon: Double) -> Double {
        var lower = -700.0
        var upper = log((epsilon + 1) / (2 * rho) + 2)
        narrow(&lower, &upper) { logarithm in
            let order = exp(logarithm)
            return (2 * order + 1) * rho - epsilon - log1p(1 / order) < 0
        }
        return exp(upper)
    }

    /// The formula at α = 1 + order, with the rounding of the arithmetic added on top.
    private static func deltaUpperBound(rho: Double, epsilon: Double, order: Double) -> Double {
        // (1−1/α)^α/(α−1) written with log1p: for α near 10⁹ the plain form cancels to nothing.
        let gain = order * (1 + order) * rho
        let loss = order * epsilon
        let exponent = gain - loss - log1p(order) - order * log1p(1 / order)
        // Each of the terms is within a few units in the last place of the truth.
        let slack = 1e-10 + 4e-15 * (gain + loss)
        return exp(exponent + slack)
    }
}
