// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Conversions between zCDP and (ε, δ)-DP, each rounded to the safe side.
///
/// A ρ-zCDP mechanism is (ε, δ)-DP for δ = inf over α > 1 of
/// exp((α−1)(αρ−ε))/(α−1) · (1−1/α)^α (Canonne, Kamath and Steinke 2020, Proposition 12). Every α gives a
/// valid δ, and solved for ε or ρ a valid one of those, so the search for the best α needs no care; only
/// the last evaluation is rounded. Costs a few microseconds.
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

    /// What smaller δ are reported as.
    static let leastDelta = 1e-300

    /// The ε at which a ρ-zCDP mechanism is (ε, δ)-DP, rounded up.
    ///
    /// - Parameters:
    ///   - rho: The zCDP parameter, finite and at least zero.
    ///   - delta: Above zero. At δ = 0 zCDP promises no finite ε, which is refused: it stops the program.
    /// - Returns: 0 when `rho` is 0 or `delta` at least 1.
    public static func epsilon(rho: Double, delta: Double) -> Double {
        precondition(rho >= 0 && rho.isFinite, "rho is finite and at least zero")
        precondition(delta > 0, "zCDP gives no finite epsilon at delta = 0")
        guard rho > 0, delta < 1 else { return 0 }
        return epsilon(rho: rho, logarithm: -log(delta) * (1 + 1e-15))
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
        return rho(epsilon: epsilon, logarithm: -log(delta) * (1 + 1e-15))
    }

    /// ε for ρ above zero and ln(1/δ) above zero, rounded up.
    ///
    /// With r = α−1 the formula solved for ε is (1+r)ρ + (ln(1/δ) − (1+r)ln(1+1/r) − ln r)/r, and its
    /// derivative vanishes where ρr² + ln(1+r) = ln(1/δ).
    static func epsilon(rho: Double, logarithm: Double) -> Double {
        var lower = 0.0
        var upper = (logarithm / rho).squareRoot()
        if logarithm < 700 { upper = min(upper, expm1(logarithm)) }
        Bisection.narrow(&lower, &upper) { rho * $0 * $0 + log1p($0) < logarithm }
        upper = max(upper, 1e-160)
        let (value, error) = tail(logarithm: logarithm, order: upper)
        let gain = (1 + upper) * rho
        return max(0, gain + value + error + 4e-15 * gain)
    }

    /// ρ for ε at least zero and ln(1/δ) above zero, rounded down.
    ///
    /// Where ε = ρ(1+2r) − ln(1+1/r) as well, the best α is the root of
    /// (1+2r)(ln(1/δ) − ln(1+r))/r² − ln(1+1/r) − ε.
    static func rho(epsilon: Double, logarithm: Double) -> Double {
        guard epsilon > 0 else { return 0 }
        // A smaller ε has a smaller ρ, so this stays on the safe side and nothing overflows.
        let epsilon = min(epsilon, 1e300)
        var lower = -360.0
        var upper = min(logarithm, 700)
        Bisection.narrow(&lower, &upper) { exponent in
            let order = exp(exponent)
            let rho = (logarithm - log1p(order)) / order
            return rho * (2 + 1 / order) - log1p(1 / order) > epsilon
        }
        let order = exp(lower)
        let (value, error) = tail(logarithm: logarithm, order: order)
        return max(0, (epsilon * (1 - 4e-15) - value - error) / (1 + order) * (1 - 4e-15))
    }

    /// (ln(1/δ) − (1+r)ln(1+1/r) − ln r)/r and a bound of its rounding error.
    private static func tail(
        logarithm: Double, order: Double
    ) -> (value: Double, error: Double) {
        // Two forms of one sum; for small r the first loses all digits of ln r, for large r the second.
        let (first, second) =
            order > 1
            ? ((1 + order) * log1p(1 / order), log(order))
            : ((1 + order) * log1p(order), -order * log(order))
        let sum = logarithm - first - second
        return (sum / order, 4e-15 * (logarithm + first + abs(second)) / order)
    }

    /// α − 1 for the α that minimises δ: the root of (2α−1)ρ − ε + ln(1−1/α), which increases in α.
    ///
    /// The search runs over ln(α−1), because the root may lie anywhere from just above 1 to 10⁹.
    private static func bestOrder(rho: Double, epsilon: Double) -> Double {
        var lower = -700.0
        var upper = log((epsilon + 1) / (2 * rho) + 2)
        Bisection.narrow(&lower, &upper) { logarithm in
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
        let slack = 4e-15 * (gain + loss + log1p(order) + 2)
        return exp(exponent + slack)
    }
}
