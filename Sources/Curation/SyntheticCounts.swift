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
    private(set) var runs: [SparseRun<UInt64>] = []
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
        held = Tally.entries(of: counts)
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
