// SPDX-License-Identifier: Apache-2.0

import Streams

/// The sum of sorted runs over a range of keys, as a stream, by a heap of the next key of each run.
struct RunMerge<Key: CellKey>: ~Copyable {
    /// How far one run was read.
    private struct Cursor {
        var cells: [KeyCount<Key>]
        var place = 0
        /// Blocks not yet read, the next one last.
        var blocks: [SpoolBlock]
    }

    private var cursors: [Cursor] = []
    /// Cursors with a next entry; none has a smaller key than the one at half its place.
    private var heap: [(key: Key, cursor: Int)] = []

    private let end: Key

    /// Begins a merge of the keys from `start` to below `end`.
    init(
        _ runs: [SparseRun<Key>], from start: Key = 0, to end: Key = .max,
        in file: borrowing SpoolFile
    ) throws(StreamError) {
        self.end = end
        for run in runs {
            var cursor: Cursor
            switch run {
            case .held(let cells): cursor = Cursor(cells: cells, blocks: [])
            case .spilled(let spilled):
                // From the last block that begins at or before the start.
                let first = Self.lowerBound(spilled.blocks.count) {
                    spilled.blocks[$0].first <= start
                }
                cursor = Cursor(
                    cells: [], blocks: spilled.blocks[max(0, first - 1)...].map(\.block).reversed())
                try Self.refill(&cursor, from: file)
            }
            cursor.place = Self.lowerBound(cursor.cells.count) { cursor.cells[$0].key < start }
            if cursor.place == cursor.cells.count { try Self.refill(&cursor, from: file) }
            guard cursor.place < cursor.cells.count else { continue }
            heap.append((cursor.cells[cursor.place].key, cursors.count))
            cursors.append(cursor)
        }
        // Ascending keys are a heap.
        heap.sort { $0.key < $1.key }
    }

    /// The first of some ascending places that is not below a bound.
    private static func lowerBound(_ count: Int, _ isBelow: (Int) -> Bool) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if isBelow(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The next entries, at most some; none at the end.
    mutating func next(
        _ most: Int, from file: borrowing SpoolFile
    ) throws(StreamError) -> [KeyCount<Key>] {
        var sum: [KeyCount<Key>] = []
        sum.reserveCapacity(min(most, 1 << 16))
        while let top = heap.first, top.key < end {
            let index = top.cursor
            let place = cursors[index].place
            let count = cursors[index].cells[place].count
            if let last = sum.last, last.key == top.key {
                sum[sum.count - 1].count += count
            } else {
                // A key is handed on whole.
                if sum.count == most { break }
                sum.append(KeyCount(key: top.key, count: count))
            }
            cursors[index].place = place + 1
            if place + 1 == cursors[index].cells.count {
                try Self.refill(&cursors[index], from: file)
            }
            if cursors[index].place < cursors[index].cells.count {
                sink((cursors[index].cells[cursors[index].place].key, index))
            } else if let last = heap.popLast(), !heap.isEmpty {
                sink(last)
            }
        }
        return sum
    }

    /// Puts an entry in the place of the first one and moves it down to where it belongs.
    private mutating func sink(_ entry: (key: Key, cursor: Int)) {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].key < heap[child].key { child += 1 }
            guard heap[child].key < entry.key else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = entry
    }

    private static func refill(
        _ cursor: inout Cursor, from file: borrowing SpoolFile
    ) throws(StreamError) {
        cursor.place = 0
        cursor.cells.removeAll(keepingCapacity: true)
        guard let block = cursor.blocks.popLast() else { return }
        let count = block.count / MemoryLayout<KeyCount<Key>>.stride
        cursor.cells = Array(repeating: KeyCount(key: 0, count: 0), count: count)
        var failure: StreamError?
        unsafe cursor.cells.withUnsafeMutableBytes { bytes in
            do throws(StreamError) {
                try unsafe file.read(block, into: bytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
