// SPDX-License-Identifier: Apache-2.0

/// What the records of a sample have in one column: exact, for the table's owner alone.
///
/// Nothing of it may reach a release; a draft of a schema made from it is marked as unconfirmed.
public struct ColumnProfile: Sendable {
    /// The column's name; for JSON Lines the names on the way to it, joined by underscores.
    public let name: String
    /// Where it lies in a JSON record, where that is not a member of its name.
    public let pointer: String?
    /// Records, and those of them without a value.
    public private(set) var count = 0, missingCount = 0
    /// Texts without a value that were found, in the order of their first one.
    public private(set) var missingTexts: [String] = []
    /// How often each text was found; nil once there are more than `limit` different ones.
    public private(set) var texts: [String: Int]? = [:]
    /// Whether a record has something that is no value, such as a list.
    public internal(set) var hasContainers = false
    /// Records that have the member, with a value or without; for JSON Lines.
    public internal(set) var occurrences = 0
    /// Whether the header has no name for it, so that nothing can read it.
    public internal(set) var isUnnamed = false
    /// Whether some records have an object in its place, with values of its own.
    public internal(set) var isContainerToo = false

    private var mostDecimals = 0
    /// Values that are numbers, and those of them that a zero leads.
    public private(set) var numbers = 0
    private var codes = 0
    /// Values that are numbers but for commas and signs, as `1.234,50` is.
    public private(set) var markedNumbers = 0
    /// Texts that are no number and how often they occur; nil once there are too many different ones.
    private var oddTexts: [String: Int]? = [:]
    /// The least and the greatest number.
    public private(set) var least = Double.infinity, greatest = -Double.infinity
    /// The sum of the numbers.
    public private(set) var sum = 0.0
    /// Numbers that are zero.
    public private(set) var zeros = 0
    /// Values that contain an at sign, as mail addresses do.
    public private(set) var mailCount = 0

    private var times = TimeCandidate.all.map { TimeRange(candidate: $0) }
    private var shape = TextShape()

    /// Different texts that are told apart.
    public static let limit = 2_000
    /// Texts that are no number in a column of numbers.
    private static let mostOdd = 8
    /// Bytes of a text that is worth telling apart.
    private static let longest = 200

    /// A date or time format that fits all values so far, and the least and greatest one.
    struct TimeRange: Sendable {
        let candidate: TimeCandidate
        var least = Int64.max, greatest = Int64.min
    }

    init(name: String, pointer: String? = nil) {
        self.name = name
        self.pointer = pointer
    }

    /// Takes a value.
    ///
    /// - Complexity: O(length), amortised.
    mutating func add(_ text: [UInt8]) {
        count += 1
        if CellShape.isMissing(text) {
            missingCount += 1
            let token = String(decoding: text, as: UTF8.self)
            if !missingTexts.contains(token) { missingTexts.append(token) }
            return
        }
        addText(text)
        addNumber(text)
        if text.contains(UInt8(ascii: "@")) { mailCount += 1 }
        shape.add(text)
        guard !times.isEmpty else { return }
        times = times.compactMap { time in
            var time = time
            let value = time.candidate.format.parse(text.span, from: 0, to: text.count)
            guard value != TimeFormat.invalid else { return nil }
            time.least = min(time.least, value)
            time.greatest = max(time.greatest, value)
            return time
        }
    }

    /// Takes a record that lacks the value.
    mutating func addAbsent(_ number: Int) {
        count += number
        missingCount += number
    }

    private mutating func addText(_ text: [UInt8]) {
        guard texts != nil else { return }
        guard text.count <= Self.longest else {
            texts = nil
            return
        }
        texts?[String(decoding: text, as: UTF8.self), default: 0] += 1
        if (texts?.count ?? 0) > Self.limit { texts = nil }
    }

    private mutating func addNumber(_ text: [UInt8]) {
        let token = String(decoding: text.prefix(Self.longest), as: UTF8.self)
        guard CellShape.isNumber(text), let value = Double(token) else {
            if CellShape.isMarkedNumber(text) { markedNumbers += 1 }
            oddTexts?[token, default: 0] += 1
            if (oddTexts?.count ?? 0) > Self.mostOdd { oddTexts = nil }
            return
        }
        numbers += 1
        mostDecimals = max(mostDecimals, CellShape.decimals(text) ?? 0)
        if CellShape.isCode(text) { codes += 1 }
        least = min(least, value)
        greatest = max(greatest, value)
        sum += value
        if value == 0 { zeros += 1 }
    }

    /// Most decimals of a number, where the column's values are numbers: all of them, or nearly all and a
    /// few texts that are none.
    ///
    /// Nil as well where many have a leading zero, as codes have.
    public var decimals: Int? {
        guard let oddTexts, numbers > 0, codes * 100 <= numbers else { return nil }
        guard !oddTexts.isEmpty else { return mostDecimals }
        // Of few different values each is better a category.
        let isContinuous = (texts?.count ?? .max) > 60 && numbers * 4 > valueCount
        return isContinuous ? mostDecimals : nil
    }

    /// Texts such as `N` that mean that there is no number, where the column's values are numbers.
    ///
    /// - Parameter count: The fewest records that a text must be in: a rarer one is a mistake, or about
    ///   one person.
    public func codesForNone(inAtLeast count: Int) -> [String] {
        guard decimals != nil else { return [] }
        return (oddTexts ?? [:]).filter { $0.value >= count }.map(\.key).sorted()
    }

    /// Records with a value.
    public var valueCount: Int { count - missingCount }

    /// Whether every value is another one, as far as they were told apart.
    public var isUnique: Bool {
        guard let texts else { return shape.isRising }
        return valueCount > 1 && texts.count == valueCount
    }

    /// A pattern for identifiers of the shape that all values have, or nil.
    public var pattern: String? { valueCount > 0 ? shape.pattern : nil }

    /// The dates or times that all values are.
    public var moments: Moments? {
        guard valueCount > 0, let first = times.first else { return nil }
        return Moments(
            type: first.candidate.type, pattern: first.candidate.format.pattern,
            isDefault: first.candidate.format == (try? TimeFormat(nil, type: first.candidate.type)),
            least: first.candidate.format.civil(first.least),
            greatest: first.candidate.format.civil(first.greatest),
            others: times.dropFirst().filter { $0.candidate.type == first.candidate.type }
                .map { $0.candidate.format.pattern })
    }

    /// A format of dates or times, and the range of the values.
    public struct Moments: Sendable {
        /// `date`, `datetime` or `time`.
        public let type: FieldType
        /// The format.
        public let pattern: String
        /// Whether it is the type's default, which a schema need not name.
        public let isDefault: Bool
        /// Year and month of the least and the greatest value.
        public let least: (year: Int, month: Int), greatest: (year: Int, month: Int)
        /// Further formats that fit all values, such as days before months.
        public let others: [String]
    }
}

extension TimeFormat {
    /// Year and month of a value of a format that has days.
    fileprivate func civil(_ value: Int64) -> (year: Int, month: Int) {
        let date = CivilCalendar.date(days: days(of: value))
        return (date.year, date.month)
    }
}
