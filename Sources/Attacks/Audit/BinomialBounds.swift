// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Exact confidence bounds on a probability from a number of successes.
public enum BinomialBounds {
    /// The upper bound of Clopper and Pearson (1934): the p at which so few successes have probability `level`.
    ///
    /// The true p lies above it with probability at most `level`, whatever p is.
    ///
    /// - Parameters:
    ///   - successes: From 0 to `trials`.
    ///   - trials: At least 1.
    ///   - level: The probability of being wrong, above 0 and below 1.
    /// - Returns: The bound, rounded up by 1e-12; 1 where every trial succeeded. Complexity: O(√trials) steps of
    ///   a continued fraction, forty times.
    public static func upper(successes: Int, trials: Int, level: Double) -> Double {
        precondition(
            trials >= 1 && (0...trials).contains(successes), "successes are some of the trials")
        precondition(level > 0 && level < 1, "a level is a probability")
        guard successes < trials else { return 1 }
        // P[Bin(n, p) ≤ x] = I_{1−p}(n − x, x + 1) falls from 1 to 0 as p grows.
        var low = 0.0, high = 1.0
        while high - low > 1e-13 {
            let middle = low + (high - low) / 2
            let tail = incompleteBeta(
                Double(trials - successes), Double(successes + 1), at: 1 - middle)
            if tail > level { low = middle } else { high = middle }
        }
        return min(1, high + 1e-12)
    }

    /// The lower bound of Clopper and Pearson (1934).
    ///
    /// - Parameters:
    ///   - successes: From 0 to `trials`.
    ///   - trials: At least 1.
    ///   - level: The probability of being wrong, above 0 and below 1.
    /// - Returns: The bound, rounded down by 1e-12; 0 where no trial succeeded.
    public static func lower(successes: Int, trials: Int, level: Double) -> Double {
        1 - upper(successes: trials - successes, trials: trials, level: level)
    }

    /// The regularised incomplete beta function I_x(a, b) (Abramowitz and Stegun 1964, 26.5.8), by Lentz's method.
    ///
    /// - Parameters:
    ///   - a: Above 0.
    ///   - b: Above 0.
    ///   - x: From 0 to 1.
    /// - Returns: The value, with a relative error of about 1e-11 for parameters up to 10⁶.
    static func incompleteBeta(_ a: Double, _ b: Double, at x: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        // The fraction converges fast on one side of the mean only; the other side is its mirror image.
        guard x <= (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(b, a, at: 1 - x) }
        let logarithm =
            lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)
        return min(1, exp(logarithm) / a / fraction(a, b, x))
    }

    /// The continued fraction 1 + d₁/(1 + d₂/(1 + …)) of the incomplete beta function.
    private static func fraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        var value = 1.0, above = 1.0, below = 0.0
        for step in 1...100_000 {
            let half = Double(step / 2)
            let term =
                step.isMultiple(of: 2)
                ? half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
                : -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
            below = 1 + term * below
            if abs(below) < tiny { below = tiny }
            below = 1 / below
            above = 1 + term / above
            if abs(above) < tiny { above = tiny }
            let change = above * below
            value *= change
            if abs(change - 1) < 1e-15 { break }
        }
        return value
    }
}
