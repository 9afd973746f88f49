// SPDX-License-Identifier: Apache-2.0

import Streams

/// One file of a table while it is read: a window of its bytes, and the scanner that splits them.
struct OpenTable: ~Copyable {
    /// Bytes asked for at a time.
    static let chunkSize = 256 << 10
    /// The longest record; a longer one is a quote gone wrong far more often than a record.
    static let maximumRecord = 16 << 20
    /// Records split at a time: their bounds should stay in the second-level cache.
    static let batchRows = 1_024

    /// The scanner of the file's format.
    private enum Scanner {
        case csv(CSVScanner)
        case jsonl(JSONLinesScanner)
    }

    /// The file's name for messages.
    let name: String
    private var source: ByteSource
    private var chunk: [UInt8]
    /// The window: unread bytes from `start` on, then the decoded texts of the current batch.
    private(set) var bytes: [UInt8] = []
    private var start = 0
    private var filled = 0
    private var isFinal = false
    /// Whether the piece at hand ends in a line feed that the input lacks.
    private var hasAddedFeed = false
    private var scanner: Scanner
    private let format: TableFormat
    private(set) var batch: RecordBatch
    /// Names of the file's columns, for messages: of all columns (CSV) or the wanted ones (JSONL).
    private(set) var columnNames: [String]
    /// Whether any record was found, good or bad.
    private(set) var hasRecords = false

    private init(
        source: consuming ByteSource, format: TableFormat, wanted: [String], chunkSize: Int
    ) {
        name = source.name
        self.source = source
        chunk = Array(repeating: 0, count: chunkSize)
        self.format = format
        batch = RecordBatch(slotCount: wanted.count, capacity: Self.batchRows)
        scanner = .jsonl(
            JSONLinesScanner(
                paths: JSONPaths(wanted.map { JSONPointer(member: $0) }), line: 1))
        columnNames = wanted
    }

    /// Opens a file, or the first file of an archive, and reads its header.
    ///
    /// - Parameters:
    ///   - path: The file, or "-" for standard input.
    ///   - format: Its format.
    ///   - wanted: Names of the columns to find; a name's index is its slot.
    ///   - allColumns: Names of all columns of a CSV file without a header.
    ///   - chunkSize: Bytes asked for at a time.
    static func opening(
        _ path: String, format: TableFormat, wanted: [String], allColumns: [String],
        chunkSize: Int = OpenTable.chunkSize
    ) throws(TableError) -> OpenTable {
        let source: ByteSource
        do throws(StreamError) {
            var sources = ByteSources(path, encoding: format.encoding)
            guard let first = try sources.next() else {
                throw StreamError(kind: .notFound, path: path, detail: "check the path")
            }
            source = first
        } catch {
            throw TableError(error)
        }
        return try opening(
            source, format: format, wanted: wanted, allColumns: allColumns, chunkSize: chunkSize)
    }

    /// Begins to read a source; the rest as above.
    static func opening(
        _ source: consuming ByteSource, format: TableFormat, wanted: [String],
        allColumns: [String], chunkSize: Int = OpenTable.chunkSize
    ) throws(TableError) -> OpenTable {
        var table = OpenTable(
            source: source, format: format, wanted: wanted, chunkSize: chunkSize)
        try table.skipMark()
        guard format.kind == .csv else { return table }
        var line = 1
        table.columnNames = format.header ? try table.readHeader(format, line: &line) : allColumns
        let slots = try Self.slots(of: wanted, in: table.columnNames, file: table.name)
        table.scanner = .csv(CSVScanner(format: format, slots: slots, line: line))
        return table
    }

    /// Takes the next records for a worker.
    ///
    /// Delimited text whose quotes all stand where RFC 4180 wants them is indexed and handed out, up to
    /// the last line end outside quotes; the worker encodes it. Other text, and other dialects, are split
    /// here, a record after the other, because only that tells where a record ends.
    ///
    /// - Parameters:
    ///   - piece: Gets the records.
    ///   - isExact: Whether all text is split here, as a reference for tests.
    /// - Returns: False at the end of the file.
    /// - Complexity: O(bytes); a record longer than the chunk is looked at O(1) times, amortised.
    mutating func take(_ piece: inout TextPiece, isExact: Bool) throws(TableError) -> Bool {
        piece.name = name
        piece.columnNames = columnNames
        if case .csv(let machine) = scanner { piece.slots = machine.slots }
        if bytes.count > filled { bytes.removeLast(bytes.count - filled) }
        var goal = chunk.count
        while !isExact {
            try gather(&piece, atLeast: goal)
            let end = piece.end
            if end == TextBuffer.lead {
                keep(piece, from: end)
                break
            }
            guard let last = lastRecord(&piece, to: end) else {
                keep(piece, from: TextBuffer.lead)
                break
            }
            guard last.next > TextBuffer.lead else {
                // The line end that a last record lacks was added, so this is a quote left open.
                keep(piece, from: TextBuffer.lead)
                if isFinal { break }
                try refuseLongRecord(end - TextBuffer.lead)
                goal = end - TextBuffer.lead + max(chunk.count, end - TextBuffer.lead)
                continue
            }
            if isFinal, last.next != end {
                keep(piece, from: TextBuffer.lead)
                break
            }
            piece.kind = .text
            piece.end = last.next
            piece.line = line
            line += last.feeds
            if !hasRecords { hasRecords = holdsRecord(piece) }
            keep(piece, from: last.next, to: end)
            return true
        }
        let outcome = try scanBatch(atMost: Self.batchRows)
        unescapeBatch()
        piece.kind = .batch(outcome.shifted(by: TextBuffer.lead))
        piece.buffer.reserve(bytes.count)
        piece.buffer.copy(bytes[...], to: TextBuffer.lead)
        swap(&piece.batch, &batch)
        piece.batch.shift(by: TextBuffer.lead)
        if case .end = outcome { return piece.batch.rowCount > 0 }
        return true
    }

