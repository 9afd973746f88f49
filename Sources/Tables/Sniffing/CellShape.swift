// SPDX-License-Identifier: Apache-2.0

/// What kind of text a cell is, as far as its bytes tell.
enum CellShape {
    /// Texts that usually stand for no value.
    static let missing: [String] = [
        "", "NA", "N/A", "n/a", "NULL", "null", "Null", "NaN", "nan", "None", "none", "\\N", "?",
        "-",
        ".",
    ]
    private static let missingKeys = ByteKeyTable(missing.map { Array($0.utf8) })

    /// Whether a text usually stands for no value.
    static func isMissing(_ text: [UInt8]) -> Bool { missingKeys.find(text) >= 0 }

    /// Whether a text reads as a number in any form: `007`, `.5` and `1e3` included.
    static func isNumber(_ text: [UInt8]) -> Bool {
        FixedPoint.parse(text.span, from: 0, to: text.count, decimals: 9).form != .invalid
    }

    /// Whether a text of digits begins with a zero, as postal codes may and numbers do not.
    static func isCode(_ text: [UInt8]) -> Bool {
        text.count > 1 && text[0] == 0x30 && (0x30...0x39).contains(text[1])
    }

    /// Whether a text is a number once commas, spaces and signs of money and share are taken out: `1.234,50`.
    static func isMarkedNumber(_ text: [UInt8]) -> Bool {
        let marks = Set(",. $%'-+€£".utf8)
        let digits = text.filter { !marks.contains($0) }
        return digits.count < text.count && !digits.isEmpty
            && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Decimals of a number, or nil for every other text.
    ///
    /// With an exponent below zero it has many.
    static func decimals(_ text: [UInt8]) -> Int? {
        guard isNumber(text) else { return nil }
        let parts = text.split(omittingEmptySubsequences: false) { $0 | 0x20 == UInt8(ascii: "e") }
        if parts.count > 1 { return parts[1].first == UInt8(ascii: "-") ? 9 : 0 }
        guard let point = text.firstIndex(of: UInt8(ascii: ".")) else { return 0 }
        return text.count - point - 1
    }

    /// How much a cell looks like one value: 1 for numbers, dates, missing values and words; less for a
    /// text with bytes in it that could delimit fields.
    static func plausibility(_ text: [UInt8]) -> Double {
        if isMissing(text) || isNumber(text) { return 1 }
        let marks = text.count { byte in
            byte == UInt8(ascii: "\"") || DialectSniffer.delimiters.contains(byte) || byte == 0x0A
        }
        if marks > 0 { return marks > 2 ? 0.1 : 0.4 }
        // Spaces around a value come from a delimiter that is more than one byte.
        if text.first == 0x20 || text.last == 0x20 { return 0.9 }
        return text.contains { $0 < 0x20 } ? 0.2 : 1
    }
}
