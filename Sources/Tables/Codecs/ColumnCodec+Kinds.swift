// SPDX-License-Identifier: Apache-2.0

/// Names for what a field holds and should hold, for messages that must not quote the field.
extension ColumnCodec {
    /// Whether a text reads as the column's type, inside the domain or not.
    func parses(_ text: borrowing Span<UInt8>) -> Bool {
        switch kind {
        case .text: return true
        case .boolean: return keys.find(text, from: 0, to: text.count) >= 0
        case .integers:
            return FixedPoint.parse(text, from: 0, to: text.count, decimals: 0).form == .exact
        case .decimal(let decimals):
            let form = FixedPoint.parse(text, from: 0, to: text.count, decimals: decimals).form
            return form == .exact || (form == .truncated && type != .integer)
        case .moment(let format):
            return format.parse(text, from: 0, to: text.count) != TimeFormat.invalid
        }
    }

    /// What the column should hold: "a number with 2 decimals from 0.00 to 100.00".
    var expectation: String {
        let what: String
        switch kind {
        case .text, .integers: return "one of \(valueCount) declared values"
        case .boolean: return "one of \(keys.count) declared texts for true and false"
        case .decimal(let decimals):
            what = type == .integer ? "an integer" : "a number with \(decimals) decimals"
        case .moment(let format): what = "a \(type.rawValue) like \"\(format.pattern)\""
        }
        guard let grid else { return what }
        return "\(what) from \(gridText(grid.minimum)) to \(gridText(grid.maximum))"
    }

    /// What kind of text was found where a field was refused: "empty", "text", "an integer", ...
    func kindFound(_ text: borrowing Span<UInt8>) -> String {
        if text.isEmpty { return "an empty field" }
        if missing.contains(text, from: 0, to: text.count) { return "a missing value" }
        for index in text.indices where text[index] == 0 { return "a NUL byte" }
        if UTF8Validity.firstFault(in: text, from: 0, to: text.count) != nil {
            return "invalid UTF-8"
        }
        if parses(text) {
            switch kind {
            case .text: return "a text that is not declared"
            case .integers: return "an integer that is not declared"
            default: return "a value outside the domain"
            }
        }
        if let decimals = Self.decimals(of: text) {
            return decimals == 0 ? "an integer" : "a number with \(decimals) decimals"
        }
        return "text"
    }

    /// Decimals of a plain number, or nil for a text that is none.
    private static func decimals(of text: borrowing Span<UInt8>) -> Int? {
        guard FixedPoint.parse(text, from: 0, to: text.count, decimals: 0).form != .invalid else {
            return nil
        }
        for index in text.indices where text[index] == UInt8(ascii: ".") {
            return text.count - index - 1
        }
        return 0
    }
}