    /// Bytes read so far of the file itself.
    var bytesConsumed: Int { source.bytesConsumed }

    /// The line on which the next record begins.
    private var line: Int {
        get {
            switch scanner {
            case .csv(let machine): machine.line
            case .jsonl(let machine): machine.line
            }
        }
        set {
            switch scanner {
            case .csv(var machine):
                machine.line = newValue
                scanner = .csv(machine)
            case .jsonl(var machine):
                machine.line = newValue
                scanner = .jsonl(machine)
            }
        }
    }

    /// Moves the window into a piece and reads on, until there is as much as wanted or all.
    private mutating func gather(
        _ piece: inout TextPiece, atLeast goal: Int
    ) throws(TableError) {
        piece.buffer.reserve(goal + chunk.count + 1)
        piece.buffer.copy(bytes[start..<filled], to: TextBuffer.lead)
        piece.end = TextBuffer.lead + filled - start
        bytes.removeAll(keepingCapacity: true)
        start = 0
        filled = 0
        while !isFinal, piece.end < TextBuffer.lead + goal {
            let count: Int
            do throws(StreamError) {
                // In bounds: room for a chunk was reserved behind the goal.
                count = unsafe try source.read(
                    into: UnsafeMutableRawBufferPointer(
                        start: piece.buffer.base + piece.end, count: chunk.count))
            } catch {
                throw TableError(error)
            }
            piece.end += count
            isFinal = count == 0
        }
        // The end of the input ends the last record as a line feed does.
        if isFinal, piece.end > TextBuffer.lead, !piece.buffer.isLineFeed(at: piece.end - 1) {
            piece.buffer.copy([0x0A], to: piece.end)
            piece.end += 1
            hasAddedFeed = true
        }
    }

