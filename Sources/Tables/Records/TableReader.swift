// SPDX-License-Identifier: Apache-2.0

/// Reads a table of one or several files as a stream of encoded records.
///
/// Columns are found by name, in any order, in each file anew; columns that the schema does not
/// measure are skipped. Memory does not grow with the table: a record may have 16 MiB at most.
///
/// The reader spends no privacy budget and its blocks are exact. Every record is encoded on its
/// own, so that adding or removing a record changes no other.
public struct TableReader: ~Copyable {
    private let paths: [String]
    private let format: TableFormat
    private let codecs: [ColumnCodec]
    private let attributeNames: [String]
    private let allColumns: [String]
    /// Names of the columns to find, each once; the index of a name is its slot.
    private let slotNames: [String]
    /// Slot of each measured column.
    private let attributeSlots: [Int]
    private let unitColumn: String?
    private let unitSlot: Int
    private let unitMissing: MissingValues

    private var nextPath: Int
    private var table: OpenTable?
    private var quarantine: Quarantine?
    private var hasDelivered: Bool
    private var refused: [Int]
    /// Bytes asked for at a time.
    var chunkSize = OpenTable.chunkSize

    /// Prepares to read.
    ///
    /// - Parameters:
    ///   - paths: The files in order; "-" is standard input. Patterns must be expanded before.
    ///   - format: How the files are written.
    ///   - schema: The columns to measure.
    ///   - unitColumn: The column whose value tells whose record it is, or nil if every record is
    ///     somebody else's. It need not be in the schema.
    ///   - badRows: What becomes of malformed records.
    /// - Throws: `TableError` when there is no path, the unit column cannot be found without a
    ///   header, or the quarantine file cannot be created.
    public init(
        paths: [String], format: TableFormat, schema: Schema, unitColumn: String?, badRows: BadRows
    ) throws(TableError) {
        guard !paths.isEmpty else {
            throw TableError(.noRecords, detail: "no records: no file is given; name one or more")
        }
        let unitField = schema.fields.first { $0.name == unitColumn }
        if format.kind == .csv, !format.header, let unitColumn, unitField == nil {
            throw TableError(
                .header, column: unitColumn,
                detail: "the table has no header and the schema no such field; add the field")
        }
        quarantine = try Self.openQuarantine(badRows)
        table = nil
        nextPath = 0
        hasDelivered = false
        refused = []
        self.paths = paths
        self.format = format
        self.unitColumn = unitColumn
        codecs = schema.codecs
        attributeNames = schema.attributeNames
        allColumns = schema.fields.map(\.name)
        var slotNames = schema.attributeNames
        attributeSlots = Array(slotNames.indices)
        if let unitColumn {
            unitSlot = slotNames.firstIndex(of: unitColumn) ?? slotNames.count
            if unitSlot == slotNames.count { slotNames.append(unitColumn) }
        } else {
            unitSlot = -1
        }
        self.slotNames = slotNames
        unitMissing = unitField?.missing ?? MissingValues(schema.missingValues)
    }

    private static func openQuarantine(_ badRows: BadRows) throws(TableError) -> Quarantine? {
        guard case .quarantine(let path) = badRows else { return nil }
        return try Quarantine(path: path)
    }

    /// Fills a block with the next records.
    ///
    /// - Parameter block: Its records are replaced; its column count must be the schema's.
    /// - Returns: False when no record is left; the block is empty then, and the quarantine file
    ///   is complete.
    /// - Throws: `TableError` naming file, line and column: for unreadable bytes, a file without
    ///   records, a missing column, an unclosed quote, a record of more than 16 MiB, and for the
    ///   first bad record unless bad rows are quarantined. A record is bad if it is malformed,
    ///   has the wrong number of fields, has no unit key, or has a value that the schema refuses
    ///   or whose text has NUL bytes or is not UTF-8. After an error the reader is useless.
    public mutating func next(into block: inout RecordBlock) throws(TableError) -> Bool {
        precondition(block.columnCount == codecs.count)
        block.removeAll()
        while block.rowCount < block.capacity {
            if table == nil {
                guard nextPath < paths.count else { break }
                table = try OpenTable.opening(
                    paths[nextPath], format: format, wanted: slotNames,
                    allColumns: allColumns, chunkSize: chunkSize)
                nextPath += 1
            }
            try advance(&block)
        }
        if block.rowCount > 0 {
            hasDelivered = true
            return true
        }
        // Without it nobody could see why there is no record left.
        if let quarantine = quarantine.take() { try quarantine.finish() }
        guard hasDelivered else {
            throw TableError(
                .noRecords, file: paths[0],
                detail: "no records: every record was set aside; see the quarantine file")
        }
        return false
    }

