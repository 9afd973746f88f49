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

    /// Decimals of a plain number such as `-12.50`, or nil for every other text; a number with a leading
    /// zero, such as a postal code, is none.
    static func decimals(_ text: [UInt8]) -> Int? {
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
        guard digits.count <= 18, let first = digits.first, (0x30...0x39).contains(first) else {
            return nil
        }
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }),
            parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }),
            parts[0].count == 1 || first != 0x30
        else { return nil }
        return parts.count == 2 ? parts[1].count : 0
    }

    /// How much a cell looks like one value: 1 for numbers, dates, missing values and words; less for a
    /// text with bytes in it that could delimit fields.
    static func plausibility(_ text: [UInt8]) -> Double {
        if isMissing(text) || decimals(text) != nil { return 1 }
        let marks = text.count { byte in
            byte == UInt8(ascii: "\"") || DialectSniffer.delimiters.contains(byte) || byte == 0x0A
        }
        if marks > 0 { return marks > 2 ? 0.1 : 0.4 }
        // Spaces around a value come from a delimiter that is more than one byte.
        if text.first == 0x20 || text.last == 0x20 { return 0.9 }
        return text.contains { $0 < 0x20 } ? 0.2 : 1
    }
}
