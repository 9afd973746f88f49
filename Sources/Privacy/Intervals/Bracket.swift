// SPDX-License-Identifier: Apache-2.0

import BigInt

/// A positive number caught between two binary fractions: lower/2^places ≤ number ≤ upper/2^places.
///
/// Every operation rounds the lower end down and the upper end up, so the number that a formula defines
/// never leaves the bracket, whatever the rounding on the way. All in whole numbers of any size.
struct Bracket: Sendable, Hashable {
    var lower: BigUInt
    var upper: BigUInt
    /// The binary places of both ends; negative for multiples of a power of two.
    var places: Int

    init(lower: BigUInt, upper: BigUInt, places: Int) {
        precondition(lower <= upper, "the ends of a bracket are in order")
        self.lower = lower
        self.upper = upper
        self.places = places
    }

    /// numerator/denominator to at least `bits` significant bits.
    init(_ numerator: BigUInt, over denominator: BigUInt, bits: Int) {
        let places = bits + denominator.bitWidth - numerator.bitWidth + 1
        let (quotient, rest) = (numerator << max(places, 0)).quotientAndRemainder(
            dividingBy: denominator << max(-places, 0))
        self.init(lower: quotient, upper: rest.isZero ? quotient : quotient + 1, places: places)
    }

    /// The same bracket, opened to ends of at most `bits` bits.
    func rounded(to bits: Int) -> Bracket {
        let excess = upper.bitWidth - bits
        guard excess > 0 else { return self }
        return Bracket(
            lower: lower >> excess, upper: (upper >> excess) + 1, places: places - excess)
    }

    static func * (left: Bracket, right: Bracket) -> Bracket {
        Bracket(
            lower: left.lower * right.lower, upper: left.upper * right.upper,
            places: left.places + right.places)
    }

    static func + (left: Bracket, right: Bracket) -> Bracket {
        let places = max(left.places, right.places)
        let (first, second) = (left.places(places), right.places(places))
        return Bracket(
            lower: first.lower + second.lower, upper: first.upper + second.upper, places: places)
    }

    /// 1/number to about `bits` significant bits; the lower end must be above zero.
    func reciprocal(bits: Int) -> Bracket {
        let width = upper.bitWidth + bits
        let one = BigUInt(1) << width
        return Bracket(lower: one / upper, upper: one / lower + 1, places: width - places)
    }

    /// The same ends with more places.
    func places(_ places: Int) -> Bracket {
        let more = places - self.places
        precondition(more >= 0, "places are added, not dropped")
        return Bracket(lower: lower << more, upper: upper << more, places: places)
    }
}

extension Bracket {
    /// e^(−γ) for γ = numerator/denominator ≥ 0, to about `bits` significant bits.
    ///
    /// The series of e^y at y = γ/2^s < 1/16 has only positive terms: truncated they sum to a lower end;
    /// rounded up, with the last term once more for the rest (each term is below half the one before), to
    /// an upper end. Its reciprocal is squared s times, which doubles the relative width each time: s
    /// guard bits.
    init(expMinus numerator: BigUInt, over denominator: BigUInt, bits: Int) {
        let halvings = max(0, (numerator / denominator).bitWidth + 4)
        let width = bits + halvings + 16
        let (least, rest) = (numerator << (width - halvings)).quotientAndRemainder(
            dividingBy: denominator)
        let most = rest.isZero ? least : least + 1
        let one = BigUInt(1) << width
        var sum = (lower: one, upper: one)
        var term = sum
        var place: BigUInt = 0
        while term.upper > 1 {
            place += 1
            term = ((term.lower * least) >> width, (term.upper * most) >> width)
            term = (term.lower / place, (term.upper + 1) / place + 1)
            sum = (sum.lower + term.lower, sum.upper + term.upper)
        }
        // Terms beyond this one are together below one unit.
        sum.upper += 1
        var power = Bracket(lower: sum.lower, upper: sum.upper, places: width)
            .reciprocal(bits: width)
        for _ in 0..<halvings { power = (power * power).rounded(to: width) }
        self = power.rounded(to: bits + 8)
    }
}

extension Bracket {
    /// The ends on a decimal grid of `digits` significant digits, rounded outwards: short in a ledger.
    func decimalEnds(digits: Int) -> (lower: Rational, upper: Rational) {
        // 2^10 > 10^3, so this many decimal places leave at least the digits asked for.
        let magnitude = upper.bitWidth - places
        let decimals = max(0, digits - magnitude * 3 / 10 + 1)
        let scale = BigUInt(10).power(decimals)
        let shift = max(0, -places)
        let divisor = BigUInt(1) << max(0, places)
        let floor = ((lower * scale) << shift) / divisor
        let (ceiling, rest) = ((upper * scale) << shift).quotientAndRemainder(dividingBy: divisor)
        let grid = BigInt(scale)
        return (
            Rational(BigInt(floor), over: grid),
            Rational(BigInt(rest.isZero ? ceiling : ceiling + 1), over: grid)
        )
    }
}
