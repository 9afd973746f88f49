// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Tails of the standard normal distribution to full relative accuracy.
enum NormalTail {
    /// By how much results may be off, relatively.
    static let relativeError = 1e-14

    /// The density e^(−x²/2)/√(2π); off by `relativeError` and x²·1e-15.
    static func density(_ x: Double) -> Double {
        exp(-x * x / 2) * 0.398942280401432677940
    }

    /// P[N(0, 1) ≥ x] over the density at x: Mills' ratio, for x ≥ 0.
    static func millsRatio(_ x: Double) -> Double {
        precondition(x >= 0, "the ratio overflows on the other side")
        guard x > 4 else {
            return 0.5 * erfc(x * 0.707106781186547524401) * exp(x * x / 2)
                * 2.50662827463100050242
        }
        // Laplace's continued fraction 1/(x + 1/(x + 2/(x + 3/…))): positive terms, and for x > 4 this
        // depth leaves less than one part in 10¹⁶.
        var tail = x
        for numerator in stride(from: x > 30 ? 20.0 : 120, to: 0, by: -1) {
            tail = x + numerator / tail
        }
        return 1 / tail
    }

    /// P[N(0, 1) ≥ x]; off by `relativeError` and x²·1e-15.
    ///
    /// Zero where that is below the binary fractions.
    static func above(_ x: Double) -> Double {
        x > 4 ? density(x) * millsRatio(x) : 0.5 * erfc(x * 0.707106781186547524401)
    }
}
