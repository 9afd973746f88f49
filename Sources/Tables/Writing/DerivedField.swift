// SPDX-License-Identifier: Apache-2.0

/// Writes a column that is computed from others.
struct DerivedField: Sendable {
    private let terms: DerivedColumn.Terms
    /// What is written where a part is unknown.
    private let missing: [UInt8]
    /// Whether the format needs quotes around a number.
    private let isQuoted: Bool
    private let quote: UInt8

    /// Prepares to write a field; nil where it is not derived.
    init?(_ field: Field, schema: Schema, format: TableFormat) {
        // The schema was refused if its parts were not there.
        guard let derived = field.derived, let terms = try? derived.terms(in: schema) else {
            return nil
        }
        self.terms = terms
        missing = Self.missing(derived, format: format)
        quote = format.quote
        let signs = Array("0123456789.-".utf8)
        isQuoted =
            format.kind == .csv
            && (signs.contains(format.delimiter) || signs.contains(format.quote))
    }

    private static func missing(_ derived: DerivedColumn, format: TableFormat) -> [UInt8] {
        guard format.kind == .csv else { return Array("null".utf8) }
        var text: [UInt8] = []
        FieldText.appendCSV(
            Array(derived.missing.written.utf8), format: format, isAlone: false, to: &text)
        return text
    }

    /// The most bytes that a field can take.
    static func maximumLength(_ field: Field, format: TableFormat) -> Int {
        max(64, field.derived.map { missing($0, format: format).count } ?? 0)
    }

    /// Writes the field of a record.
    ///
    /// - Parameters:
    ///   - output: The buffer; it has room for `maximumLength` bytes.
    ///   - index: Where to write; moved behind the field.
    ///   - number: The value of an attribute, or nil where it is unknown.
    func write(
        into output: inout MutableSpan<UInt8>, at index: inout Int, number: (Int) -> Int64?
    ) {
        guard let value = terms.value(number) else {
            for byte in missing {
                output[index] = byte
                index += 1
            }
            return
        }
        guard isQuoted else {
            FixedPoint.write(value, decimals: terms.decimals, into: &output, at: &index)
            return
        }
        let text = Array(
            ColumnCodec.gridText(value, kind: .decimal(decimals: terms.decimals)).utf8)
        output[index] = quote
        index += 1
        for byte in text {
            if byte == quote {
                output[index] = byte
                index += 1
            }
            output[index] = byte
            index += 1
        }
        output[index] = quote
        index += 1
    }
}
