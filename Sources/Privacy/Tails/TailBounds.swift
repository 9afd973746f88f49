// SPDX-License-Identifier: Apache-2.0

import BigInt

/// A probability between two exact fractions.
///
/// A δ is charged at the upper end; the lower end says how little that overstates. Both are on a decimal
/// grid of at least twenty significant digits, so that they stay short in a ledger.
public struct TailBounds: Sendable, Hashable {
    /// Never above the probability.
    public let lower: Rational
    /// Never below the probability, and at most 1.
    public let upper: Rational

    init(lower: Rational, upper: Rational) {
        self.lower = lower
        self.upper = upper < 1 ? upper : 1
    }

    /// The bounds of a bracket, outwards on the decimal grid.
    init(_ bracket: Bracket) {
        let ends = bracket.decimalEnds(digits: 20)
        self.init(lower: ends.lower, upper: ends.upper)
    }

    /// The bounds of one minus the probability.
    var complement: TailBounds { TailBounds(lower: 1 - upper, upper: 1 - lower) }
}

extension TailBounds {
    /// What is said of a probability of at most e^(−1024): its digits would fill a page, and no δ is there.
    static let beyond = TailBounds(
        lower: 0, upper: Rational(1, over: BigInt(10).power(444)))

    /// Whether γ = numerator/denominator is beyond 1024 > 444·ln 10.
    static func isBeyond(_ numerator: BigUInt, over denominator: BigUInt) -> Bool {
        numerator > denominator << 10
    }
}

/// The least m ≥ 1 whose tail is at most `delta`, by doubling and halving.
///
/// - Parameters:
///   - delta: Above zero.
///   - tail: An upper bound of P[X ≥ m]; falls as m grows.
/// - Returns: `nil` when no m up to 2^61 is far enough.
func leastPoint(delta: Rational, tail: (Int) -> Rational) -> Int? {
    var far = 1
    while tail(far) > delta {
        guard far < 1 << 61 else { return nil }
        far *= 2
    }
    var near = far / 2
    while far - near > 1 {
        let middle = near + (far - near) / 2
        if tail(middle) <= delta { far = middle } else { near = middle }
    }
    return far
}
