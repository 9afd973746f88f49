// SPDX-License-Identifier: Apache-2.0

import BigInt

extension ZeroConcentrated {
    /// The ε of an exact ρ at an exact δ, rounded up.
    ///
    /// - Parameters:
    ///   - rho: The zCDP parameter.
    ///   - delta: Above zero; zero or less stops the program.
    /// - Returns: 0 when `rho` is 0 or `delta` at least 1; infinity for a δ below every binary fraction.
    public static func epsilon(rho: Rho, delta: Rational) -> Double {
        precondition(delta > 0, "zCDP gives no finite epsilon at delta = 0")
        guard .zero < rho, delta < 1 else { return 0 }
        let lowered = Double(delta, rounding: .down)
        guard lowered > 0 else { return .infinity }
        return epsilon(rho: Double(rho.value, rounding: .up), delta: lowered)
    }

    /// The δ of an exact ρ at an exact ε, rounded up.
    ///
    /// - Parameters:
    ///   - rho: The zCDP parameter.
    ///   - epsilon: At least zero.
    /// - Returns: At most 1.
    public static func delta(rho: Rho, epsilon: Rational) -> Double {
        delta(rho: Double(rho.value, rounding: .up), epsilon: Double(epsilon, rounding: .down))
    }

    /// The largest ρ on a decimal grid whose conversion stays within (ε, δ).
    ///
    /// The grid is 10⁻¹², or finer where needed for nine significant digits, so that ε = 0.001 loses
    /// nothing that matters. Converted back, the result is within both ε and δ as this type reports them.
    ///
    /// - Parameters:
    ///   - epsilon: Above zero.
    ///   - delta: Above zero and below one; anything else stops the program.
    /// - Returns: An exact ρ that is never above the true limit; 0 for numbers below every binary
    ///   fraction.
    public static func largestRho(epsilon: Rational, delta: Rational) -> Rho {
        precondition(epsilon > 0, "epsilon is above zero")
        precondition(delta > 0 && delta < 1, "delta lies between zero and one")
        let lowered = Double(delta, rounding: .down)
        guard lowered > 0 else { return .zero }
        let limit = rho(epsilon: Double(epsilon, rounding: .down), delta: lowered)
        guard let exact = Rational(exactly: limit), exact > 0 else { return .zero }
        var grid = BigInt(10).power(12)
        while (exact * Rational(grid, over: 1)).bigFloor < 1_000_000_000 { grid *= 10 }
        var steps = (exact * Rational(grid, over: 1)).bigFloor
        // Beyond any budget of use, the conversions back are not defined over the whole range.
        guard limit < 1e9 else { return Rho(Rational(steps, over: grid)) }
        // The search may end a few units in the last place off; a plan at its cap must not print as above it.
        var back: BigInt = 1
        while steps > 0 {
            let found = Rho(Rational(steps, over: grid))
            if self.epsilon(rho: found, delta: delta) <= Double(epsilon, rounding: .down),
                self.delta(rho: found, epsilon: epsilon) <= lowered
            {
                return found
            }
            steps -= back
            back *= 2
        }
        return .zero
    }
}
