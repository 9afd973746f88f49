// SPDX-License-Identifier: Apache-2.0

import Streams
import Synchronization
import Tables

/// Public sizes of the temporary memory of curation, for plans.
public enum CodeSpoolFacts {
    /// Records of a block.
    public static let blockRows = CodeSpool.blockRows
    /// Bytes that a thread keeps for the partitions of units, for the one it bounds and for its sketch.
    public static let unitBytes = 25 << 20
    /// Bytes that all threads together take to count marginals of more cells than are counted densely.
    public static let sparseBytes = CodeSpool.sparseBytes
}

/// Bounded records of one part as blocks of codes in a private file.
///
/// Holds exact data; it never leaves this room. Several threads write it, each with its own
/// `SpoolWriter`, and read it.
final class CodeSpool: Sendable {
    /// Records of a block.
    static let blockRows = 16_384

    /// A block and how many of its places are records.
    struct Entry {
        let block: SpoolBlock
        let rows: Int
    }

    /// How the codes of a block lie.
    let layout: CodeLayout
    private let file: SpoolFile
    private let entries = Mutex<[Entry]>([])
    private let directory: String
    private let encrypted: Bool

    /// Creates an empty spool.
    init(sizes: [Int], in directory: String, encrypted: Bool) throws(StreamError) {
        self.directory = directory
        self.encrypted = encrypted
        file = try SpoolFile(in: directory, encrypted: encrypted)
        layout = CodeLayout(sizes: sizes, capacity: Self.blockRows)
    }

    /// Cells of each attribute.
    var sizes: [Int] { layout.sizes }

    /// A further private file under the same rules, for what a pass over the records spills.
    func scratchFile() throws(StreamError) -> SpoolFile {
        try SpoolFile(in: directory, encrypted: encrypted)
    }

    /// An empty spool under the same rules, of other columns.
    func sibling(sizes: [Int]) throws(StreamError) -> CodeSpool {
        try CodeSpool(sizes: sizes, in: directory, encrypted: encrypted)
    }

    /// Writes a block; any thread may.
    func append(_ block: borrowing CodeBlock) throws(StreamError) {
        guard block.rowCount > 0 else { return }
        // In bounds: the layout is the block's.
        let bytes = unsafe UnsafeRawBufferPointer(start: block.codes, count: layout.byteCount)
        let entry = Entry(block: unsafe try file.append(bytes), rows: block.rowCount)
        entries.withLock { $0.append(entry) }
    }

    /// The blocks, in no meaningful order.
    var blocks: [Entry] { entries.withLock { $0 } }

    /// How many records there are: exact, for planning passes only.
    var rowCount: Int { blocks.reduce(0) { $0 + $1.rows } }

    /// Reads a block; any thread may.
    func read(_ entry: Entry, into block: inout CodeBlock) throws(StreamError) {
        precondition(block.layout == layout)
        // In bounds: the layouts are equal.
        try unsafe file.read(
            entry.block,
            into: UnsafeMutableRawBufferPointer(start: block.codes, count: layout.byteCount))
        block.rowCount = entry.rows
    }
}

/// One thread's way into a spool.
struct SpoolWriter: ~Copyable {
    private let spool: CodeSpool
    private var pending: CodeBlock

    init(_ spool: CodeSpool) {
        self.spool = spool
        pending = CodeBlock(layout: spool.layout)
    }

    /// Appends some rows of a block.
    ///
    /// - Parameters:
    ///   - block: A block of the same columns.
    ///   - rows: Which rows.
    mutating func append(_ block: borrowing CodeBlock, rows: [Int32]) throws(StreamError) {
        var taken = 0
        while taken < rows.count {
            let count = min(rows.count - taken, CodeSpool.blockRows - pending.rowCount)
            for column in spool.sizes.indices {
                let source = unsafe block.codes + block.layout.offsets[column]
                let target = unsafe pending.codes + pending.layout.offsets[column]
                // In bounds: the rows are the block's, and there is room for `count`.
                if spool.layout.isNarrow(column) {
                    unsafe Self.gather(
                        source.assumingMemoryBound(to: UInt8.self), rows, from: taken,
                        count: count,
                        to: target.assumingMemoryBound(to: UInt8.self) + pending.rowCount)
                } else {
                    unsafe Self.gather(
                        source.assumingMemoryBound(to: UInt16.self), rows, from: taken,
                        count: count,
                        to: target.assumingMemoryBound(to: UInt16.self) + pending.rowCount)
                }
            }
            pending.rowCount += count
            taken += count
            if pending.rowCount == CodeSpool.blockRows { try flush() }
        }
    }

    @inline(__always)
    @unsafe
    private static func gather<Code>(
        _ source: UnsafePointer<Code>, _ rows: [Int32], from first: Int, count: Int,
        to target: UnsafeMutablePointer<Code>
    ) {
        for index in 0..<count { unsafe target[index] = source[Int(rows[first + index])] }
    }

    /// Appends one record, row-major.
    mutating func append(record: ArraySlice<UInt16>) throws(StreamError) {
        for (column, code) in record.enumerated() {
            pending.set(Int(code), column: column, row: pending.rowCount)
        }
        pending.rowCount += 1
        if pending.rowCount == CodeSpool.blockRows { try flush() }
    }

    /// Writes what is pending.
    mutating func flush() throws(StreamError) {
        try spool.append(pending)
        pending.removeAll()
    }
}
