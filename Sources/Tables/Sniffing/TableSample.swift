// SPDX-License-Identifier: Apache-2.0

import Streams

/// How a table is written down and what its columns hold, guessed from a sample of its records.
///
/// For the draft of a schema, which a person has to confirm. Exact: it is for the table's owner alone.
public struct TableSample: Sendable {
    /// How the table is written down.
    public let format: TableFormat
    /// Whether a byte order mark names the encoding.
    public let hasMark: Bool
    /// The columns, in the order of the header or of the first record that has them.
    public let columns: [ColumnProfile]
    /// Records that were looked at, and those that are malformed.
    public let records: Int, faults: Int
    /// Whether the table was read to its end.
    public let isWhole: Bool

    /// Looks at a table.
    ///
    /// The dialect is guessed from the first file; the columns of all files, each of which is read as far as
    /// its share of the limit goes.
    ///
    /// - Parameters:
    ///   - paths: Files, as `InputFiles.expand` gives them.
    ///   - limit: Bytes to read in all.
    ///   - leastShare: Bytes to read of each file at least.
    /// - Throws: `TableError` where a file cannot be read, is empty, or is no table; it names no value.
    /// - Complexity: O(bytes read × dialects that the text could have); memory O(share of a file).
    public static func read(
        _ paths: [String], limit: Int, leastShare: Int = 64 << 10
    ) throws(TableError) -> TableSample {
        var reader = SampleReader()
        let share = max(limit / max(paths.count, 1), leastShare)
        for path in paths { try reader.read(path, limit: share) }
        return try reader.finish()
    }

    fileprivate init(_ reader: SampleReader, format: TableFormat) {
        self.format = format
        hasMark = reader.hasMark
        columns = reader.columns.profiles
        records = reader.records
        faults = reader.faults
        isWhole = reader.isWhole
    }
}

/// Looks at the files of a table, one after the other.
private struct SampleReader {
    private var format: TableFormat?
    private(set) var hasMark = false
    private(set) var columns = SampleColumns()
    private(set) var records = 0
    private(set) var faults = 0
    private(set) var isWhole = true
    private var firstFile = ""

    /// Bytes of a sample from which the dialect is guessed.
    private static let dialectSample = 256 << 10

    /// Looks at the tables that one path holds: a file, or the members of an archive.
    mutating func read(_ path: String, limit: Int) throws(TableError) {
        var rest = limit
        var sources = ByteSources(path, encoding: nil)
        while true {
            var found: ByteSource?
            var bytes: [UInt8] = []
            var isCut = false
            do throws(StreamError) {
                found = try sources.next()
                if found == nil { return }
                if rest > 0 { (bytes, isCut) = try Self.beginning(&found, limit: rest) }
            } catch {
                throw TableError(error)
            }
            guard let source = found.take(), rest > 0 else {
                isWhole = false
                return
            }
            rest -= bytes.count
            if isCut { isWhole = false }
            try look(at: bytes, name: source.name, isCut: isCut)
        }
    }