    /// Decodes one batch of the open file into the block.
    private mutating func advance(_ block: inout RecordBlock) throws(TableError) {
        guard var open = table.take() else { return }
        let room = block.capacity - block.rowCount
        let outcome = try open.scanBatch(atMost: room)
        open.unescapeBatch()
        try decode(open, into: &block)
        switch outcome {
        case .bad(let record):
            let column = record.column.map { open.columnNames[$0] }
            let error = TableError(
                .badRecord, file: open.name, line: record.line, column: column,
                detail: record.reason)
            try setAside(open.bytes[record.start..<record.end], error)
        case .end:
            guard open.hasRecords else {
                throw TableError(
                    .noRecords, file: open.name,
                    detail: "no records: the file has a header at most; leave it out")
            }
            return
        default: break
        }
        table = consume open
    }

    /// Encodes a batch and drops its bad records.
    private mutating func decode(
        _ open: borrowing OpenTable, into block: inout RecordBlock
    ) throws(TableError) {
        let rowCount = open.batch.rowCount
        guard rowCount > 0 else { return }
        var faults: [Int: TableError] = [:]
        for attribute in codecs.indices {
            refused.removeAll(keepingCapacity: true)
            codecs[attribute].encodeColumn(
                open.bytes, batch: open.batch, slot: attributeSlots[attribute],
                into: &block.codes, at: attribute * block.capacity + block.rowCount,
                refused: &refused)
            for row in refused where faults[row] == nil {
                faults[row] = refusal(of: attribute, row: row, open)
            }
        }
        if unitSlot >= 0 {
            for row in 0..<rowCount where faults[row] == nil && !hasUnitKey(row: row, open) {
                faults[row] = TableError(
                    .badRecord, file: open.name, line: open.batch.lines[row], column: unitColumn,
                    detail: "found no unit key, expected one in every record; fill it in")
            }
        }
        for row in faults.keys.sorted() {
            guard let fault = faults[row] else { continue }
            let record = open.bytes[open.batch.starts[row]..<open.batch.starts[row + 1]]
            try setAside(record, fault)
        }
        append(open, without: faults, to: &block)
    }

    /// Counts the good records of a batch in, after closing the gaps that bad ones left.
    private func append(
        _ open: borrowing OpenTable, without faults: [Int: TableError],
        to block: inout RecordBlock
    ) {
        let first = block.rowCount
        for row in 0..<open.batch.rowCount where faults.isEmpty || faults[row] == nil {
            if !faults.isEmpty, block.rowCount < first + row {
                for column in 0..<block.columnCount {
                    let base = column * block.capacity
                    block.codes[base + block.rowCount] = block.codes[base + first + row]
                }
            }
            if unitSlot >= 0 {
                let place = (row * open.batch.slotCount + unitSlot) * 2
                let (start, end) = (open.batch.bounds[place], open.batch.bounds[place + 1])
                block.unitKeys.append(contentsOf: open.bytes[Int(start)..<Int(end)])
                block.unitEnds.append(block.unitKeys.count)
            }
            block.rowCount += 1
        }
    }

    private func hasUnitKey(row: Int, _ open: borrowing OpenTable) -> Bool {
        let place = (row * open.batch.slotCount + unitSlot) * 2
        let start = open.batch.bounds[place]
        let end = open.batch.bounds[place + 1]
        guard start < RecordBatch.marks, start < end else { return false }
        return !unitMissing.contains(open.bytes.span, from: Int(start), to: Int(end))
    }

    /// Says why a field was refused, without quoting it.
    private func refusal(
        of attribute: Int, row: Int, _ open: borrowing OpenTable
    ) -> TableError {
        let place = (row * open.batch.slotCount + attributeSlots[attribute]) * 2
        let start = open.batch.bounds[place]
        let codec = codecs[attribute]
        var found = start == RecordBatch.absent ? "a missing value" : "a boolean"
        if start < RecordBatch.marks {
            let text = Array(open.bytes[Int(start)..<Int(open.batch.bounds[place + 1])])
            found = codec.kindFound(text.span)
        }
        return TableError(
            .badRecord, file: open.name, line: open.batch.lines[row],
            column: attributeNames[attribute],
            detail: "found \(found), expected \(codec.expectation); correct the record, or set "
                + "\"outside\" or the bad rows in the release to let it pass")
    }

    /// Puts a bad record into quarantine, or throws its fault if there is none.
    private mutating func setAside(
        _ record: ArraySlice<UInt8>, _ fault: TableError
    ) throws(TableError) {
        guard var open = quarantine.take() else { throw fault }
        try open.add(record, reason: fault)
        quarantine = consume open
    }
}
