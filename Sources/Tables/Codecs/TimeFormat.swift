// SPDX-License-Identifier: Apache-2.0

/// A declared date or time format: fixed-width fields in a fixed order.
///
/// Values are integers in steps of the format's smallest field: seconds, minutes, hours or days
/// since 1970-01-01 (for a time of day: since midnight), months since year 0, or years. So every
/// value can be written in the format and read back as itself.
struct TimeFormat: Sendable, Equatable {
    enum Element: Sendable, Equatable {
        case literal(UInt8)
        case year, month, day, hour, minute, second
    }

    /// The format's parts in order.
    let elements: [Element]
    /// What one unit of a value is.
    let step: Granularity
    /// Whether a final `Z` may be absent, as in ISO 8601 texts without a zone.
    let allowsMissingZone: Bool
    /// The format as it was declared.
    let pattern: String
    /// Whether values have a date.
    let hasDate: Bool

    /// Reads a strptime-like format of %Y %m %d %H %M %S, %% and literal characters.
    ///
    /// - Parameters:
    ///   - pattern: The declared format; nil or "default" for ISO 8601.
    ///   - type: `date`, `datetime` or `time`.
    /// - Throws: `SchemaError` without a field name, which the caller adds.
    init(_ pattern: String?, type: FieldType) throws(SchemaError) {
        let isDefault = pattern == nil || pattern == "default"
        let text = isDefault ? Self.standard(type) : pattern ?? ""
        self.pattern = text
        allowsMissingZone = isDefault && type == .datetime
        hasDate = type != .time
        elements = try Self.parse(text)
        step = try Self.step(of: elements, type: type, pattern: text)
    }

    private init(elements: [Element], step: Granularity, pattern: String) {
        self.elements = elements
        self.step = step
        self.pattern = pattern
        allowsMissingZone = false
        hasDate = true
    }

    /// Days as ISO 8601 writes them.
    static let isoDate = TimeFormat(
        elements: [.year, .literal(0x2D), .month, .literal(0x2D), .day], step: .day,
        pattern: "%Y-%m-%d")

    /// The ISO 8601 format of a type.
    static func standard(_ type: FieldType) -> String {
        switch type {
        case .datetime: "%Y-%m-%dT%H:%M:%SZ"
        case .time: "%H:%M:%S"
        default: "%Y-%m-%d"
        }
    }

    private static func parse(_ pattern: String) throws(SchemaError) -> [Element] {
        var elements: [Element] = []
        var isDirective = false
        for byte in pattern.utf8 {
            guard isDirective || byte == UInt8(ascii: "%") else {
                elements.append(.literal(byte))
                continue
            }
            guard isDirective else {
                isDirective = true
                continue
            }
            isDirective = false
            switch byte {
            case UInt8(ascii: "Y"): elements.append(.year)
            case UInt8(ascii: "m"): elements.append(.month)
            case UInt8(ascii: "d"): elements.append(.day)
            case UInt8(ascii: "H"): elements.append(.hour)
            case UInt8(ascii: "M"): elements.append(.minute)
            case UInt8(ascii: "S"): elements.append(.second)
            case UInt8(ascii: "%"): elements.append(.literal(byte))
            default:
                throw SchemaError(
                    detail: "format \"\(pattern)\" has the unknown directive "
                        + "%\(Unicode.Scalar(byte)); use %Y %m %d %H %M %S")
            }
        }
        guard !isDirective else {
            throw SchemaError(
                detail: "format \"\(pattern)\" ends in %; write %% for a percent sign")
        }
        return elements
    }

    private static func step(
        of elements: [Element], type: FieldType, pattern: String
    ) throws(SchemaError) -> Granularity {
        let order: [(Element, String)] = [
            (.year, "%Y"), (.month, "%m"), (.day, "%d"), (.hour, "%H"), (.minute, "%M"),
            (.second, "%S"),
        ]
        let allowed = type == .date ? 0..<3 : type == .time ? 3..<6 : 0..<6
        let steps: [Granularity] = [.year, .month, .day, .hour, .minute, .second]
        var last = allowed.lowerBound - 1
        for (index, (element, name)) in order.enumerated() {
            let count = elements.count { $0 == element }
            guard count <= 1 else {
                throw SchemaError(detail: "format \"\(pattern)\" has \(name) twice; keep one")
            }
            guard count == 1 else { continue }
            guard allowed.contains(index) else {
                throw SchemaError(
                    detail: "format \"\(pattern)\" has \(name), which a \(type) does not have; "
                        + "change the format or the type")
            }
            guard index == last + 1 else {
                throw SchemaError(
                    detail: "format \"\(pattern)\" has \(name) but not \(order[last + 1].1); "
                        + "add it")
            }
            last = index
        }
        guard last >= allowed.lowerBound else {
            throw SchemaError(
                detail: "format \"\(pattern)\" has no \(order[allowed.lowerBound].1); add it")
        }
        return steps[last]
    }
}

extension TimeFormat {
    /// Value for a text that does not follow the format.
    static let invalid = Int64.min

