// SPDX-License-Identifier: Apache-2.0

import BigInt
import Glibc

extension ZeroConcentrated {
    /// The ε of an exact ρ at an exact δ, rounded up.
    ///
    /// - Parameters:
    ///   - rho: The zCDP parameter.
    ///   - delta: Above zero, however small; zero or less stops the program.
    /// - Returns: 0 when `rho` is 0 or `delta` at least 1.
    public static func epsilon(rho: Rho, delta: Rational) -> Double {
        precondition(delta > 0, "zCDP gives no finite epsilon at delta = 0")
        guard .zero < rho, delta < 1 else { return 0 }
        return epsilon(
            rho: Double(rho.value, rounding: .up), logarithm: delta.negatedLogarithm)
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
        let lowered = Double(epsilon, rounding: .down)
        let logarithm = delta.negatedLogarithm
        let limit = rho(epsilon: lowered, logarithm: logarithm)
        guard limit > 0 else { return .zero }
        let places = max(12, 9 - Int(log10(limit).rounded(.down)))
        let grid = BigInt(10).power(places)
        var steps = limit.times(grid)
        // Beyond any budget of use, the conversions back are not defined over the whole range.
        guard limit < 1e9 else { return Rho(Rational(steps, over: grid)) }
        let allowed = max(Double(delta, rounding: .down), leastDelta)
        // The search may end a few units in the last place off; a plan at its cap must not print as above it.
        var back: BigInt = 1
        while steps > 0 {
            let found = Rho(Rational(steps, over: grid))
            let raised = Double(found.value, rounding: .up)
            if self.epsilon(rho: raised, logarithm: logarithm) <= lowered,
                self.delta(rho: raised, epsilon: lowered) <= allowed
            {
                return found
            }
            steps -= back
            back *= 2
        }
        return .zero
    }
}

extension Double {
    /// The whole part of this number, finite and at least zero, times `factor`: exact.
    fileprivate func times(_ factor: BigInt) -> BigInt {
        guard self > 0 else { return 0 }
        let shift = Int(exponent) - 52
        let scaled = BigInt(UInt64(significand * 0x1p52)) * factor
        return shift >= 0 ? scaled << shift : scaled >> -shift
    }
}
