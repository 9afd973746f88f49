// SPDX-License-Identifier: Apache-2.0

/// Records of a sample, split by a dialect.
struct SampleRecords {
    /// Fields of each record that is well-formed, without quotes and escapes.
    private(set) var rows: [[[UInt8]]] = []
    /// Records that are not.
    private(set) var faults = 0

    /// Records that are looked at.
    static let limit = 1_000

    /// Splits a sample.
    ///
    /// - Parameters:
    ///   - text: The sample, UTF-8.
    ///   - format: The dialect.
    ///   - isCut: Whether the table goes on behind the sample; its last record then counts for nothing.
    init(_ text: [UInt8], format: TableFormat, isCut: Bool) {
        var splitter = RecordSplitter(format: format)
        while rows.count + faults < Self.limit {
            switch splitter.next(text, isCut: isCut) {
            case .fields(let fields): rows.append(fields)
            case .malformed: faults += 1
            case .end: return
            }
        }
    }
}

/// Splits records of any number of fields, with the scanner that reads tables.
struct RecordSplitter {
    /// What stands next in a text.
    enum Record {
        case fields([[UInt8]])
        case malformed
        case end
    }

    private var machine: CSVScanner
    private var next = 0

    init(format: TableFormat) {
        machine = CSVScanner(format: format, slots: [], line: 1)
    }

    /// The next record; blank lines, which are none in a table of several columns, are skipped.
    ///
    /// - Parameters:
    ///   - text: The text, the same in all calls.
    ///   - isCut: Whether the text goes on behind these bytes; its last record is then left out.
    mutating func next(_ text: [UInt8], isCut: Bool) -> Record {
        while next < text.count {
            switch machine.scanHeader(text.span, from: next, isFinal: !isCut) {
            case .names(let fields, let after):
                next = after
                if fields.count > 1 || !fields[0].isEmpty { return .fields(fields) }
            case .needsMore: return .end
            case .bad:
                while next < text.count, text[next] != 0x0A { next += 1 }
                next += 1
                return .malformed
            }
        }
        return .end
    }
}
