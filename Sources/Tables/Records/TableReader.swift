// SPDX-License-Identifier: Apache-2.0

import Dispatch
public import Streams
import Synchronization

/// Reads a table of one or several files as blocks of encoded records, on several threads.
///
/// Columns are found by name, in any order, in each file anew; columns that the schema does not
/// measure are skipped. Memory does not grow with the table: a record may have 16 MiB at most. One
/// thread at a time reads a file and cuts it where records end; all of them split and encode.
///
/// The reader spends no privacy budget and its blocks are exact. Every record is encoded on its
/// own, so that adding or removing a record changes no other.
public struct TableReader: ~Copyable {
    let paths: [String]
    let plan: ReadPlan
    private let badRows: BadRows
    /// Whether a table without any record is none to complain about, as one of many shards may be.
    public var allowsEmpty = false
    /// Bytes of text handed to a worker at a time.
    var chunkSize = OpenTable.chunkSize
    /// Whether all text takes the exact way, as a reference for tests.
    var isExact = false

    /// Prepares to read.
    ///
    /// - Parameters:
    ///   - paths: The files in order; "-" is standard input. Patterns must be expanded before.
    ///   - format: How the files are written.
    ///   - schema: The columns to measure.
    ///   - unitColumn: The column whose value tells whose record it is, or nil if every record is
    ///     somebody else's. It need not be in the schema.
    ///   - badRows: What becomes of malformed records.
    /// - Throws: `TableError` when there is no path or the unit column cannot be found without a
    ///   header.
    public init(
        paths: [String], format: TableFormat, schema: Schema, unitColumn: String?, badRows: BadRows
    ) throws(TableError) {
        guard !paths.isEmpty else {
            throw TableError(.noRecords, detail: "no records: no file is given; name one or more")
        }
        let plan = try ReadPlan(format: format, schema: schema, unitColumn: unitColumn)
        self.paths = paths
        self.badRows = badRows
        self.plan = plan
    }

    /// Reads all records.
    ///
    /// - Parameters:
    ///   - workers: Threads to use, at least 1; with one, blocks come in the order of the records.
    ///   - layout: Columns and capacity of the blocks; its sizes begin with those of the schema's declared
    ///     attributes, and are no more where no domain is open.
    ///   - progress: Learns how far the reading is; may be shared with other threads.
    ///   - body: Gets the number of the worker and its block whenever that is full, and at the end; it
    ///     must empty the block. Workers call it at the same time, each with its own block.
    /// - Throws: `TableError` naming file, line and column: for unreadable bytes, a file without
    ///   records, a missing column, an unclosed quote, a record of more than 16 MiB, and for the
    ///   first bad record unless bad rows are quarantined. A record is bad if it is malformed,
    ///   has the wrong number of fields, has no unit key, or has a value that the schema refuses
    ///   or whose text has NUL bytes or is not UTF-8. What the body throws is thrown as kind
    ///   `stream`. When it returns, the quarantine file is complete.
    /// - Complexity: O(bytes); memory is `workers` times a chunk of text and a block.
    public consuming func read(
        workers: Int, layout: CodeLayout, progress: ReadProgress? = nil,
        _ body: @escaping @Sendable (Int, inout CodeBlock) throws(StreamError) -> Void
    ) throws(TableError) {
        let sizes = plan.codecs.map(\.cellCount)
        precondition(
            workers >= 1
                && (plan.open.isEmpty ? layout.sizes == sizes : layout.sizes.starts(with: sizes)))
        let crew = ReadCrew(
            paths: paths, plan: plan, aside: try BadRecords(badRows), chunkSize: chunkSize,
            isExact: isExact, allowsEmpty: allowsEmpty, progress: progress)
        progress?.expect(fileBytes: InputFiles.size(of: paths))
        if workers == 1 {
            crew.work(0, of: 1, layout: layout, body)
        } else {
            DispatchQueue.concurrentPerform(iterations: workers) { number in
                crew.work(number, of: workers, layout: layout, body)
            }
        }
        try crew.finish()
    }
}

/// What is to be read, the same for all files and workers.
struct ReadPlan: Sendable {
    let format: TableFormat
    /// Codecs and names of the attributes whose domain is declared.
    let codecs: [ColumnCodec]
    let attributeNames: [String]
    /// The domains that are to be discovered, and the names of their columns; their slots follow the others.
    let open: [OpenDomain]
    let openNames: [String]
    /// Names of all columns of a file without a header.
    let allColumns: [String]
    /// Names of the columns to find, each once; the index of a name is its slot.
    let slotNames: [String]
    /// Where the wanted values lie in a JSON record.
    let paths: JSONPaths
    /// Name and slot of the unit column, if there is one; the slot is -1 otherwise.
    let unitColumn: String?
    let unitSlot: Int
    let unitMissing: MissingValues
    /// Whether all text must be split by the scanner: escapes and comments change where records end, and
    /// a quote that is part of numbers cannot be told from them by a look at the first byte.
    let isExact: Bool
    /// For fields as they are in the file, and for fields as a scanner leaves them.
    let quickEncoders: [ColumnEncoder]
    let bareEncoders: [ColumnEncoder]

    init(format: TableFormat, schema: Schema, unitColumn: String?) throws(TableError) {
        let unitField = schema.fields.first { $0.name == unitColumn }
        if format.kind == .csv, !format.header, let unitColumn, unitField == nil {
            throw TableError(
                .header, column: unitColumn,
                detail: "the table has no header and the schema no such field; add the field")
        }
        self.format = format
        let declared = schema.fields.filter { $0.codec != nil }
        codecs = declared.compactMap(\.codec)
        attributeNames = declared.map(\.name)
        let undeclared = schema.fields.filter { $0.open != nil }
        open = undeclared.compactMap(\.open)
        openNames = undeclared.map(\.name)
        allColumns = schema.fields.map(\.name)
        var slotNames = attributeNames + openNames
        if let unitColumn {
            unitSlot = slotNames.firstIndex(of: unitColumn) ?? slotNames.count
            if unitSlot == slotNames.count { slotNames.append(unitColumn) }
        } else {
            unitSlot = -1
        }
        self.unitColumn = unitColumn
        self.slotNames = slotNames
        paths = JSONPaths(
            slotNames.map { name in
                schema.fields.first { $0.name == name }?.pointer ?? JSONPointer(member: name)
            })
        unitMissing = unitField?.missing ?? MissingValues(schema.missingValues)
        let isStrange = "0123456789+-.".utf8.contains(format.quote)
        isExact =
            format.kind == .csv && (isStrange || format.escape != nil || format.comment != nil)
        let bare: ColumnEncoder.Texts = format.kind == .jsonl ? .json : .bare
        bareEncoders = codecs.map { ColumnEncoder($0, texts: bare) }
        quickEncoders =
            format.kind == .jsonl
            ? bareEncoders : codecs.map { ColumnEncoder($0, texts: .quoted(format.quote)) }
    }
}
