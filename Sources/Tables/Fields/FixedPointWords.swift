// SPDX-License-Identifier: Apache-2.0

/// Decimal numbers by whole words: eight digits in three multiplications.
///
/// The common forms only, `[-] digits [. digits]` of at most 16 characters; `FixedPoint.parse`, which
/// reads a byte at a time, is the twin that tests compare with and that reads everything else. In
/// Swift `>>` binds tighter than `&*`, hence the parentheses.
@safe
enum FixedPointWords {
    /// Mark for a text that is left to `FixedPoint.parse`.
    static let notPlain = Int64.min

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Reads a number in units of its last declared decimal.
    ///
    /// - Parameters:
    ///   - text: Its first byte; 16 bytes before and behind can be read.
    ///   - length: Its length.
    ///   - decimals: Decimals of the unit, 0...9.
    ///   - powers: 10 to the power 0...18.
    /// - Returns: The number, or `notPlain`.
    @inline(__always)
    @unsafe
    static func parse(
        _ text: UnsafeRawPointer, length: Int, decimals: Int, powers: UnsafePointer<Int64>
    ) -> Int64 {
        // Without a branch: half of the numbers of a column may be negative.
        let sign = unsafe text.load(as: UInt8.self) == UInt8(ascii: "-") ? 1 : 0
        let digits = unsafe text + sign
        let count = length &- sign
        if count < 1 || count > 16 { return notPlain }
        var fraction = 0
        var value: UInt64
        if count <= 8 {
            let word =
                unsafe digits.loadUnaligned(as: UInt64.self)
                << UInt64(
                    truncatingIfNeeded: 64 &- 8 &* count)
            guard let tail = number(word, count: count, fraction: &fraction) else {
                return notPlain
            }
            value = tail
        } else {
            let word = unsafe digits.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            // A point may stand first in the last eight characters: digits come before it.
            guard let tail = number(word, count: 8, mayLead: true, fraction: &fraction) else {
                return notPlain
            }
            var none = 0
            let head =
                unsafe digits.loadUnaligned(as: UInt64.self)
                << UInt64(
                    truncatingIfNeeded: 128 &- 8 &* count)
            guard let high = number(head, count: count &- 8, fraction: &none), none == 0,
                decimals &- fraction <= 2
            else { return notPlain }
            value = high &* (fraction > 0 ? 10_000_000 : 100_000_000) &+ tail
        }
        if fraction > decimals { return notPlain }
        value &*= UInt64(bitPattern: unsafe powers[decimals &- fraction])
        let negative = Int64(sign)
        return (Int64(bitPattern: value) ^ (0 &- negative)) &+ negative
    }

    /// The number that the last `count` characters of a word are.
    ///
    /// - Parameters:
    ///   - text: The characters, the last one in the highest byte.
    ///   - count: How many there are, 1...8; the bytes below them are 0 where there are fewer than 8.
    ///   - mayLead: Whether the point may be the first character.
    ///   - fraction: Gets how many digits follow the point.
    @inline(__always)
    private static func number(
        _ text: UInt64, count: Int, mayLead: Bool = false, fraction: inout Int
    ) -> UInt64? {
        var word = text
        var digits = count
        let points = word ^ (ones &* 0x2E)
        // The lowest mark is exact; those above it need not be.
        let marks = (points &- ones) & ~points & (ones &* 0x80)
        if marks != 0 {
            let bit = UInt64(truncatingIfNeeded: marks.trailingZeroBitCount & ~7)
            fraction = Int(truncatingIfNeeded: (56 &- bit) >> 3)
            digits = count &- 1
            // A digit on each side of the point.
            if fraction < 1 || (digits &- fraction < 1 && !mayLead) { return nil }
            let below = word & ((1 &<< bit) &- 1)
            let above = word & ~((0x100 &<< bit) &- 1)
            word = above | (below << 8)
        }
        // The free bytes below become zeros.
        if digits < 8 { word |= (ones &* 0x30) >> UInt64(truncatingIfNeeded: 8 &* digits) }
        let high = word & (ones &* 0xF0)
        let carried = (word &+ (ones &* 0x06)) & (ones &* 0xF0)
        guard (high | (carried >> 4)) == ones &* 0x33 else { return nil }
        word = ((word & (ones &* 0x0F)) &* 2_561) >> 8
        word = ((word & 0x00FF_00FF_00FF_00FF) &* 6_553_601) >> 16
        return ((word & 0x0000_FFFF_0000_FFFF) &* 42_949_672_960_001) >> 32
    }
}
