// SPDX-License-Identifier: Apache-2.0

import BigInt

extension Rational {
    /// An amount of ρ, δ or ε as people read it: at most four significant digits, with a power of ten
    /// below a thousandth.
    ///
    /// What was spent is rounded up, so that no reading promises more privacy than there is; what remains is
    /// for the same reason read with `.down`. Only zero reads as `0`. Exact texts are `description`'s.
    ///
    /// - Parameter rule: `.up` or `.down`; any other rule rounds up.
    /// - Returns: For example `2`, `0.05614`, `1867` or `1.2e-7`.
    public func reading(rounded rule: FloatingPointRoundingRule = .up) -> String {
        guard !numerator.isZero else { return "0" }
        let isNegative = numerator.sign == .minus
        // Downwards is away from zero where the number is negative.
        let grows = (rule == .down) == isNegative
        let (digits, exponent) = significant(grows: grows)
        return (isNegative ? "-" : "") + Self.placed(digits, exponent: exponent)
    }

    /// The significant digits of the magnitude without zeros at their end, and the power of ten of the first.
    private func significant(grows: Bool) -> (digits: String, exponent: Int) {
        let count = 4
        // Decimal lengths tell the power but for one.
        let top = numerator.magnitude
        let bottom = denominator.magnitude
        var exponent = String(top).utf8.count - String(bottom).utf8.count
        let isBelow =
            exponent >= 0
            ? top < bottom * BigUInt(10).power(exponent)
            : top * BigUInt(10).power(-exponent) < bottom
        if isBelow { exponent -= 1 }
        // Digits before the point of a large number all stand, for zeros there would be read as digits.
        let scale = max(count - 1 - exponent, 0)
        let (quotient, rest) = (top * BigUInt(10).power(scale)).quotientAndRemainder(
            dividingBy: bottom)
        var digits = String(grows && !rest.isZero ? quotient + 1 : quotient)
        exponent = digits.utf8.count - 1 - scale
        while digits.utf8.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        return (digits, exponent)
    }

    private static func placed(_ digits: String, exponent: Int) -> String {
        let count = digits.utf8.count
        if exponent >= count - 1 {
            return digits + String(repeating: "0", count: exponent - count + 1)
        }
        let first = digits.prefix(max(exponent, 0) + 1)
        let rest = digits.dropFirst(first.utf8.count)
        if exponent >= 0 { return "\(first).\(rest)" }
        if exponent >= -3 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
        return rest.isEmpty ? "\(first)e\(exponent)" : "\(first).\(rest)e\(exponent)"
    }
}

extension Rho {
    /// The parameter as people read it; see `Rational.reading(rounded:)`.
    ///
    /// - Parameter rule: `.up` for what was spent, `.down` for what remains.
    /// - Returns: At most four significant digits.
    public func reading(rounded rule: FloatingPointRoundingRule = .up) -> String {
        value.reading(rounded: rule)
    }
}

extension PrivacyCost {
    /// Both parts as people read them, rounded up; δ only where there is one.
    public var reading: String {
        "ρ = \(rho.reading())" + (delta > 0 ? ", δ = \(delta.reading())" : "")
    }
}
