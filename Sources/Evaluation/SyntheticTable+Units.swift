// SPDX-License-Identifier: Apache-2.0

import GraphicalModels
import Synthesis
import Tables

/// Rows of a synthetic table with the invented units they belong to.
public struct UnitBlock: Sendable {
    /// Codes in column-major order with stride `rowCount`.
    public var codes: [UInt16]
    /// The number of rows.
    public let rowCount: Int
    /// Where each unit's rows end, ascending; empty where each row is a unit.
    public let unitEnds: [Int32]
    /// Cells that were changed so that the rows of a unit agree where they must.
    public let changedCells: Int
    /// Cells that were changed so that the schema's constraints can be kept.
    public let mendedCells: Int
}

extension SyntheticTable {
    /// What separates the generator of units from those of rows.
    private static let unitStream: UInt64 = 0x756E_6974_7300

    /// Makes a block: rows of the model, mended and grouped.
    @Sendable
    func makeBlock(_ index: Int) -> UnitBlock {
        let count = count(of: index)
        var codes = drawn(index)
        var mended = mend(&codes, block: index, count: count)
        guard let grouping else {
            return UnitBlock(
                codes: codes, rowCount: count, unitEnds: [], changedCells: 0, mendedCells: mended)
        }
        var generator = SeededGenerator(seed: seed ^ Self.unitStream, stream: UInt64(index))
        let groups = grouping.groups(of: codes, rowCount: count, using: &generator)
        var ordered = codes
        for attribute in sizes.indices {
            let column = attribute * count
            for (place, row) in groups.order.enumerated() {
                ordered[column + place] = codes[column + Int(row)]
            }
        }
        var changed = 0
        for unit in groups.disagreeing.map(Int.init) {
            let start = unit == 0 ? 0 : Int(groups.ends[unit - 1])
            for row in start..<Int(groups.ends[unit]) {
                var isTouched = false
                for column in grouping.constant.map({ $0 * count })
                where ordered[column + row] != ordered[column + start] {
                    ordered[column + row] = ordered[column + start]
                    changed += 1
                    isTouched = true
                }
                guard isTouched else { continue }
                mended += mend(row, ofUnitAt: start, in: &ordered, rowCount: count)
            }
        }
        return UnitBlock(
            codes: ordered, rowCount: count, unitEnds: groups.ends, changedCells: changed,
            mendedCells: mended)
    }

    /// Gives rows values that keep the schema's constraints.
    ///
    /// - Returns: How many cells were changed.
    private func mend(_ codes: inout [UInt16], block: Int, count: Int) -> Int {
        constraints?.mend(
            codes: &codes, rowCount: count, rows: 0..<count, fixed: pinned,
            densities: fitted.densities, seed: seed &+ UInt64(block)) ?? 0
    }

    /// Rows of no block of the table, drawn as those of it are.
    ///
    /// - Parameters:
    ///   - block: Which rows; from `blockCount` on they are not the table's.
    ///   - count: How many rows.
    /// - Returns: Codes in column-major order with stride `count`.
    public func rows(block: Int, count: Int) -> [UInt16] {
        var codes = fitted.rows(block: block, count: count, seed: seed)
        _ = mend(&codes, block: block, count: count)
        return codes
    }

    /// Mends a row that was given the constant cells of its unit.
    ///
    /// Where they would have to change for that, the row becomes a copy of the unit's first one.
    ///
    /// - Returns: How many cells were changed.
    private func mend(
        _ row: Int, ofUnitAt first: Int, in codes: inout [UInt16], rowCount: Int
    ) -> Int {
        guard let constraints, let grouping else { return 0 }
        let changed = constraints.mend(
            codes: &codes, rowCount: rowCount, rows: CollectionOfOne(row),
            fixed: grouping.constant + pinned,
            densities: fitted.densities, seed: seed &+ UInt64(first))
        let agrees = grouping.constant.allSatisfy {
            codes[$0 * rowCount + row] == codes[$0 * rowCount + first]
        }
        guard !agrees else { return changed }
        for column in stride(from: 0, to: codes.count, by: rowCount) {
            codes[column + row] = codes[column + first]
        }
        return sizes.count
    }
}
