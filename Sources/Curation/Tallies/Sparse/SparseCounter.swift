// SPDX-License-Identifier: Apache-2.0

import Streams
import Tables

/// Counts the cells of one clique that occur, in a fixed amount of memory: one thread's part of a
/// sparse tally.
///
/// Keys of records are collected, sorted and counted a batch at a time. Where few cells occur, the counts of
/// a batch are added to those held so far; where many do, so that adding would not make them
/// fewer, the older ones are spilled as a sorted run. `RunMerge` adds all runs up.
///
/// Sorting was chosen over hash tables in several passes. A table that does not fit the cache
/// costs a miss a record, while a radix sort streams; it needs no second reading of the spool however
/// many cells occur, as a table by ranges of keys would for every memory-full of them; its time
/// does not depend on how keys fall; and the result has to be sorted anyway.
@safe
struct SparseCounter<Key: CellKey>: ~Copyable {
    private let attributes: [Int]
    private let sizes: [Int]
    private let maps: [[UInt16]?]
    private let bits: Int
    /// Keys that make a batch.
    private let capacity: Int
    /// Room for a batch and the block that completes it, twice.
    private let keys: UnsafeMutablePointer<Key>
    private let scratch: UnsafeMutablePointer<Key>
    private var count = 0
    private var held: [KeyCount<Key>] = []
    private var runs: [SparseRun<Key>] = []

    /// Bytes for each key of a batch: the key twice, its entry, and the entries that it is merged with.
    static var bytesPerKey: Int {
        2 * MemoryLayout<Key>.stride + 3 * MemoryLayout<KeyCount<Key>>.stride
    }

    /// Makes a counter.
    ///
    /// - Parameters:
    ///   - attributes: The clique's attributes, the first one most significant; the cells of all that
    ///     occur fit into a key and are not its largest value.
    ///   - sizes: Cells of each attribute, after merging.
    ///   - maps: Merged codes, see `MixedRadix`.
    ///   - capacity: Keys that make a batch.
    init(_ attributes: [Int], sizes: [Int], maps: [[UInt16]?], capacity: Int) {
        self.attributes = attributes
        self.sizes = sizes
        self.maps = maps
        self.capacity = capacity
        bits = Self.bits(attributes.map { sizes[$0] })
        unsafe keys = .allocate(capacity: capacity + CodeSpool.blockRows)
        unsafe scratch = .allocate(capacity: capacity + CodeSpool.blockRows)
    }

    deinit {
        unsafe keys.deallocate()
        unsafe scratch.deallocate()
    }

    /// Bits of the largest key.
    private static func bits(_ sizes: [Int]) -> Int {
        var cells: Key = 1
        for size in sizes {
            let (product, isWider) = cells.multipliedReportingOverflow(by: Key(size))
            if isWider { return Key.bitWidth }
            cells = product
        }
        return Key.bitWidth - (cells - 1).leadingZeroBitCount
    }

    /// Counts a block.
    ///
    /// - Parameters:
    ///   - block: The records, at most `CodeSpool.blockRows`.
    ///   - file: Gets what memory does not hold.
    mutating func add(
        _ block: borrowing CodeBlock, spillingTo file: borrowing SpoolFile
    ) throws(StreamError) {
        // In bounds: fewer keys than a batch are waiting, and there is room for a block behind it.
        unsafe MixedRadix.place(
            attributes, of: block, sizes: sizes, maps: maps, into: keys + count)
        count += block.rowCount
        guard count >= capacity else { return }
        let batch = takeBatch()
        if held.count >= capacity / 2 {
            runs.append(.spilled(try .init(held, to: file)))
            held = batch
        } else {
            held = held.merged(with: batch)
        }
    }

    /// The runs of everything that was counted.
    consuming func finish() -> [SparseRun<Key>] {
        let batch = takeBatch()
        return runs + [held, batch].filter { !$0.isEmpty }.map { .held($0) }
    }

    private mutating func takeBatch() -> [KeyCount<Key>] {
        // In bounds: as above.
        let sorted = unsafe RadixSort.sort(keys, scratch: scratch, count: count, bits: bits)
        let cells = unsafe [KeyCount<Key>](sorted: sorted, count: count)
        count = 0
        return cells
    }
}
