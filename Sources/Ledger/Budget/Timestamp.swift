// SPDX-License-Identifier: Apache-2.0

/// A second of the Gregorian calendar in UTC, as entries write it: `2026-11-23T18:00:00Z`.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970.
    public let seconds: Int64

    /// A time between the years 0 and 9999; others are moved to the nearest of those.
    ///
    /// - Parameter seconds: Seconds since 1970.
    public init(seconds: Int64) {
        self.seconds = min(max(seconds, -62_167_219_200), 253_402_300_799)
    }

    /// A day's first second.
    ///
    /// - Parameter day: `YYYY-MM-DD`; `nil` for anything else, and for days that no calendar has.
    public init?(day: String) { self.init(day + "T00:00:00Z") }

    /// The earlier time first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.seconds < right.seconds
    }

    /// The day of a time, `YYYY-MM-DD`.
    public var day: String { String(description.prefix(10)) }

    /// A time some days later, or earlier.
    ///
    /// - Parameter days: The number of days of 86 400 seconds.
    /// - Returns: The time.
    public func adding(days: Int) -> Timestamp {
        Timestamp(seconds: seconds + Int64(days) * 86_400)
    }

    /// The same day and time some months later.
    ///
    /// - Parameter months: The number of months; at least zero.
    /// - Returns: The time; the month's last day where it has no such day.
    public func adding(months: Int) -> Timestamp {
        let (day, rest) = Self.floorDivide(seconds, by: 86_400)
        let date = Self.date(ofDay: day)
        let month = date.year * 12 + Int64(date.month - 1) + Int64(months)
        let (year, index) = Self.floorDivide(month, by: 12)
        let length = Self.length(ofMonth: Int(index) + 1, year: year)
        return Timestamp(
            seconds: Self.dayNumber(year, Int(index) + 1, min(date.day, length)) * 86_400 + rest)
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let quotient = value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
        return (quotient, value - quotient * divisor)
    }

    private static func length(ofMonth month: Int, year: Int64) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Days since 1970; years begin in March here, so that the leap day is the last of them.
    private static func dayNumber(_ year: Int64, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let (era, yearOfEra) = floorDivide(shifted, by: 400)
        let months = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * months + 2) / 5 + Int64(day) - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    private static func date(ofDay number: Int64) -> (year: Int64, month: Int, day: Int) {
        let (era, dayOfEra) = floorDivide(number + 719_468, by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = Int(shifted < 10 ? shifted + 3 : shifted - 9)
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            Int(dayOfYear - (153 * shifted + 2) / 5 + 1)
        )
    }
}

extension Timestamp: LosslessStringConvertible, Codable {
    /// RFC 3339 in UTC, to the second.
    public var description: String {
        let (day, rest) = Self.floorDivide(seconds, by: 86_400)
        let date = Self.date(ofDay: day)
        func digits(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        return digits(date.year, 4) + "-" + digits(Int64(date.month), 2) + "-"
            + digits(Int64(date.day), 2) + "T" + digits(rest / 3600, 2) + ":"
            + digits(rest / 60 % 60, 2) + ":" + digits(rest % 60, 2) + "Z"
    }

    /// Reads what `description` writes.
    ///
    /// - Parameter text: `YYYY-MM-DDThh:mm:ssZ`.
    /// - Returns: `nil` for anything else, leap seconds included.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20, bytes[19] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        let marks = [4: "-", 7: "-", 10: "T", 13: ":", 16: ":"]
        guard marks.allSatisfy({ bytes[$0.key] == $0.value.utf8.first }),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month),
            (1...Self.length(ofMonth: month, year: Int64(year))).contains(day), hour < 24,
            minute < 60, second < 60
        else { return nil }
        let days = Self.dayNumber(Int64(year), month, day)
        self.init(seconds: days * 86_400 + Int64(hour * 3600 + minute * 60 + second))
    }

    /// Decodes one text.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError` where it is no such time.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "time: expected YYYY-MM-DDThh:mm:ssZ")
        }
        self = time
    }

    /// Encodes one text.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
