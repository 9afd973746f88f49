// SPDX-License-Identifier: Apache-2.0

/// How one field's text is dressed for a file format.
enum FieldText {
    /// Appends a CSV field, quoted when RFC 4180 asks for it.
    ///
    /// - Parameters:
    ///   - text: The field.
    ///   - format: Delimiter and quote.
    ///   - isAlone: Whether the table has this column only: an empty field is quoted then, since
    ///     a blank line is easily taken for none.
    ///   - output: Where the bytes are appended.
    static func appendCSV(
        _ text: [UInt8], format: TableFormat, isAlone: Bool, to output: inout [UInt8]
    ) {
        guard isAlone && text.isEmpty || text.contains(where: { needsQuotes($0, format) }) else {
            output.append(contentsOf: text)
            return
        }
        output.append(format.quote)
        for byte in text {
            if byte == format.quote { output.append(byte) }
            output.append(byte)
        }
        output.append(format.quote)
    }

    private static func needsQuotes(_ byte: UInt8, _ format: TableFormat) -> Bool {
        byte == format.delimiter || byte == format.quote || byte == 0x0A || byte == 0x0D
    }

    /// Whether no identifier of a pattern needs quotes or escapes inside; quotes around a JSON string do not
    /// count.
    static func isPlain(_ pattern: IdentifierPattern, in format: TableFormat) -> Bool {
        (pattern.places.joined() + Array("0123456789".utf8)).allSatisfy {
            format.kind == .csv
                ? !needsQuotes($0, format)
                : $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
    }

    /// Whether a text is a JSON number as it stands.
    static func isJSONNumber(_ text: [UInt8]) -> Bool {
        var scanner = JSONScanner(from: 0, to: text.count)
        do throws(JSONFault) {
            try scanner.scanNumber(text.span)
        } catch {
            return false
        }
        return scanner.index == text.count
    }
}

extension ColumnCodec {
    /// What is written for a cell that holds one text only.
    ///
    /// - Parameters:
    ///   - code: A cell that is no bin.
    ///   - format: The file's format.
    ///   - isAlone: Whether the table has this column only.
    func fieldText(_ code: Int, format: TableFormat, isAlone: Bool) -> [UInt8] {
        var output: [UInt8] = []
        guard format.kind == .jsonl else {
            FieldText.appendCSV(atoms[code], format: format, isAlone: isAlone, to: &output)
            return output
        }
        let text = atoms[code]
        if code == missingCode || (code == otherCode && isWrittenAsMissing) {
            return Array("null".utf8)
        }
        switch type {
        case .boolean: return Array((code == 1 ? "true" : "false").utf8)
        case .integer, .number:
            if FieldText.isJSONNumber(text) { return text }
            fallthrough
        default:
            JSONValue.writeString(text, to: &output)
            return output
        }
    }

    /// Whether the cell of everything else has no text of its own.
    var isWrittenAsMissing: Bool {
        guard otherCode >= 0 else { return false }
        let text = atoms[otherCode]
        return type != .string && text == Array(missing.written.utf8)
    }

    /// Whether the texts of bins can stand in a file of this format without quotes and escapes
    /// inside; `"` around a whole JSON string does not count.
    func isPlain(in format: TableFormat) -> Bool {
        var bytes = Array("-.0123456789".utf8)
        if case .moment(let time) = kind { bytes += Array(time.pattern.utf8) }
        let special: [UInt8] =
            format.kind == .csv
            ? [format.delimiter, format.quote, 0x0A, 0x0D]
            : [UInt8(ascii: "\""), UInt8(ascii: "\\")] + Array(0..<0x20)
        return !bytes.contains { special.contains($0) }
    }
}
