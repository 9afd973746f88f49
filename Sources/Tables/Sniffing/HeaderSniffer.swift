// SPDX-License-Identifier: Apache-2.0

/// Tells whether the first record of delimited text names the columns.
enum HeaderSniffer {
    /// Guesses.
    ///
    /// Names begin with a letter or an underscore and are no value: no number, no date, nothing that usually
    /// stands for no value. Some may be empty, as the one over row numbers is. They name the columns if a
    /// column below one has numbers or dates only; otherwise if all are there (but the first), all are
    /// different, and none occurs below in its own column, as a value of a column of few values would.
    ///
    /// A guess all the same: a record of texts looks like a header, so a person has to confirm the names.
    ///
    /// - Parameter rows: The first records, the one in question included.
    static func hasHeader(_ rows: [[[UInt8]]]) -> Bool {
        guard let names = rows.first, names.contains(where: { !$0.isEmpty }),
            names.allSatisfy({ $0.isEmpty || isName($0) })
        else { return false }
        let below = rows.dropFirst().filter { $0.count == names.count }
        let isPlain =
            Set(names).count == names.count && names.dropFirst().allSatisfy { !$0.isEmpty }
        var repeated = 0
        for column in names.indices where !names[column].isEmpty {
            let cells = below.map { $0[column] }.filter { !CellShape.isMissing($0) }
            if !cells.isEmpty, cells.allSatisfy(isValue) { return true }
            if cells.contains(names[column]) { repeated += 1 }
        }
        return repeated == 0 && isPlain
    }

    private static func isName(_ text: [UInt8]) -> Bool {
        guard !CellShape.isMissing(text), !isValue(text), text.count <= 200 else { return false }
        let name = String(decoding: text, as: UTF8.self)
        // SQL Server puts names in brackets.
        guard let first = name.first(where: { $0 != "[" && $0 != " " }) else { return false }
        return first.isLetter || first == "_" || first == "#" || first == "$" || first == "@"
    }

    /// Whether a text is a value and no name: a number or a code of digits, or a date.
    private static func isValue(_ text: [UInt8]) -> Bool {
        if CellShape.isNumber(text) { return true }
        guard text.contains(where: { (0x30...0x39).contains($0) }), text.count <= 20 else {
            return false
        }
        return TimeCandidate.all.contains { $0.format.parses(text) }
    }
}
