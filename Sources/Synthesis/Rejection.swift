// SPDX-License-Identifier: Apache-2.0

import GraphicalModels

/// Rows of a Gaussian copula that meet a condition: drawn until there are enough, the others thrown away
/// (von Neumann 1951).
///
/// Nothing shorter is known for cells of correlated normal numbers, and it is exact.
struct Rejection: Sendable {
    private let sampler: CopulaSampler
    private let attributes: Int
    /// For each attribute with a condition which cells meet it.
    private let masks: [(attribute: Int, isAllowed: [Bool])]
    /// The share of rows that meet the condition.
    let share: Double

    /// Rows that are looked at for the share, and the least share: less takes too long to wait for.
    private static let probe = 1 << 18, leastShare = 1e-4

    /// Counts how many rows meet a condition.
    ///
    /// - Parameters:
    ///   - sampler: Draws rows of all kinds.
    ///   - sizes: Cells of each attribute.
    ///   - allowed: For each attribute with a condition the cells that meet it.
    /// - Returns: `nil` where fewer than one row in ten thousand does.
    init?(_ sampler: CopulaSampler, sizes: [Int], allowed: [Int: Set<Int>]) {
        self.sampler = sampler
        attributes = sizes.count
        masks = allowed.sorted { $0.key < $1.key }.map { attribute, cells in
            (attribute, (0..<sizes[attribute]).map(cells.contains))
        }
        let rows = sampler.reseeded(1).block(1 << 40, rowCount: Self.probe)
        let meeting = Self.meeting(rows, count: Self.probe, masks)
        share = Double(meeting.count) / Double(Self.probe)
        guard share >= Self.leastShare else { return nil }
    }

    /// One block of rows.
    ///
    /// - Parameters:
    ///   - block: The block; blocks are independent of each other.
    ///   - count: Rows of the block.
    ///   - seed: A public seed.
    /// - Returns: Codes in column-major order with stride `count`. Complexity: O(count / share × attributes²).
    func rows(block: Int, count: Int, seed: UInt64) -> [UInt16] {
        var codes = [UInt16](repeating: 0, count: count * attributes)
        let sampler = sampler.reseeded(seed)
        var filled = 0
        var piece = 0
        while filled < count {
            let wanted = Double(count - filled) / share * 1.05 + 64
            let drawn = Int(min(wanted, 65_536))
            // Blocks of the whole table are far below.
            let rows = sampler.block((block + 1) << 24 | piece, rowCount: drawn)
            for row in Self.meeting(rows, count: drawn, masks).prefix(count - filled) {
                for attribute in 0..<attributes {
                    codes[attribute * count + filled] = rows[attribute * drawn + row]
                }
                filled += 1
            }
            piece += 1
        }
        return codes
    }

    private static func meeting(
        _ rows: [UInt16], count: Int, _ masks: [(attribute: Int, isAllowed: [Bool])]
    ) -> [Int] {
        (0..<count).filter { row in
            masks.allSatisfy { $0.isAllowed[Int(rows[$0.attribute * count + row])] }
        }
    }
}
