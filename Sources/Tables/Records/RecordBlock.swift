// SPDX-License-Identifier: Apache-2.0

/// Encoded records, a column at a time.
///
/// A block holds exact values of real records. It is made once and filled again and again, so
/// that memory does not grow with the table.
public struct RecordBlock: Sendable {
    /// How many records the block holds now.
    public var rowCount: Int
    /// How many it can hold.
    public let capacity: Int
    /// How many measured columns there are; a column's index is its attribute index.
    public let columnCount: Int
    /// The codes, column-major: `codes[column * capacity + row]`.
    public var codes: [UInt16]
    /// The raw bytes of the unit column of all records, one after the other; empty without one.
    public var unitKeys: [UInt8]
    /// Where each record's unit key ends in `unitKeys`; empty without a unit column.
    public var unitEnds: [Int]

    /// Makes an empty block.
    ///
    /// - Parameters:
    ///   - capacity: The most records it shall hold, at least 1.
    ///   - columnCount: Measured columns of the schema.
    public init(capacity: Int, columnCount: Int) {
        precondition(capacity >= 1 && columnCount >= 0)
        rowCount = 0
        self.capacity = capacity
        self.columnCount = columnCount
        codes = Array(repeating: 0, count: capacity * columnCount)
        unitKeys = []
        unitEnds = []
    }

    /// Forgets the records and keeps the memory.
    public mutating func removeAll() {
        rowCount = 0
        unitKeys.removeAll(keepingCapacity: true)
        unitEnds.removeAll(keepingCapacity: true)
    }
}
