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
    /// The columns, in the order of the header or of their first record.
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
    ///   - limit: Bytes to read in all, at least 64 KiB a file.
    /// - Throws: `TableError` where a file cannot be read, is empty, or is no table; it names no value.
    /// - Complexity: O(bytes read × dialects that the text could have); memory O(share of a file).
    public static func read(_ paths: [String], limit: Int) throws(TableError) -> TableSample {
        var sniffer = TableSniffer()
        let share = max(limit / max(paths.count, 1), 64 << 10)
        for path in paths { try sniffer.read(path, limit: share) }
        return try sniffer.finish()
    }
}

/// Looks at the files of a table, one after the other.
private struct TableSniffer {
    private var format: TableFormat?
    private var hasMark = false
    private var columns: [ColumnProfile] = []
    private var places: [String: Int] = [:]
    private var records = 0
    private var faults = 0
    private var isWhole = true
    private var firstFile = ""

    /// Bytes of a sample from which the dialect is guessed.
    private static let dialectSample = 256 << 10

    mutating func read(_ path: String, limit: Int) throws(TableError) {
        let (raw, name, isCut) = try Self.beginning(path, limit: limit)
        guard !raw.isEmpty else {
            throw TableError(
                .noRecords, file: name, detail: "no records: the file is empty; leave it out")
        }
        if isCut { isWhole = false }
        let isFirst = format == nil
        let found = EncodingSniffer.detect(raw)
        let encoding = format?.encoding ?? found.encoding
        var text: [UInt8]
        do throws(StreamError) {
            text = try encoding.beginning(raw, name: name)
        } catch {
            throw TableError(error)
        }
        if isFirst {
            firstFile = name
            hasMark = found.isMarked
            format = try Self.format(of: text, isCut: isCut, encoding: encoding, name: name)
        }
        // A last record that is cut would be another one; without its line end it may be.
        if isCut, let end = text.lastIndex(of: 0x0A) { text.removeLast(text.count - end - 1) }
        switch format?.kind {
        case .csv: try readCSV(text, name: name, isFirst: isFirst)
        default: readLines(text)
        }
    }

    func finish() throws(TableError) -> TableSample {
        guard let format, records > 0 else {
            throw TableError(
                .noRecords, file: firstFile,
                detail: "no records: the file has a header at most; name one with records")
        }
        return TableSample(
            format: format, hasMark: hasMark, columns: columns, records: records, faults: faults,
            isWhole: isWhole)
    }

    /// The first bytes of the first table that a path holds.
    private static func beginning(
        _ path: String, limit: Int
    ) throws(TableError) -> (bytes: [UInt8], name: String, isCut: Bool) {
        do throws(StreamError) {
            var sources = ByteSources(path, encoding: nil)
            guard var source = try sources.next() else { return ([], path, false) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 256 << 10)
            while bytes.count < limit {
                let count = try source.read(into: &buffer)
                if count == 0 { return (bytes, source.name, false) }
                bytes += buffer[..<min(count, limit - bytes.count)]
            }
            return (bytes, source.name, true)
        } catch {
            throw TableError(error)
        }
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
        guard let first = text.first(where: { $0 > 0x20 }) else {
            throw TableError(
                .noRecords, file: name, detail: "no records: found blank lines only; leave it out")
        }
        let line = text.prefix(while: { $0 != 0x0A })
        if first == UInt8(ascii: "{"), (try? JSONValue(parsing: Array(line))) != nil {
            return try TableFormat(kind: .jsonl, encoding: encoding)
        }
        guard first != UInt8(ascii: "["), first != UInt8(ascii: "{") else {
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
        _ text: [UInt8], name: String, isFirst: Bool
    ) throws(TableError) {
        guard let format else { return }
        var machine = CSVScanner(format: format, slots: [], line: 1)
        var next = 0
        var isHeader = format.header
        while next < text.count {
            switch machine.scanHeader(text.span, from: next, isFinal: true) {
            case .needsMore: return
            case .bad:
                records += 1
                faults += 1
                while next < text.count, text[next] != 0x0A { next += 1 }
                next += 1
            case .names(let fields, let after):
                next = after
                if isFirst, columns.isEmpty {
                    try nameColumns(fields, hasHeader: isHeader, file: name)
                }
                if isHeader {
                    isHeader = false
                    try check(fields, file: name)
                    continue
                }
                if fields.count == 1, fields[0].isEmpty, columns.count > 1 { continue }
                records += 1
                guard fields.count == columns.count else {
                    faults += 1
                    continue
                }
                for column in fields.indices { columns[column].add(fields[column]) }
            }
        }
    }

    /// Names the columns by the first record.
    private mutating func nameColumns(
        _ fields: [[UInt8]], hasHeader: Bool, file: String
    ) throws(TableError) {
        for (index, field) in fields.enumerated() {
            let text = hasHeader ? String(decoding: field, as: UTF8.self) : "column_\(index + 1)"
            guard places[text] == nil else {
                throw TableError(
                    .header, file: file, column: text,
                    detail: "the header names this column twice; rename one of them")
            }
            places[text] = index
            columns.append(ColumnProfile(name: text))
        }
    }

    /// Refuses a file whose columns are not those of the first one.
    private func check(_ fields: [[UInt8]], file: String) throws(TableError) {
        let names = fields.map { String(decoding: $0, as: UTF8.self) }
        guard names == columns.map(\.name) else {
            throw TableError(
                .header, file: file, line: 1,
                detail: "the header is not that of \(firstFile); files of one table have the same "
                    + "columns; name those of one table only")
        }
    }

    private mutating func readLines(_ text: [UInt8]) {
        for line in text.split(separator: 0x0A) where line.contains(where: { $0 > 0x20 }) {
            guard let value = try? JSONValue(parsing: Array(line)), case .object = value else {
                records += 1
                faults += 1
                continue
            }
            add(value, path: [])
            records += 1
            for index in columns.indices where columns[index].count < records - faults {
                columns[index].addAbsent(records - faults - columns[index].count)
            }
        }
    }

    /// Takes the values of an object and of the objects in it.
    private mutating func add(_ value: JSONValue, path: [String]) {
        guard case .object(let members) = value else { return }
        for (name, value) in members {
            let steps = path + [name]
            if case .object = value {
                add(value, path: steps)
                continue
            }
            let pointer = steps.map { "/" + Self.escaped($0) }.joined()
            let index = places[pointer] ?? columns.count
            if index == columns.count {
                places[pointer] = index
                columns.append(
                    ColumnProfile(
                        name: unusedName(steps.joined(separator: "_")),
                        pointer: steps.count > 1 ? pointer : nil))
                columns[index].addAbsent(records - faults)
            }
            switch value {
            case .null: columns[index].addAbsent()
            case .boolean(let truth): columns[index].add(Array((truth ? "true" : "false").utf8))
            case .number(let text), .string(let text): columns[index].add(Array(text.utf8))
            case .array, .object:
                columns[index].hasContainers = true
                columns[index].addAbsent()
            }
        }
    }

    private func unusedName(_ name: String) -> String {
        var candidate = name
        var number = 2
        while columns.contains(where: { $0.name == candidate }) {
            candidate = "\(name)_\(number)"
            number += 1
        }
        return candidate
    }

    /// A step of a JSON Pointer (RFC 6901).
    private static func escaped(_ step: String) -> String {
        var text = ""
        for character in step {
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.append(character)
            }
        }
        return text
    }
}
