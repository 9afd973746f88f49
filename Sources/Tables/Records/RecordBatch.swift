// SPDX-License-Identifier: Apache-2.0

/// Where the wanted fields of some records lie in a buffer, as a scanner found them.
///
/// A scanner splits many records first; then each column is decoded in a loop of its own. That
/// keeps both loops small, and the decision how to decode a column outside of them.
struct RecordBatch {
    /// Marks in place of a field's bounds for values that have no text.
    static let absent: UInt32 = .max
    static let isTrue: UInt32 = .max - 1
    static let isFalse: UInt32 = .max - 2
    /// The smallest mark; no buffer reaches so far.
    static let marks: UInt32 = .max - 2

    /// How many fields of a record are wanted.
    let slotCount: Int
    /// The most records that the batch can hold.
    let capacity: Int
    /// The most records that it shall hold now.
    private(set) var limit: Int
    /// First and last-but-one byte of each field: `bounds[(row * slotCount + slot) * 2]` and `+ 1`.
    var bounds: [UInt32]
    var rowCount = 0
    /// First byte of each record, and one more for the byte after the last record.
    var starts: [Int]
    /// Physical line on which each record begins.
    var lines: [Int]
    /// Indices into `bounds` (of the first of two) of fields that still have their escapes.
    var escaped: [Int] = []

    init(slotCount: Int, capacity: Int) {
        self.slotCount = slotCount
        self.capacity = capacity
        limit = capacity
        bounds = Array(repeating: Self.absent, count: slotCount * capacity * 2)
        starts = Array(repeating: 0, count: capacity + 1)
        lines = Array(repeating: 0, count: capacity)
    }

    mutating func removeAll(limit: Int) {
        rowCount = 0
        self.limit = min(limit, capacity)
        escaped.removeAll(keepingCapacity: true)
    }

    /// Takes back the fields of a record that turned out bad.
    mutating func dropEscapes(ofRow row: Int) {
        let first = row * slotCount * 2
        while let last = escaped.last, last >= first { escaped.removeLast() }
    }
}

/// A record that could not be split into fields.
struct BadRecord: Equatable {
    /// Bounds of its bytes, without the line end.
    var start: Int
    var end: Int
    /// Where the next record begins.
    var next: Int
    /// Physical line on which it begins.
    var line: Int
    /// Position of the column at fault, if one is.
    var column: Int?
    /// What was found and what was expected.
    var reason: String
}

/// Why a scanner stopped.
enum ScanOutcome: Equatable {
    /// The batch holds as many records as it may.
    case full
    /// The record that begins at this index goes on beyond the buffer.
    case needsMore(from: Int)
    /// The input is at its end.
    case end
    /// A record is malformed; the next one begins behind it.
    case bad(BadRecord)
    /// A quote, which opens on this line, is open when the input ends; what it swallowed cannot be
    /// told from records.
    case unclosedQuote(line: Int, column: Int?)
}
