// SPDX-License-Identifier: Apache-2.0

import Streams

/// Counts of a fixed synthetic table over one clique: the cells that occur; all others count 0.
///
/// Memory holds `heldCells` of them; more are spilled as sorted runs to a private file.
public struct SyntheticCounts: Sendable {
    /// Cells that occur and are held in memory at most.
    public static let heldCells = 1 << 20

    /// The file of what was spilled.
    final class Spill: Sendable {
        let file: SpoolFile

        init(in directory: String) throws(StreamError) {
            file = try SpoolFile(in: directory, encrypted: false)
        }
    }

    private let directory: String
    /// Ascending keys.
    private(set) var held: [CellCount] = []
    private(set) var runs: [SparseRun] = []
    private(set) var spill: Spill?
    /// The largest key.
    private(set) var largest: UInt64 = 0
    /// What counts are multiplied with, and then rounded.
    private var factor = 1.0

    /// Counts of records that will be added; none yet.
    ///
    /// - Parameter directory: A folder on a local disk for what memory does not hold.
    public init(spillingTo directory: String) { self.directory = directory }

    /// Counts of cells.
    ///
    /// - Parameter counts: Row-major over the clique, last attribute fastest.
    public init(dense counts: [Int64]) {
        directory = ""
        held = Tally(counts).entries
        largest = held.last?.key ?? 0
    }

    /// Adds records.
    ///
    /// - Parameter keys: The cell of each record: its place in row-major order.
    /// - Throws: `CurationError.stream` when the disk is full.
    /// - Complexity: O(keys + `heldCells`).
    public mutating func add(_ keys: [UInt64]) throws(CurationError) {
        held = held.merged(with: [CellCount](counting: keys))
        largest = max(largest, held.last?.key ?? 0)
        guard held.count > Self.heldCells else { return }
        do throws(StreamError) {
            if spill == nil { spill = try Spill(in: directory) }
            guard let spill else { return }
            runs.append(.spilled(try .init(held, to: spill.file)))
        } catch {
            throw .stream(error)
        }
        held = []
    }

    /// The counts times a factor, rounded.
    ///
    /// - Parameter factor: The factor, finite and not negative.
    public func scaled(by factor: Double) -> SyntheticCounts {
        precondition(factor.isFinite && factor >= 0)
        var scaled = self
        scaled.factor *= factor
        return scaled
    }

    /// A count as it is compared.
    func scaled(_ count: Int64) -> Int64 {
        factor == 1 ? count : Int64(min((Double(count) * factor).rounded(), 0x1p62))
    }
}

/// `Σ |2^g x − m|` over the cells that occur in a tally or in synthetic counts, both by ascending keys.
final class CellDistance {
    private let synthetic: SyntheticCounts
    private let bits: Int128
    /// The next cells of the synthetic counts.
    private var cells: [CellCount]
    private var place = 0
    /// What gives those behind them, where not all of them are held.
    private var merge: RunMerge?
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
        cells = try merge?.next(SparseRun.chunk, from: spill.file) ?? []
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
