// SPDX-License-Identifier: Apache-2.0

/// Records of a found table with the exact place of each value in its cell.
public struct FoundRecords: Sendable {
    /// How many records there are.
    public internal(set) var rowCount = 0
    /// For each attribute the cell of each record; -1 where the value fits none or the column is gone.
    public internal(set) var codes: [[Int32]]
    /// For each attribute the position in the cell; -1 where the text cannot have been written there.
    public internal(set) var positions: [[Int32]]

    /// Creates an empty block.
    ///
    /// - Parameter attributeCount: Attributes of the schema.
    public init(attributeCount: Int) {
        codes = [[Int32]](repeating: [], count: attributeCount)
        positions = codes
    }
}

/// Reads a table that was found somewhere: columns may be gone, records may be broken.
///
/// It is for tracing copies of released tables, which are public; it takes no part in a release.
public struct FoundTableReader: ~Copyable {
    private var table: OpenTable?
    private let codecs: [ColumnCodec]
    /// Slot of each attribute in the file, or -1.
    private let slots: [Int]
    /// Names of the attributes that the table still has.
    public let presentColumns: [String]

    /// Opens a found table.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - format: How it is written.
    ///   - schema: The schema of the releases that it may come from.
    /// - Throws: `TableError` when it cannot be read.
    public init(path: String, format: TableFormat, schema: Schema) throws(TableError) {
        guard path != "-" else {
            throw TableError(
                .format, detail: "a found table is read twice; give a file, not standard input")
        }
        var present = schema.attributeNames
        if format.kind == .csv, format.header {
            let header = try OpenTable.opening(
                path, format: format, wanted: [], allColumns: schema.fields.map(\.name))
            let names = Set(header.columnNames)
            present = present.filter(names.contains)
        }
        let opened = try OpenTable.opening(
            path, format: format, wanted: present, allColumns: schema.fields.map(\.name))
        slots = schema.attributeNames.map { present.firstIndex(of: $0) ?? -1 }
        presentColumns = present
        codecs = schema.codecs
        table = consume opened
    }

    /// Reads the next records; broken ones are skipped.
    ///
    /// - Parameter block: Its records are replaced.
    /// - Returns: False when no record is left.
    /// - Throws: `TableError` when the file cannot be read on.
    public mutating func next(into block: inout FoundRecords) throws(TableError) -> Bool {
        block = FoundRecords(attributeCount: codecs.count)
        while block.rowCount == 0 {
            guard var open = table.take() else { return false }
            let outcome = try open.scanBatch(atMost: 4096)
            open.unescapeBatch()
            decode(open, into: &block)
            if case .end = outcome { return block.rowCount > 0 }
            table = consume open
        }
        return true
    }

    private func decode(_ open: borrowing OpenTable, into block: inout FoundRecords) {
        let rows = open.batch.rowCount
        for attribute in codecs.indices {
            var codes = [Int32](repeating: -1, count: rows)
            var positions = codes
            let slot = slots[attribute]
            for row in 0..<(slot < 0 ? 0 : rows) {
                let place = (row * open.batch.slotCount + slot) * 2
                let start = open.batch.bounds[place]
                // Marks stand for absent values and JSON booleans, which have no place in a bin.
                guard start < RecordBatch.marks else {
                    codes[row] = Int32(codecs[attribute].codeOfMark(start))
                    continue
                }
                let text = Array(open.bytes[Int(start)..<Int(open.batch.bounds[place + 1])])
                let code = codecs[attribute].encode(text.span)
                guard code >= 0 else { continue }
                codes[row] = Int32(code)
                if let position = codecs[attribute].position(of: text.span, in: code) {
                    positions[row] = Int32(position)
                }
            }
            block.codes[attribute] = codes
            block.positions[attribute] = positions
        }
        block.rowCount = rows
    }
}
