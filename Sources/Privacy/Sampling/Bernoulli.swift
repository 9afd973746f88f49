// SPDX-License-Identifier: Apache-2.0

/// Exact coins. Every probability here is a fraction of whole numbers, and no step rounds.
extension BitSource where Self: ~Copyable {
    /// Uniform on 0 ..< bound, by drawing `width` bits until they fall below the bound.
    ///
    /// - Parameters:
    ///   - bound: At least 1.
    ///   - width: The number of bits of bound − 1; fewer would make the result too small.
    @inline(__always)
    mutating func uniform(below bound: UInt64, width: Int) -> UInt64 {
        while true {
            let candidate = bits(width)
            if candidate < bound { return candidate }
        }
    }

    /// True with probability numerator / denominator, for numerator ≤ denominator.
    ///
    /// Compares fair bits with the binary expansion of the fraction and stops at the first difference: two
    /// bits on average, whatever the width. The denominator must leave one bit of its type free.
    @inline(__always)
    mutating func bernoulli<Number: UnsignedInteger>(
        _ numerator: Number, over denominator: Number
    ) -> Bool {
        if numerator == denominator { return true }
        var rest = numerator
        while true {
            rest += rest
            let digit = rest >= denominator
            if digit { rest -= denominator }
            if bit() != digit { return digit }
        }
    }

    /// True with probability exp(−γ) for γ = numerator / denominator ≥ 0 (Canonne, Kamath and Steinke
    /// 2020, Algorithm 1).
    @inline(__always)
    mutating func bernoulliExp<Number: UnsignedInteger>(
        _ numerator: Number, over denominator: Number
    ) -> Bool {
        if numerator <= denominator { return bernoulliExpUnit(numerator, over: denominator) }
        var (whole, part) = numerator.quotientAndRemainder(dividingBy: denominator)
        while whole > 0 {
            guard bernoulliExpOne() else { return false }
            whole -= 1
        }
        return bernoulliExpUnit(part, over: denominator)
    }

    /// True with probability exp(−γ) for γ = numerator / denominator in [0, 1].
    ///
    /// Counts how far coins of probability γ/1, γ/2, γ/3, … go; the run ends at an odd place with
    /// probability 1 − γ + γ²/2! − …. A coin of γ/k is one of γ and one of 1/k, which keeps numbers small.
    @inline(__always)
    mutating func bernoulliExpUnit<Number: UnsignedInteger>(
        _ numerator: Number, over denominator: Number
    ) -> Bool {
        var place: UInt64 = 1
        while bernoulli(1, over: place) && bernoulli(numerator, over: denominator) { place += 1 }
        return place & 1 == 1
    }

    /// True with probability 1/e.
    @inline(__always)
    mutating func bernoulliExpOne() -> Bool {
        var place: UInt64 = 1
        while bernoulli(1, over: place) { place += 1 }
        return place & 1 == 1
    }
}
