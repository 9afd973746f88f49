// SPDX-License-Identifier: Apache-2.0

/// How the codes of some records lie in memory: a column at a time, one byte a code where the column
/// has at most 256 cells and two bytes where it has more.
public struct CodeLayout: Sendable, Equatable {
    /// Cells of each column.
    public let sizes: [Int]
    /// Records that a block has room for.
    public let capacity: Int
    /// Where each column begins, in bytes; a multiple of 16.
    public let offsets: [Int]
    /// Bytes of a block.
    public let byteCount: Int

    /// Lays columns out.
    ///
    /// - Parameters:
    ///   - sizes: Cells of each column, 1...65,536.
    ///   - capacity: Records that a block has room for, at least 1.
    public init(sizes: [Int], capacity: Int) {
        precondition(capacity >= 1 && sizes.allSatisfy { (1...65_536).contains($0) })
        self.sizes = sizes
        self.capacity = capacity
        var offset = 0
        var offsets: [Int] = []
        for size in sizes {
            offsets.append(offset)
            offset += (capacity * (size <= 256 ? 1 : 2) + 15) & ~15
        }
        self.offsets = offsets
        byteCount = offset
    }

    /// Whether a column's codes have one byte.
    ///
    /// - Parameter column: The column.
    @inlinable
    public func isNarrow(_ column: Int) -> Bool { sizes[column] <= 256 }
}

/// Encoded records, a column at a time; made once and filled again and again.
///
/// A block holds exact values of real records.
@safe
public struct CodeBlock: ~Copyable, @unchecked Sendable {
    /// Where the columns lie.
    public let layout: CodeLayout
    /// How many records the block holds now.
    public var rowCount = 0
    /// The raw bytes of the unit column of all records, one after the other; empty without one.
    public internal(set) var unitKeys: [UInt8] = []
    /// Where each record's unit key ends in `unitKeys`; empty without a unit column.
    public internal(set) var unitEnds: [Int] = []
    /// The values of the columns whose domains are to be discovered, in the order of the schema; empty where
    /// all are declared.
    public internal(set) var open: [OpenColumn] = []
    /// A number that no record of another block has been given: records of this block count from it.
    public internal(set) var firstNumber: UInt64 = 0
    /// The codes.
    ///
    /// Sendable is safe: the block is their one owner.
    @unsafe public let codes: UnsafeMutableRawPointer

    /// Makes an empty block.
    ///
    /// - Parameter layout: Where the columns lie.
    public init(layout: CodeLayout) {
        self.layout = layout
        unsafe codes = .allocate(byteCount: layout.byteCount + 64, alignment: 64)
        unsafe codes.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount + 64)
    }

    deinit { unsafe codes.deallocate() }

    /// The code of a record in a column.
    ///
    /// - Parameters:
    ///   - column: The column.
    ///   - row: The record.
    public func code(column: Int, row: Int) -> Int {
        precondition(row >= 0 && row < layout.capacity)
        let first = unsafe codes + layout.offsets[column]
        return layout.isNarrow(column)
            ? unsafe Int(first.load(fromByteOffset: row, as: UInt8.self))
            : unsafe Int(first.load(fromByteOffset: 2 * row, as: UInt16.self))
    }

    /// Changes the code of a record in a column.
    ///
    /// - Parameters:
    ///   - code: The code, below the column's size.
    ///   - column: The column.
    ///   - row: The record.
    public mutating func set(_ code: Int, column: Int, row: Int) {
        precondition(row >= 0 && row < layout.capacity && code < layout.sizes[column])
        let first = unsafe codes + layout.offsets[column]
        if layout.isNarrow(column) {
            unsafe first.storeBytes(
                of: UInt8(truncatingIfNeeded: code), toByteOffset: row, as: UInt8.self)
        } else {
            unsafe first.storeBytes(
                of: UInt16(truncatingIfNeeded: code), toByteOffset: 2 * row, as: UInt16.self)
        }
    }

    /// Copies one record over another.
    mutating func move(row source: Int, to target: Int) {
        for column in layout.sizes.indices {
            set(code(column: column, row: source), column: column, row: target)
        }
    }

    /// Forgets the records and keeps the memory.
    public mutating func removeAll() {
        rowCount = 0
        unitKeys.removeAll(keepingCapacity: true)
        unitEnds.removeAll(keepingCapacity: true)
        for index in open.indices { open[index].removeAll() }
    }
}
