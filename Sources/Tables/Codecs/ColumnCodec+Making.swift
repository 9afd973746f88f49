// SPDX-License-Identifier: Apache-2.0

extension ColumnCodec {
    /// What all kinds of columns declare alike.
    struct Common {
        let type: FieldType
        let outside: Outside
        let isRequired: Bool
        let missing: MissingValues
        /// The declared text of the cell of everything else.
        let otherValue: String?
    }

    /// A column of listed texts.
    init(texts: [String], common: Common) {
        self.init(
            kind: .text, common: common, values: texts, keys: texts,
            keyCodes: texts.indices.map { UInt16(truncatingIfNeeded: $0) })
    }

    /// A column of false (0) and true (1); the first text of each is the one that is written.
    init(falseTexts: [String], trueTexts: [String], common: Common) {
        self.init(
            kind: .boolean, common: common, values: [falseTexts[0], trueTexts[0]],
            labels: ["false", "true"], keys: falseTexts + trueTexts,
            keyCodes: falseTexts.map { _ in 0 } + trueTexts.map { _ in 1 })
    }

    /// A column of listed whole numbers.
    init(integers: [Int64], common: Common) {
        self.init(
            kind: .integers, common: common, values: integers.map { String($0) },
            integers: integers)
    }

    /// A column of bins over numbers, dates or times.
    init(kind: Kind, grid: BinGrid, common: Common) {
        let specials = grid.specials.map { Self.gridText($0, kind: kind) }
        self.init(
            kind: kind, common: common, values: grid.starts.map { _ in "" } + specials,
            labels: grid.starts.indices.map {
                Self.label(from: grid.starts[$0], to: grid.ends[$0], kind: kind)
            } + specials, grid: grid)
    }

    private init(
        kind: Kind, common: Common, values: [String], labels: [String]? = nil,
        keys: [String] = [], keyCodes: [UInt16] = [], integers: [Int64] = [], grid: BinGrid? = nil
    ) {
        self.kind = kind
        type = common.type
        outside = common.outside
        isRequired = common.isRequired
        missing = common.missing
        valueCount = grid?.starts.count ?? values.count
        var atoms = values
        var labels = labels ?? values
        missingCode = common.isRequired ? -1 : atoms.count
        if !common.isRequired {
            atoms.append(common.missing.written)
            labels.append("missing")
        }
        otherCode = common.outside == .other ? atoms.count : -1
        if common.outside == .other {
            let fallback = common.type == .string ? "__other__" : common.missing.written
            atoms.append(common.otherValue ?? fallback)
            labels.append("other")
        }
        self.atoms = atoms.map { Array($0.utf8) }
        self.labels = labels
        self.keys = ByteKeyTable(keys.map { Array($0.utf8) })
        self.keyCodes = keyCodes
        self.integers = integers
        sortedIntegers = integers.enumerated()
            .map { (value: $0.element, code: UInt16(truncatingIfNeeded: $0.offset)) }
            .sorted { $0.value < $1.value }
        self.grid = grid
    }

    /// Name of a bin: its value when it has one only, a calendar month or year as such when it
    /// covers one, else its first and last value.
    private static func label(from start: Int64, to end: Int64, kind: Kind) -> String {
        let first = gridText(start, kind: kind)
        guard start < end else { return first }
        let last = gridText(end, kind: kind)
        guard case .moment(let format) = kind else {
            return start >= 0 ? "\(first)-\(last)" : "\(first) to \(last)"
        }
        return calendarLabel(from: start, to: end, format: format) ?? "\(first) to \(last)"
    }

    private static func calendarLabel(
        from start: Int64, to end: Int64, format: TimeFormat
    ) -> String? {
        guard format.hasDate, format.step <= .day else { return nil }
        let perDay = Int64(format.step.unitsPerDay)
        guard start % perDay == 0, (end + 1) % perDay == 0 else { return nil }
        let first = CivilCalendar.date(days: Int(start / perDay))
        let after = CivilCalendar.date(days: Int((end + 1) / perDay))
        guard first.day == 1, after.day == 1 else {
            guard end + 1 - start == perDay else { return nil }
            return gridText(start / perDay, kind: .moment(TimeFormat.isoDate))
        }
        let months = after.year * 12 + after.month - first.year * 12 - first.month
        let year = String(first.year)
        switch months {
        case 1: return year + (first.month < 10 ? "-0" : "-") + String(first.month)
        case 3 where first.month % 3 == 1: return "\(year)-Q\(first.month / 3 + 1)"
        case 12 where first.month == 1: return year
        default: return nil
        }
    }
}
