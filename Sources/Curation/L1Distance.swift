// SPDX-License-Identifier: Apache-2.0

import Streams

/// `Σ |2^g x − m|` over the cells that occur in a tally or in synthetic counts, both by ascending keys.
final class L1Distance {
    private let synthetic: SyntheticCounts
    private let bits: Int128
    /// The next cells of the synthetic counts.
    private var cells: [CellCount]
    private var place = 0
    /// What gives those behind them, where not all of them are held.
    private var merge: RunMerge<UInt64>?
    private var sum: Int128 = 0

    init(_ synthetic: SyntheticCounts, bits: Int) throws(StreamError) {
        self.synthetic = synthetic
        self.bits = Int128(bits)
        cells = synthetic.held
        guard let spill = synthetic.spill else { return }
        cells = []
        merge = try RunMerge(synthetic.runs + [.held(synthetic.held)], in: spill.file)
        try refill()
    }

    private func refill() throws(StreamError) {
        place = 0
        cells = []
        guard let spill = synthetic.spill else { return }
        cells = try merge?.next(SparseRun<UInt64>.chunk, from: spill.file) ?? []
    }

    /// Takes the next cell that occurs in the tally, and the synthetic ones before it.
    func add(_ key: UInt64, _ exact: Int64) throws(StreamError) {
        try skip(below: key)
        var difference = Int128(exact) << bits
        if place < cells.count, cells[place].key == key {
            difference -= Int128(synthetic.scaled(cells[place].count))
            place += 1
        }
        sum += difference < 0 ? -difference : difference
    }

    /// The sum, with the synthetic cells behind the last one of the tally.
    func finish() throws(StreamError) -> Int128 {
        try skip(below: .max)
        return sum
    }

    private func skip(below key: UInt64) throws(StreamError) {
        while true {
            while place < cells.count, cells[place].key < key {
                sum += Int128(synthetic.scaled(cells[place].count).magnitude)
                place += 1
            }
            guard place == cells.count, merge != nil else { return }
            try refill()
            if cells.isEmpty { merge = nil }
        }
    }
}
