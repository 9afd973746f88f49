// SPDX-License-Identifier: Apache-2.0

import BigInt

extension Double {
    /// The binary fraction nearest to an exact number in the asked direction.
    ///
    /// Accounting rounds away from the promise: losses up, allowances down.
    ///
    /// - Parameters:
    ///   - value: The exact number.
    ///   - rule: `.up`, `.down`, or `.toNearestOrAwayFromZero` for figures that promise nothing.
    public init(_ value: Rational, rounding rule: FloatingPointRoundingRule) {
        let isNegative = value.numerator.sign == .minus
        var grows = rule == .up || rule == .awayFromZero
        if isNegative, rule == .up || rule == .down { grows.toggle() }
        let nearest = rule == .toNearestOrAwayFromZero || rule == .toNearestOrEven
        let magnitude = Double.magnitude(
            value.numerator.magnitude, over: value.denominator.magnitude, grows: grows,
            nearest: nearest)
        self = isNegative ? -magnitude : magnitude
    }

    private static func magnitude(
        _ numerator: BigUInt, over denominator: BigUInt, grows: Bool, nearest: Bool
    ) -> Double {
        guard !numerator.isZero else { return 0 }
        // A quotient of at least 54 bits leaves the rounding to whole-number arithmetic.
        let shift = 55 - (numerator.bitWidth - denominator.bitWidth)
        let (quotient, rest) = (shift >= 0 ? numerator << shift : numerator).quotientAndRemainder(
            dividingBy: shift >= 0 ? denominator : denominator << -shift)
        let extra = quotient.bitWidth - 53
        var kept = UInt64(quotient >> extra)
        let dropped = quotient - BigUInt(kept) << extra
        let isInexact = !rest.isZero || !dropped.isZero
        if nearest ? dropped >> (extra - 1) == 1 : grows && isInexact { kept += 1 }
        let exponent = extra - shift
        // With 53 bits kept this is the least exponent of a normal number.
        guard exponent >= -1074 else { return grows ? .leastNormalMagnitude : 0 }
        let value = Double(sign: .plus, exponent: exponent, significand: Double(kept))
        return value.isFinite || grows || nearest ? value : .greatestFiniteMagnitude
    }
}

extension Rational {
    /// The exact value of a finite binary fraction; `nil` for infinities and NaN.
    ///
    /// - Parameter value: The binary fraction. `0.1` becomes 3602879701896397/36028797018963968.
    public init?(exactly value: Double) {
        guard value.isFinite else { return nil }
        guard value != 0 else {
            self = 0
            return
        }
        // Scaling the significand by 2^52 makes it whole for every finite value.
        let whole = BigInt(Int64(value.significand * 0x1p52)) * (value < 0 ? -1 : 1)
        let exponent = Int(value.exponent) - 52
        self =
            exponent >= 0
            ? Rational(whole << exponent, over: 1) : Rational(whole, over: BigInt(1) << -exponent)
    }
}
