// SPDX-License-Identifier: Apache-2.0

/// The values of an open column of some records: exact, like the block that holds them.
public struct OpenColumn: Sendable {
    /// What each value is.
    public private(set) var values: [OpenValue] = []
    /// The bytes of those that are texts, one after the other.
    public private(set) var bytes: [UInt8] = []
    /// Where each record's text ends in `bytes`.
    public private(set) var ends: [Int] = []

    /// The text of a record; empty where its value is none.
    ///
    /// - Parameter row: The record.
    public func text(_ row: Int) -> ArraySlice<UInt8> {
        bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]]
    }

    mutating func append(_ value: OpenValue, text: [UInt8]) {
        values.append(value)
        if value == .text { bytes.append(contentsOf: text) }
        ends.append(bytes.count)
    }

    /// Appends some records of another column.
    mutating func append(_ other: OpenColumn, keeping isKept: (Int) -> Bool) {
        for row in other.values.indices where isKept(row) {
            values.append(other.values[row])
            bytes.append(contentsOf: other.text(row))
            ends.append(bytes.count)
        }
    }

    mutating func removeAll() {
        values.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}

extension Schema {
    /// Cells of the columns of a block that is read under this schema: those of the declared attributes in
    /// their order, then four words for each 64 bits that an open attribute needs.
    ///
    /// What an open attribute's words hold is the caller's affair; the reader leaves them alone and gives
    /// the values themselves, in `CodeBlock.open`.
    ///
    /// - Parameter words: How many words each open attribute has, in their order.
    public func blockSizes(words: [Int]) -> [Int] {
        measured.compactMap { fields[$0].codec?.cellCount }
            + words.flatMap { Array(repeating: 65_536, count: $0) }
    }
}
