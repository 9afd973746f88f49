// SPDX-License-Identifier: Apache-2.0

/// Tells whether the first record of delimited text names the columns.
enum HeaderSniffer {
    /// Guesses.
    ///
    /// Names are texts, all different, none of them empty or a number. They then are names for sure if a
    /// column below has numbers or dates only; otherwise if they do not occur below in their own column,
    /// as a value of a column of few values would.
    ///
    /// - Parameter rows: The first records, the one in question included.
    static func hasHeader(_ rows: [[[UInt8]]]) -> Bool {
        guard let names = rows.first, names.allSatisfy({ !$0.isEmpty }),
            Set(names).count == names.count,
            !names.contains(where: { isValue($0) })
        else { return false }
        let below = rows.dropFirst().filter { $0.count == names.count }
        guard !below.isEmpty else { return true }
        var repeated = 0
        for column in names.indices {
            let cells = below.map { $0[column] }.filter { !CellShape.isMissing($0) }
            if !cells.isEmpty, cells.allSatisfy({ isValue($0) }) { return true }
            if cells.contains(names[column]) { repeated += 1 }
        }
        return repeated == 0
    }

    /// Whether a text is a value and no name: a number, or a date.
    private static func isValue(_ text: [UInt8]) -> Bool {
        if CellShape.decimals(text) != nil { return true }
        // A leading zero makes a code of it, which is no name either.
        if text.allSatisfy({ (0x30...0x39).contains($0) }) { return true }
        return TimeShape.candidates.contains { $0.format.parses(text) }
    }
}

/// Date and time formats that `init` knows.
struct TimeShape: Sendable {
    let type: FieldType
    let format: TimeFormat

    /// Formats in the order in which one is preferred where several fit.
    static let candidates: [TimeShape] = {
        let days = [
            "%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
        ]
        let clocks = ["%H:%M:%S", "%H:%M"]
        var all: [(FieldType, String)] = days.map { (.date, $0) }
        all += [(.datetime, "default"), (.datetime, "%Y-%m-%dT%H:%M")]
        all += days.flatMap { day in clocks.map { (.datetime, "\(day) \($0)") } }
        all += clocks.map { (.time, $0) }
        return all.compactMap { type, pattern in
            (try? TimeFormat(pattern, type: type)).map { TimeShape(type: type, format: $0) }
        }
    }()
}

extension TimeFormat {
    /// Whether a text follows the format.
    func parses(_ text: [UInt8]) -> Bool {
        parse(text.span, from: 0, to: text.count) != Self.invalid
    }
}
