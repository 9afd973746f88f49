// SPDX-License-Identifier: Apache-2.0

/// The proleptic Gregorian calendar by integer arithmetic, after Howard Hinnant's
/// "chrono-compatible low-level date algorithms".
enum CivilCalendar {
    /// Days from 1970-01-01 to a date.
    @inline(__always)
    static func days(year: Int, month: Int, day: Int) -> Int {
        // March begins the year, so that the leap day is the last and month lengths repeat.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The date that lies `days` days after 1970-01-01.
    @inline(__always)
    static func date(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// How many days a month has.
    @inline(__always)
    static func length(ofMonth month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// The step of a date or time format: what one unit of its integer values is.
enum Granularity: Int, Sendable, Comparable {
    case second, minute, hour, day, month, year

    static func < (left: Granularity, right: Granularity) -> Bool { left.rawValue < right.rawValue }

    /// Units in a day, for steps of a day and shorter.
    var unitsPerDay: Int {
        switch self {
        case .second: 86_400
        case .minute: 1_440
        case .hour: 24
        case .day, .month, .year: 1
        }
    }
}

/// The calendar periods that bins may follow.
enum CalendarPeriod: String, CaseIterable {
    case minute, hour, day, week, month, quarter, year

    /// The coarsest step at which values can still be told apart by this period.
    var coarsestStep: Granularity {
        switch self {
        case .minute: .minute
        case .hour: .hour
        case .day, .week: .day
        case .month, .quarter: .month
        case .year: .year
        }
    }

    /// First value after `value` that begins a new period; weeks begin on Monday (ISO 8601).
    ///
    /// - Parameters:
    ///   - value: A value in steps since 1970-01-01, or since year 0 for months and years.
    ///   - step: What one unit of the value is; at most `coarsestStep`.
    func next(after value: Int64, step: Granularity) -> Int64 {
        let value = Int(value)
        switch step {
        case .year: return Int64(value + 1)
        case .month:
            let length = self == .month ? 1 : self == .quarter ? 3 : 12
            return Int64((Self.floored(value, length) + 1) * length)
        case .second, .minute, .hour, .day:
            let perDay = step.unitsPerDay
            switch self {
            case .minute:
                let length = perDay / 1_440
                return Int64((Self.floored(value, length) + 1) * length)
            case .hour:
                let length = perDay / 24
                return Int64((Self.floored(value, length) + 1) * length)
            default:
                return Int64(nextDay(after: Self.floored(value, perDay)) * perDay)
            }
        }
    }

    private func nextDay(after day: Int) -> Int {
        let (year, month, _) = CivilCalendar.date(days: day)
        switch self {
        case .minute, .hour, .day: return day + 1
        // Day 0 was a Thursday, so day -3 was a Monday.
        case .week: return (Self.floored(day + 3, 7) + 1) * 7 - 3
        case .month, .quarter, .year:
            let length = self == .month ? 1 : self == .quarter ? 3 : 12
            let first = (Self.floored(year * 12 + month - 1, length) + 1) * length
            return CivilCalendar.days(
                year: Self.floored(first, 12), month: first - Self.floored(first, 12) * 12 + 1,
                day: 1)
        }
    }

    private static func floored(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
    }
}
