// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Tables

/// What was done to rows after their values were placed.
struct FinishedRows: Sendable {
    /// Invented units, and cells that were changed so that the rows of a unit agree.
    var units = 0, changedCells = 0
    /// Cells that were redrawn so that the constraints can be kept, and rows whose values were moved inside their
    /// cells for them.
    var mendedCells = 0, movedRows = 0
    /// Rows whose constant columns could not have their unit's value.
    var splitRows = 0
    /// Rows whose constraints were checked, and of them those that break one.
    var checkedRows = 0, brokenRows = 0

    /// Adds what was done to other rows.
    mutating func add(_ other: FinishedRows) {
        units += other.units
        changedCells += other.changedCells
        mendedCells += other.mendedCells
        movedRows += other.movedRows
        splitRows += other.splitRows
        checkedRows += other.checkedRows
        brokenRows += other.brokenRows
    }
}

/// The last step before rows are written: units agree, constraints hold, and the records of a unit are in order.
///
/// Each block is finished by itself, on any thread.
struct RowFinishing: Sendable {
    private let constraints: ConstraintSet?
    /// Attributes that are the same in all rows of a unit.
    private let constants: [Int]
    /// The attribute in whose order the rows of a unit are written.
    private let order: Int?
    private let codecs: [ColumnCodec]

    /// Prepares to finish rows.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - schema: Its schema.
    init(_ table: SyntheticTable, schema: Schema) {
        constraints = table.constraints.flatMap { $0.isEmpty ? nil : $0 }
        constants = schema.unitConstants
        order = schema.unitOrder
        codecs = schema.codecs
    }

    /// Finishes a block.
    ///
    /// - Parameters:
    ///   - block: Rows of cells that can keep the constraints; those of a unit are permuted.
    ///   - positions: The place of each value in its cell, in the same order.
    ///   - firstRow: The number of the block's first row in the table.
    /// - Returns: The number of each row's unit, which no unit of another block has, or none where each row is a unit;
    ///   and what was done. Complexity: O(rows × (attributes + constraints)).
    func finish(
        _ block: inout UnitBlock, positions: inout [Int32], firstRow: UInt64
    ) -> (units: [UInt64], done: FinishedRows) {
        var done = FinishedRows()
        done.units = block.unitEnds.count
        done.changedCells = block.changedCells
        agree(block, &positions)
        if let constraints { keep(constraints, block, &positions, &done) }
        var numbers: [UInt64] = []
        numbers.reserveCapacity(block.unitEnds.isEmpty ? 0 : block.rowCount)
        var start = 0
        for (unit, end) in block.unitEnds.enumerated() {
            let rows = start..<Int(end)
            if let order, rows.count > 1 { sort(rows, by: order, &block, &positions) }
            numbers.append(contentsOf: repeatElement(firstRow + UInt64(unit), count: rows.count))
            start = Int(end)
        }
        return (numbers, done)
    }

    /// Gives the rows of a unit one place in their cell where they must agree: the first one's.
    private func agree(_ block: UnitBlock, _ positions: inout [Int32]) {
        for column in constants.map({ $0 * block.rowCount }) {
            var start = 0
            for end in block.unitEnds.map(Int.init) {
                for row in start..<end { positions[column + row] = positions[column + start] }
                start = end
            }
        }
    }

    /// Moves values inside their cells so that each row keeps all constraints, and checks what came out.
    private func keep(
        _ constraints: ConstraintSet, _ block: UnitBlock, _ positions: inout [Int32],
        _ done: inout FinishedRows
    ) {
        let count = block.rowCount
        let placement = constraints.place(
            codes: block.codes, rowCount: count, positions: &positions, unitEnds: block.unitEnds,
            constants: constants)
        done.mendedCells = block.mendedCells
        done.movedRows = placement.movedRows
        done.splitRows = placement.splitRows
        done.checkedRows = count
        done.brokenRows = constraints.brokenRows(
            codes: block.codes, rowCount: count, positions: positions)
    }

    /// Ascending, with rows that have no number last.
    private func sort(
        _ rows: Range<Int>, by attribute: Int, _ block: inout UnitBlock, _ positions: inout [Int32]
    ) {
        let column = attribute * block.rowCount
        let keys = rows.map { row in
            codecs[attribute].number(
                Int(block.codes[column + row]), at: Int(positions[column + row])) ?? .max
        }
        guard !zip(keys, keys.dropFirst()).allSatisfy({ $0 <= $1 }) else { return }
        let sorted = rows.sorted { one, other in
            let (first, second) = (keys[one - rows.lowerBound], keys[other - rows.lowerBound])
            return first != second ? first < second : one < other
        }
        var moved = [(UInt16, Int32)](repeating: (0, 0), count: rows.count)
        for start in stride(from: 0, to: block.codes.count, by: block.rowCount) {
            for (index, row) in sorted.enumerated() {
                moved[index] = (block.codes[start + row], positions[start + row])
            }
            for (index, row) in rows.enumerated() {
                (block.codes[start + row], positions[start + row]) = moved[index]
            }
        }
    }
}
