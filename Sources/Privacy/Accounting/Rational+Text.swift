// SPDX-License-Identifier: Apache-2.0

import BigInt

extension Rational {
    /// Reads a decimal exactly: `12`, `-0.05`, `1e-9`, `2.5E+3`.
    ///
    /// One tenth written as `0.1` is one tenth here, not the nearest binary fraction. Texts above 400
    /// characters and exponents beyond ±400 are refused, so that a short text cannot ask for a huge
    /// number.
    ///
    /// - Parameter decimal: ASCII digits with an optional sign, fraction and exponent, and nothing else.
    /// - Returns: `nil` when the text is anything else.
    public init?(decimal: String) {
        self.init(decimal: decimal, longest: 400)
    }

    private init?(decimal: String, longest: Int) {
        guard decimal.utf8.count <= longest else { return nil }
        let bytes = Array(decimal.utf8)
        var position = 0
        let isNegative = Rational.sign(in: bytes, at: &position)
        var mantissa = BigInt(0)
        guard Rational.digits(in: bytes, at: &position, into: &mantissa) > 0 else { return nil }
        var scale = 0
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            let places = Rational.digits(in: bytes, at: &position, into: &mantissa)
            guard places > 0 else { return nil }
            scale = -places
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            let isDown = Rational.sign(in: bytes, at: &position)
            var exponent = BigInt(0)
            guard Rational.digits(in: bytes, at: &position, into: &exponent) > 0,
                exponent <= 400
            else { return nil }
            scale += isDown ? -Int(exponent) : Int(exponent)
        }
        guard position == bytes.count else { return nil }
        let power = BigInt(10).power(abs(scale))
        let signed = isNegative ? -mantissa : mantissa
        self = scale < 0 ? Rational(signed, over: power) : Rational(signed * power, over: 1)
    }

    /// Consumes an optional sign and tells whether it was a minus.
    private static func sign(in bytes: [UInt8], at position: inout Int) -> Bool {
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "-"):
            position += 1
            return true
        case UInt8(ascii: "+"):
            position += 1
            return false
        default: return false
        }
    }

    /// Consumes a run of digits onto `value` and tells how many there were.
    private static func digits(
        in bytes: [UInt8], at position: inout Int, into value: inout BigInt
    ) -> Int {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= bytes[position] {
            value = value * 10 + BigInt(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
        return position - start
    }

    /// The number of decimal places when the expansion ends within 40 of them.
    private var decimalPlaces: Int? {
        let twos = denominator.magnitude.trailingZeroBitCount
        guard twos <= 40 else { return nil }
        var rest = denominator.magnitude >> twos
        var fives = 0
        while rest > 1 {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 5)
            guard remainder.isZero, fives < 40 else { return nil }
            rest = quotient
            fives += 1
        }
        return max(twos, fives)
    }
}

extension Rational: LosslessStringConvertible, Codable {
    /// The number as a decimal when that ends within 40 places, else as `numerator/denominator`.
    ///
    /// The text is exact and the same for equal numbers, so it may be hashed and signed.
    public var description: String {
        guard let places = decimalPlaces else { return "\(numerator)/\(denominator)" }
        let scaled = numerator.magnitude * BigUInt(10).power(places) / denominator.magnitude
        var digits = String(scaled)
        if places > 0 {
            digits = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -places))
        }
        return numerator.sign == .minus && !numerator.isZero ? "-" + digits : digits
    }

    /// Reads what `description` writes: a decimal, or `numerator/denominator`.
    ///
    /// - Parameter text: The number, without spaces.
    /// - Returns: `nil` when the text is neither, or the denominator is zero.
    public init?(_ text: String) {
        // A charge of many adaptive rounds can be long; thousands of digits cannot be one of ours.
        let longest = 8192
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            self.init(decimal: text, longest: longest)
            return
        }
        guard text.utf8.count <= longest, let numerator = BigInt(parts[0], radix: 10),
            let denominator = BigInt(parts[1], radix: 10), denominator > 0
        else { return nil }
        self.init(numerator, over: denominator)
    }

    /// Decodes the text form; a JSON number is refused because it has passed through a binary fraction.
    ///
    /// - Parameter decoder: The decoder to read one string from.
    /// - Throws: `DecodingError` when the string is not a number.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Rational(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "exact number: found other text, expected n/d")
        }
        self = value
    }

    /// Encodes the text form as one string.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