    /// Puts the rest of a piece back into the window.
    private mutating func keep(_ piece: borrowing TextPiece, from first: Int, to end: Int? = nil) {
        var last = end ?? piece.end
        // The scanner knows the end of the input by itself.
        if hasAddedFeed, end == nil, last > first { last -= 1 }
        hasAddedFeed = false
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: piece.buffer.array(from: first, to: max(first, last)))
        start = 0
        filled = bytes.count
    }

    /// Finds where the last whole record ends; delimited text is indexed on the way.
    ///
    /// - Returns: Nil when quotes are not where they should be, so that only the scanner can tell.
    private func lastRecord(_ piece: inout TextPiece, to end: Int) -> RecordBoundary? {
        switch scanner {
        case .csv(let machine):
            piece.index.fill(
                piece.buffer, to: end, delimiter: machine.delimiter, quote: machine.quote)
        case .jsonl: piece.buffer.lastLine(to: end)
        }
    }

    /// Whether a piece has more than blank lines, which are no records.
    private func holdsRecord(_ piece: borrowing TextPiece) -> Bool {
        // In a table of one column a blank line is a record with an empty field.
        let isBare = format.kind == .csv && columnNames.count == 1
        let blanks: [UInt8] = format.kind == .csv ? [0x0A, 0x0D] : [0x0A, 0x0D, 0x20, 0x09]
        return isBare
            || piece.buffer.withSpan(from: TextBuffer.lead, to: piece.end) { text in
                text.indices.contains { !blanks.contains(text[$0]) }
            }
    }

    private func refuseLongRecord(_ length: Int) throws(TableError) {
        guard length > Self.maximumRecord else { return }
        throw TableError(
            .badRecord, file: name, line: line,
            detail: "found a record of more than \(Self.maximumRecord >> 20) MiB; "
                + "check the quotes and line ends")
    }

    /// Splits the next records into the batch.
    ///
    /// - Parameter limit: The most records to split.
    /// - Returns: Why the scanner stopped; more bytes are fetched inside.
    mutating func scanBatch(atMost limit: Int) throws(TableError) -> ScanOutcome {
        batch.removeAll(limit: limit)
        bytes.removeLast(bytes.count - filled)
        while true {
            let outcome = Self.scan(
                bytes, from: start, isFinal: isFinal, scanner: &scanner, batch: &batch)
            if batch.rowCount > 0 { hasRecords = true }
            start = batch.starts[batch.rowCount]
            switch outcome {
            case .bad(let record):
                hasRecords = true
                start = record.next
                return outcome
            case .needsMore(let from):
                // The records before it are decoded first: fetching moves the window.
                if batch.rowCount > 0 { return .full }
                start = from
                try fetch()
            case .unclosedQuote(let line, let column):
                if batch.rowCount > 0 { return .full }
                throw TableError(
                    .badRecord, file: name, line: line, column: column.map { columnNames[$0] },
                    detail: "found a quote that is not closed before the end of the file; "
                        + "close it, or check the quote character")
            case .full, .end:
                return outcome
            }
        }
    }

    /// Decodes the batch's fields with escapes; their texts go behind the window's bytes.
    mutating func unescapeBatch() {
        for place in batch.escaped {
            let from = Int(batch.bounds[place])
            let to = Int(batch.bounds[place + 1])
            batch.bounds[place] = UInt32(truncatingIfNeeded: bytes.count)
            var text: [UInt8] = []
            switch scanner {
            case .csv:
                CSVScanner.unescape(
                    bytes.span, from: from, to: to, quote: format.quote, escape: format.escape,
                    into: &text)
            case .jsonl:
                let range = JSONScanner.StringRange(start: from, end: to, hasEscapes: true)
                // The scanner decoded this text before; it cannot fail now.
                try? JSONScanner.decode(range, in: bytes.span, into: &text)
            }
            bytes.append(contentsOf: text)
            batch.bounds[place + 1] = UInt32(truncatingIfNeeded: bytes.count)
        }
    }

    private static func scan(
        _ bytes: [UInt8], from start: Int, isFinal: Bool, scanner: inout Scanner,
        batch: inout RecordBatch
    ) -> ScanOutcome {
        switch scanner {
        case .csv(var machine):
            defer { scanner = .csv(machine) }
            return machine.scan(bytes.span, from: start, isFinal: isFinal, into: &batch)
        case .jsonl(var machine):
            defer { scanner = .jsonl(machine) }
            return machine.scan(bytes.span, from: start, isFinal: isFinal, into: &batch)
        }
    }

    /// Drops what was read and adds one chunk from the source, or more to a long record.
    private mutating func fetch() throws(TableError) {
        let pending = filled - start
        try refuseLongRecord(pending)
        bytes.replaceSubrange(0..<start, with: EmptyCollection())
        start = 0
        // A long record is scanned again from its start: each time twice as much of it, so that
        // the time stays linear.
        let isLong = pending >= Self.chunkSize
        let goal = isLong ? min(pending, Self.maximumRecord - pending + Self.chunkSize) : 1
        repeat {
            let count: Int
            do throws(StreamError) {
                count = try source.read(into: &chunk)
            } catch {
                throw TableError(error)
            }
            isFinal = count == 0
            bytes.append(contentsOf: chunk[..<count])
        } while !isFinal && bytes.count < pending + goal
        filled = bytes.count
    }

    /// Skips a byte order mark, and refuses an empty file.
    private mutating func skipMark() throws(TableError) {
        while filled < 3, !isFinal { try fetch() }
        guard filled > 0 else {
            throw TableError(
                .noRecords, file: name, detail: "no records: the file is empty; leave it out")
        }
        let mark = [0xEF, 0xBB, 0xBF] as [UInt8]
        if bytes.starts(with: mark) { start = mark.count }
    }

    private mutating func readHeader(
        _ format: TableFormat, line: inout Int
    ) throws(TableError) -> [String] {
        var machine = CSVScanner(format: format, slots: [], line: line)
        while true {
            switch machine.scanHeader(bytes.span, from: start, isFinal: isFinal) {
            case .names(let names, let next):
                start = next
                line = machine.line
                // A blank line names nothing.
                if names.count == 1, names[0].isEmpty, start < filled || !isFinal { continue }
                return names.map { String(decoding: $0, as: UTF8.self) }
            case .needsMore: try fetch()
            case .bad(let reason):
                throw TableError(
                    .header, file: name, line: 1, detail: "the header is malformed: \(reason)")
            }
        }
    }

    /// Finds the wanted columns by name.
    private static func slots(
        of wanted: [String], in columns: [String], file: String
    ) throws(TableError) -> [Int] {
        var slots = Array(repeating: -1, count: columns.count)
        for (slot, name) in wanted.enumerated() {
            let places = columns.indices.filter { columns[$0] == name }
            guard let place = places.first else {
                throw TableError(
                    .header, file: file, column: name,
                    detail: "no column of this name in the header; the file has "
                        + "\(columns.count) columns; check the names and the delimiter")
            }
            guard places.count == 1 else {
                throw TableError(
                    .header, file: file, column: name,
                    detail: "the header names this column \(places.count) times; rename the others")
            }
            slots[place] = slot
        }
        return slots
    }
}