    /// The first bytes of a table, and whether there are more.
    private static func beginning(
        _ source: inout ByteSource?, limit: Int
    ) throws(StreamError) -> (bytes: [UInt8], isCut: Bool) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while bytes.count < limit {
            let count = try source?.read(into: &buffer) ?? 0
            if count == 0 { return (bytes, false) }
            bytes += buffer[..<min(count, limit - bytes.count)]
            if bytes.count == limit { return (bytes, true) }
        }
        return (bytes, true)
    }

    /// Looks at the beginning of one table.
    private mutating func look(
        at raw: [UInt8], name: String, isCut: Bool
    ) throws(TableError) {
        guard !raw.isEmpty else {
            throw TableError(
                .noRecords, file: name, detail: "no records: the file is empty; leave it out")
        }
        let found = EncodingSniffer.detect(raw, isCut: isCut)
        let text: [UInt8]
        do throws(StreamError) {
            text = try (format?.encoding ?? found.encoding).beginning(raw, name: name)
        } catch {
            throw TableError(error)
        }
        let isFirst = format == nil
        if isFirst {
            firstFile = name
            hasMark = found.isMarked
            format = try Self.format(of: text, isCut: isCut, encoding: found.encoding, name: name)
        }
        guard let format else { return }
        switch format.kind {
        case .csv: try readCSV(text, format, name: name, isFirst: isFirst, isCut: isCut)
        case .jsonl: try readLines(text, name: name, isCut: isCut)
        }
    }

    func finish() throws(TableError) -> TableSample {
        guard let format, records > faults, !columns.isEmpty else {
            throw TableError(
                .noRecords, file: firstFile,
                detail: "no records: the file has a header at most; name one with records")
        }
        var whole = self
        whole.columns.close(records: records - faults)
        return TableSample(whole, format: format)
    }

    /// The format of a table.
    private static func format(
        of text: [UInt8], isCut: Bool, encoding: TextEncoding, name: String
    ) throws(TableError) -> TableFormat {
        guard !text.contains(0) else {
            throw TableError(
                .format, file: name,
                detail: "found NUL bytes, expected text; name a table of CSV or JSON Lines")
        }
        let lines = text.split(separator: 0x0A, maxSplits: 64).lazy
            .map { $0.drop { $0 <= 0x20 } }.filter { !$0.isEmpty }
        guard let line = lines.first, let first = line.first else {
            throw TableError(
                .noRecords, file: name, detail: "no records: found blank lines only; leave it out")
        }
        if first == UInt8(ascii: "{"), case .object? = try? JSONValue(parsing: Array(line)) {
            return try TableFormat(kind: .jsonl, encoding: encoding)
        }
        // A CSV file may begin with a bracket too, as names of SQL Server do.
        let opens = line.filter { $0 > 0x20 }
        let isJSON =
            opens.count == 1 || opens.starts(with: Array("[{".utf8))
            || (!isCut && (try? JSONValue(parsing: text)) != nil)
        guard ![UInt8(ascii: "["), UInt8(ascii: "{")].contains(first) || !isJSON else {
            throw TableError(
                .format, file: name, line: 1,
                detail: "found JSON that is not one object a line; turn it into JSON Lines, as "
                    + "'jq -c .[]' does")
        }
        let part = Array(text.prefix(dialectSample))
        return try DialectSniffer(
            part, isCut: isCut || part.count < text.count, encoding: encoding
        ).sniff()
    }

    private mutating func readCSV(
        _ text: [UInt8], _ format: TableFormat, name: String, isFirst: Bool, isCut: Bool
    ) throws(TableError) {
        var splitter = RecordSplitter(format: format)
        var isHeader = format.header
        while true {
            switch splitter.next(text, isCut: isCut) {
            case .end: return
            case .malformed:
                records += 1
                faults += 1
            case .fields(let fields):
                if isFirst, columns.isEmpty {
                    try columns.name(by: fields, hasHeader: isHeader, file: name)
                }
                if isHeader {
                    isHeader = false
                    guard isFirst || columns.agree(with: fields) else {
                        throw TableError(
                            .header, file: name, line: 1,
                            detail: "the header is not that of \(firstFile); files of one table "
                                + "have the same columns; name those of one table only")
                    }
                    continue
                }
                records += 1
                if !columns.add(fields) { faults += 1 }
            }
        }
    }

    private mutating func readLines(
        _ text: [UInt8], name: String, isCut: Bool
    ) throws(TableError) {
        var lines = text.split(separator: 0x0A)
        if isCut, text.last != 0x0A, lines.count > 1 { lines.removeLast() }
        for line in lines where line.contains(where: { $0 > 0x20 }) {
            records += 1
            guard case .object(let members)? = try? JSONValue(parsing: Array(line)) else {
                faults += 1
                continue
            }
            try columns.add(members, record: records - faults - 1, file: name)
        }
    }
}