    /// Parses a text that follows the format exactly.
    ///
    /// - Returns: The value in steps, or `invalid`. Allocates nothing.
    @inline(__always)
    func parse(_ text: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int64 {
        var index = start
        var year = 1970
        var month = 1
        var day = 1
        var hour = 0
        var minute = 0
        var second = 0
        let elements = self.elements.span
        for place in elements.indices {
            switch elements[place] {
            case .literal(let byte):
                if index < end, text[index] == byte {
                    index += 1
                } else if !(allowsMissingZone && place == elements.count - 1 && index == end) {
                    return Self.invalid
                }
            case .year: year = Self.digits(4, text, &index, end)
            case .month: month = Self.digits(2, text, &index, end)
            case .day: day = Self.digits(2, text, &index, end)
            case .hour: hour = Self.digits(2, text, &index, end)
            case .minute: minute = Self.digits(2, text, &index, end)
            case .second: second = Self.digits(2, text, &index, end)
            }
        }
        guard index == end, year >= 0, month >= 1, month <= 12, day >= 1,
            day <= 28 || day <= CivilCalendar.length(ofMonth: month, in: year),
            UInt(bitPattern: hour) < 24, UInt(bitPattern: minute) < 60,
            UInt(bitPattern: second) < 60
        else { return Self.invalid }
        let days = hasDate ? CivilCalendar.days(year: year, month: month, day: day) : 0
        switch step {
        case .year: return Int64(year)
        case .month: return Int64(year * 12 + month - 1)
        case .day: return Int64(days)
        case .hour: return Int64(days * 24 + hour)
        case .minute: return Int64((days * 24 + hour) * 60 + minute)
        case .second: return Int64(((days * 24 + hour) * 60 + minute) * 60 + second)
        }
    }

    /// A number of exactly `count` digits, or a negative number.
    @inline(__always)
    private static func digits(
        _ count: Int, _ text: borrowing Span<UInt8>, _ index: inout Int, _ end: Int
    ) -> Int {
        guard index + count <= end else { return -1_000_000 }
        var value = 0
        for _ in 0..<count {
            let digit = text[index] &- UInt8(ascii: "0")
            if digit > 9 { return -1_000_000 }
            value = value &* 10 &+ Int(digit)
            index += 1
        }
        return value
    }

    /// Longest text that `write` can make.
    var maximumLength: Int { elements.count * 4 }

    /// Writes a value in the format.
    ///
    /// - Parameters:
    ///   - value: The value in steps.
    ///   - output: The buffer; must have room for `maximumLength` bytes at `index`.
    ///   - index: Where the text begins; moved behind it.
    @inline(__always)
    func write(_ value: Int64, into output: inout MutableSpan<UInt8>, at index: inout Int) {
        var year = Int(value)
        var month = 1
        var day = 1
        var secondOfDay = 0
        switch step {
        case .year: break
        case .month:
            year = Int(value) / 12
            month = Int(value) - year * 12 + 1
        case .second, .minute, .hour, .day:
            let perDay = step.unitsPerDay
            let days = days(of: value)
            secondOfDay = (Int(value) - days * perDay) * (86_400 / perDay)
            if hasDate { (year, month, day) = CivilCalendar.date(days: days) }
        }
        let elements = self.elements.span
        for place in elements.indices {
            switch elements[place] {
            case .literal(let byte):
                output[index] = byte
                index += 1
            case .year:
                Self.writePair(year / 100, into: &output, at: &index)
                Self.writePair(year % 100, into: &output, at: &index)
            case .month: Self.writePair(month, into: &output, at: &index)
            case .day: Self.writePair(day, into: &output, at: &index)
            case .hour: Self.writePair(secondOfDay / 3_600, into: &output, at: &index)
            case .minute: Self.writePair(secondOfDay / 60 % 60, into: &output, at: &index)
            case .second: Self.writePair(secondOfDay % 60, into: &output, at: &index)
            }
        }
    }

    @inline(__always)
    private static func writePair(
        _ value: Int, into output: inout MutableSpan<UInt8>, at index: inout Int
    ) {
        output[index] = UInt8(truncatingIfNeeded: value / 10) &+ UInt8(ascii: "0")
        output[index + 1] = UInt8(truncatingIfNeeded: value % 10) &+ UInt8(ascii: "0")
        index += 2
    }

    /// The day that a value of a format with days lies in, counted from 1970-01-01.
    @inline(__always)
    func days(of value: Int64) -> Int {
        let perDay = step.unitsPerDay
        return value >= 0 ? Int(value) / perDay : -((perDay - 1 - Int(value)) / perDay)
    }

    /// The value of a text given in a schema: in the format itself, or else in ISO 8601.
    func value(of text: String, type: FieldType) throws(SchemaError) -> Int64? {
        let bytes = Array(text.utf8)
        let value = parse(bytes.span, from: 0, to: bytes.count)
        if value != Self.invalid { return value }
        let standard = try TimeFormat(nil, type: type)
        let seconds = standard.parse(bytes.span, from: 0, to: bytes.count)
        guard seconds != Self.invalid else { return nil }
        return standard.rescaled(seconds, to: step)
    }

    /// A value of this format in the coarser steps of another.
    private func rescaled(_ value: Int64, to other: Granularity) -> Int64 {
        let perDay = step.unitsPerDay
        let days = days(of: value)
        let (year, month, _) = CivilCalendar.date(days: days)
        switch other {
        case .year: return Int64(year)
        case .month: return Int64(year * 12 + month - 1)
        case .second, .minute, .hour, .day:
            let ratio = perDay / other.unitsPerDay
            return value >= 0 ? value / Int64(ratio) : -((Int64(ratio) - 1 - value) / Int64(ratio))
        }
    }
}
