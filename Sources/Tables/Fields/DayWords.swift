// SPDX-License-Identifier: Apache-2.0

/// ISO 8601 days, `2026-11-24`, by two words; `TimeFormat.parse` is the twin.
@safe
enum DayWords {
    /// Days from 1970-01-01, or `TimeFormat.invalid`.
    ///
    /// - Parameters:
    ///   - text: The first byte; 16 bytes can be read.
    ///   - length: The text's length.
    @inline(__always)
    @unsafe
    static func parse(_ text: UnsafeRawPointer, length: Int) -> Int64 {
        guard length == 10 else { return TimeFormat.invalid }
        let head = unsafe text.loadUnaligned(as: UInt64.self)
        let tail = unsafe text.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
        // Digits in bytes 0...3, 5 and 6, hyphens in bytes 4 and 7.
        let digits: UInt64 = 0x00FF_FF00_FFFF_FFFF
        let high = head & (digits & 0xF0F0_F0F0_F0F0_F0F0)
        let carried =
            ((head & digits) &+ (digits & 0x0606_0606_0606_0606)) & (digits & 0xF0F0_F0F0_F0F0_F0F0)
        let dayHigh = tail & 0xF0F0
        let dayCarried = (tail &+ 0x0606) & 0xF0F0
        guard head & ~digits == 0x2D00_002D_0000_0000, high == digits & 0x3030_3030_3030_3030,
            carried == high, dayHigh == 0x3030, dayCarried == 0x3030
        else { return TimeFormat.invalid }
        let year =
            digit(head, 0) * 1_000 + digit(head, 1) * 100 + digit(head, 2) * 10
            + digit(head, 3)
        let month = digit(head, 5) * 10 + digit(head, 6)
        let day = Int(tail & 0x0F) * 10 + Int(tail >> 8 & 0x0F)
        guard month >= 1, month <= 12, day >= 1,
            day <= 28 || day <= CivilCalendar.length(ofMonth: month, in: year)
        else { return TimeFormat.invalid }
        return Int64(CivilCalendar.days(year: year, month: month, day: day))
    }

    @inline(__always)
    private static func digit(_ word: UInt64, _ place: UInt64) -> Int {
        Int(truncatingIfNeeded: (word >> (8 * place)) & 0x0F)
    }
}
