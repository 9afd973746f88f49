// SPDX-License-Identifier: Apache-2.0

import BigInt

/// An exact fraction of whole numbers of any size, always in lowest terms.
///
/// Budgets are added and compared many times over the life of a ledger; a binary fraction would turn
/// `0.04 + 0.05 + 0.01 <= 0.1` into a question of luck. Equality and order are those of the numbers,
/// and every operation is exact. Costs grow with the number of digits.
public struct Rational: Sendable, Hashable {
    /// The numerator; it carries the sign.
    let numerator: BigInt
    /// The denominator, positive and coprime to the numerator.
    let denominator: BigInt

    /// Reduces `numerator / denominator`; a denominator of zero is the caller's error.
    init(_ numerator: BigInt, over denominator: BigInt) {
        precondition(!denominator.isZero, "a fraction needs a denominator other than zero")
        let common = numerator.greatestCommonDivisor(with: denominator)
        let divisor = denominator.sign == .minus ? -common : common
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// The whole number `value`.
    public init(_ value: Int) {
        numerator = BigInt(value)
        denominator = 1
    }

    /// The fraction `numerator / denominator`, reduced.
    ///
    /// - Parameters:
    ///   - numerator: Any whole number.
    ///   - denominator: Any whole number but zero, which is the caller's error and stops the program.
    public init(numerator: Int, denominator: Int) {
        self.init(BigInt(numerator), over: BigInt(denominator))
    }

    /// The largest whole number that is not above this number; `nil` when it does not fit an `Int`.
    public var floor: Int? { Int(exactly: bigFloor) }

    /// The smallest whole number that is not below this number; `nil` when it does not fit an `Int`.
    public var ceiling: Int? { Int(exactly: bigCeiling) }

    /// The largest whole number that is not above this number.
    var bigFloor: BigInt {
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        return remainder.sign == .minus && !remainder.isZero ? quotient - 1 : quotient
    }

    /// The smallest whole number that is not below this number.
    var bigCeiling: BigInt { -(-self).bigFloor }
}

extension Rational: Comparable, ExpressibleByIntegerLiteral {
    /// The whole number written in the source.
    public init(integerLiteral value: Int) { self.init(value) }

    /// Exact order of the two numbers.
    public static func < (left: Rational, right: Rational) -> Bool {
        left.numerator * right.denominator < right.numerator * left.denominator
    }

    /// The exact sum.
    public static func + (left: Rational, right: Rational) -> Rational {
        Rational(
            left.numerator * right.denominator + right.numerator * left.denominator,
            over: left.denominator * right.denominator)
    }

    /// The exact difference.
    public static func - (left: Rational, right: Rational) -> Rational { left + (-right) }

    /// The number with the opposite sign.
    public static prefix func - (value: Rational) -> Rational {
        Rational(-value.numerator, over: value.denominator)
    }

    /// The exact product.
    public static func * (left: Rational, right: Rational) -> Rational {
        Rational(
            left.numerator * right.numerator, over: left.denominator * right.denominator)
    }

    /// The exact quotient; division by zero is the caller's error and stops the program.
    public static func / (left: Rational, right: Rational) -> Rational {
        Rational(
            left.numerator * right.denominator, over: left.denominator * right.numerator)
    }

    /// Adds `right` in place.
    public static func += (left: inout Rational, right: Rational) { left = left + right }

    /// Subtracts `right` in place.
    public static func -= (left: inout Rational, right: Rational) { left = left - right }
}
