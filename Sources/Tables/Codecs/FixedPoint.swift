// SPDX-License-Identifier: Apache-2.0

/// A decimal number in units of its last declared decimal: 12.34 with two decimals is 1234.
///
/// Parsing goes from digits to an integer directly. A `Double` on the way would put some values
/// into the wrong bin: 0.07 × 100 is 7.000000000000001.
struct FixedPoint: Equatable {
    /// Whether a text was a number, and whether the unit could hold it.
    enum Form: UInt8 {
        /// Not a number at all.
        case invalid
        /// The value is exact.
        case exact
        /// The text has more decimals; the value is rounded down, towards minus infinity.
        case truncated
    }

    /// The value in units, saturated to ±`limit`.
    var value: Int64
    /// How the text relates to the value.
    var form: Form

    /// Values beyond this are held at it; no declared bound reaches so far.
    static let limit: Int64 = 4_000_000_000_000_000_000

    static let invalid = FixedPoint(value: 0, form: .invalid)

    /// 10 to the power 0...18.
    static let powers: [Int64] = (0...18).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    /// Parses `[+-] digits [. digits] [e [+-] digits]`.
    ///
    /// - Parameters:
    ///   - text: The buffer that holds the number.
    ///   - start: Index of its first byte.
    ///   - end: Index after its last byte.
    ///   - decimals: Decimals of the unit, 0...9.
    /// - Returns: The number in units of `10^-decimals`. Linear in the length; allocates nothing.
    static func parse(
        _ text: borrowing Span<UInt8>, from start: Int, to end: Int, decimals: Int
    ) -> FixedPoint {
        var index = start
        var isNegative = false
        if index < end {
            let sign = text[index]
            if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
                isNegative = sign == UInt8(ascii: "-")
                index += 1
            }
        }
        var magnitude: UInt64 = 0
        var exponent = 0
        var digitCount = 0
        var lostDigits = false
        var afterPoint = false
        while index < end {
            let byte = text[index]
            let digit = byte &- UInt8(ascii: "0")
            if digit <= 9 {
                digitCount += 1
                if magnitude < 100_000_000_000_000_000 {
                    magnitude = magnitude * 10 + UInt64(digit)
                    if afterPoint { exponent -= 1 }
                } else {
                    lostDigits = lostDigits || digit != 0
                    if !afterPoint { exponent += 1 }
                }
            } else if byte == UInt8(ascii: "."), !afterPoint {
                afterPoint = true
            } else {
                break
            }
            index += 1
        }
        guard digitCount > 0 else { return invalid }
        if index < end {
            guard let power = parseExponent(text, from: index, to: end) else { return invalid }
            exponent += power
        }
        return scaled(
            magnitude, by: exponent + decimals, isNegative: isNegative, lostDigits: lostDigits)
    }

    /// Mark for a text that `parsePlain` leaves to `parse`.
    static let notPlain = Int64.min

    /// Parses the common form, `[-] digits [. digits]`, of at most 17 digits and no more decimals
    /// than declared.
    ///
    /// - Returns: What `parse` gives for it, or `notPlain`.
    @inline(__always)
    static func parsePlain(
        _ text: borrowing Span<UInt8>, from start: Int, to end: Int, decimals: Int
    ) -> Int64 {
        guard start < end, end - start <= 17 else { return notPlain }
        let isNegative = text[start] == UInt8(ascii: "-")
        var index = isNegative ? start + 1 : start
        let first = index
        var magnitude: Int64 = 0
        while index < end {
            let digit = text[index] &- UInt8(ascii: "0")
            if digit > 9 { break }
            magnitude = magnitude &* 10 &+ Int64(digit)
            index += 1
        }
        guard index > first else { return notPlain }
        var missing = decimals
        if index < end {
            guard text[index] == UInt8(ascii: "."), end - index - 1 <= decimals else {
                return notPlain
            }
            index += 1
            missing -= end - index
            while index < end {
                let digit = text[index] &- UInt8(ascii: "0")
                guard digit <= 9 else { return notPlain }
                magnitude = magnitude &* 10 &+ Int64(digit)
                index += 1
            }
        }
        if missing > 0 {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: powers[missing])
            guard !overflow else { return notPlain }
            magnitude = product
        }
        return isNegative ? -magnitude : magnitude
    }

    private static func parseExponent(
        _ text: borrowing Span<UInt8>, from start: Int, to end: Int
    ) -> Int? {
        guard text[start] | 0x20 == UInt8(ascii: "e") else { return nil }
        var index = start + 1
        var isNegative = false
        if index < end, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        guard index < end else { return nil }
        var power = 0
        while index < end {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            // Held well above every exponent that matters, and below overflow.
            power = min(power * 10 + Int(digit), 1 << 40)
            index += 1
        }
        return isNegative ? -power : power
    }

    /// `±magnitude · 10^shift`, rounded down, with `lostDigits` telling of a positive remainder.
    private static func scaled(
        _ magnitude: UInt64, by shift: Int, isNegative: Bool, lostDigits: Bool
    ) -> FixedPoint {
        var size = magnitude
        var isTruncated = lostDigits
        if shift > 0, lostDigits {
            // Only a number of more than 18 digits before the point of the unit comes here.
            size = UInt64(limit)
            isTruncated = false
        } else if shift > 0, size > 0 {
            let factor = UInt64(powers[min(shift, 18)])
            let (product, overflow) = size.multipliedReportingOverflow(by: factor)
            size = overflow || shift > 18 ? UInt64(limit) : product
        } else if shift < 0 {
            if shift < -18 {
                isTruncated = isTruncated || size > 0
                size = 0
            } else {
                let (quotient, remainder) = size.quotientAndRemainder(
                    dividingBy: UInt64(powers[-shift]))
                isTruncated = isTruncated || remainder > 0
                size = quotient
            }
        }
        var value = Int64(min(size, UInt64(limit)))
        if isNegative { value = -value - (isTruncated && value < limit ? 1 : 0) }
        return FixedPoint(value: value, form: isTruncated ? .truncated : .exact)
    }

    /// Writes a value of `10^-decimals` units with exactly that many decimals.
    ///
    /// - Parameters:
    ///   - value: The value in units.
    ///   - decimals: Decimals of the unit, 0...9.
    ///   - output: The buffer; must have room for 32 bytes at `index`.
    ///   - index: Where the text begins; moved behind it.
    @inline(__always)
    static func write(
        _ value: Int64, decimals: Int, into output: inout MutableSpan<UInt8>, at index: inout Int
    ) {
        var rest = value.magnitude
        if value < 0 {
            output[index] = UInt8(ascii: "-")
            index += 1
        }
        // One digit before the point at least, so that 5 units of 0.01 are written 0.05.
        var length = 1
        var bound: UInt64 = 10
        while length < 19, rest >= bound {
            length += 1
            bound &*= 10
        }
        length = max(length, decimals + 1)
        let total = decimals > 0 ? length + 1 : length
        var place = index + total - 1
        var written = 0
        while written < length {
            if written == decimals, decimals > 0 {
                output[place] = UInt8(ascii: ".")
                place -= 1
            }
            let quotient = rest / 10
            output[place] = UInt8(truncatingIfNeeded: rest &- quotient &* 10) &+ UInt8(ascii: "0")
            rest = quotient
            place -= 1
            written += 1
        }
        index += total
    }
}
