// SPDX-License-Identifier: Apache-2.0

extension ConstraintSet {
    /// What placing did.
    public struct Placement: Sendable, Equatable {
        /// Rows whose values were moved inside their cells.
        public var movedRows = 0
        /// Rows of units whose constant columns could not have one value inside their cell.
        public var splitRows = 0
    }

    /// Moves values inside their cells until every row keeps all rules.
    ///
    /// Cells stay as they are, so whatever is known of cells holds; rows must be ones that can keep the rules, as after
    /// `mend`. A rule's first column moves first, and keeps its place in proportion to the room that the others leave
    /// it; rows that keep the rules stay as they are.
    ///
    /// - Parameters:
    ///   - codes: Rows, column-major with stride `rowCount`.
    ///   - rowCount: The number of rows.
    ///   - positions: The place of each value in its cell, in the same order.
    ///   - unitEnds: Where the rows of each unit end; empty where each row is a unit.
    ///   - constants: Attributes that have one value in all rows of a unit; they do on entry, and keep it where all rows
    ///     can have one.
    /// - Returns: What was done. Complexity: O(rows × rules).
    public func place(
        codes: [UInt16], rowCount: Int, positions: inout [Int32], unitEnds: [Int32] = [],
        constants: [Int] = []
    ) -> Placement {
        var placement = Placement()
        let constantSlots = Set(constants.compactMap { attributes.firstIndex(of: $0) })
        for component in components {
            let fixed = constantSlots.intersection(component.slots)
            var unit = 0
            var start = 0
            var seen = Component.Row(slots: cells.count)
            while start < rowCount {
                let end = unit < unitEnds.count ? Int(unitEnds[unit]) : start + 1
                let isKept = (start..<end).allSatisfy { row in
                    component.read(row, of: codes, positions, rowCount, self, into: &seen)
                    return component.isKept(seen.codes, seen.values, cells)
                }
                guard !isKept else {
                    start = end
                    unit += 1
                    continue
                }
                let rows = (start..<end).map { row in
                    var own = seen
                    component.read(row, of: codes, positions, rowCount, self, into: &own)
                    return own
                }
                let moved = settled(rows, component, fixed: end - start > 1 ? fixed : [])
                for (index, row) in (start..<end).enumerated() {
                    guard let values = moved.rows[index], values != rows[index].values else {
                        continue
                    }
                    placement.movedRows += 1
                    write(values, row, component, codes, rowCount, &positions)
                }
                placement.splitRows += moved.splitRows
                start = end
                unit += 1
            }
        }
        return placement
    }

    /// How many rows break a rule.
    ///
    /// - Parameters:
    ///   - codes: Rows, column-major with stride `rowCount`.
    ///   - rowCount: The number of rows.
    ///   - positions: The place of each value in its cell, in the same order.
    /// - Returns: Their number. Complexity: O(rows × rules).
    public func brokenRows(codes: [UInt16], rowCount: Int, positions: [Int32]) -> Int {
        var seen = Component.Row(slots: cells.count)
        return (0..<rowCount).count { row in
            !components.allSatisfy { component in
                component.read(row, of: codes, positions, rowCount, self, into: &seen)
                return component.isKept(seen.codes, seen.values, cells)
            }
        }
    }

    /// Values of the rows of a unit that keep the rules.
    private func settled(
        _ rows: [Component.Row], _ component: Component, fixed: Set<Int>
    ) -> (rows: [[Int64]?], splitRows: Int) {
        if !fixed.isEmpty {
            // One value for all rows: as placed, or at an end of its cell, where rules are met most easily.
            for end in 0..<3 {
                let trial = rows.map { row in
                    var row = row
                    for slot in fixed where end > 0 {
                        let (own, code) = (cells[slot], row.codes[slot])
                        row.values[slot] = end == 1 ? own.low[code] : own.high[code]
                    }
                    return row
                }
                let values = trial.map { nearby($0, component, fixed: fixed) }
                if !values.contains(nil) { return (values, 0) }
            }
        }
        let values = rows.map { nearby($0, component, fixed: []) }
        return (values, fixed.isEmpty ? 0 : rows.count)
    }

    /// Values that keep the rules, near those of a row.
    private func nearby(
        _ row: Component.Row, _ component: Component, fixed: Set<Int>
    ) -> [Int64]? {
        var values = row.values
        if component.settle(row.codes, &values, cells, isSpread: true, fixed: fixed) {
            return values
        }
        // What `canBeKept` found can be found again.
        return fixed.isEmpty ? component.settled(row.codes, cells) : nil
    }

    private func write(
        _ values: [Int64], _ row: Int, _ component: Component, _ codes: [UInt16], _ rowCount: Int,
        _ positions: inout [Int32]
    ) {
        for slot in component.slots {
            let item = attributes[slot] * rowCount + row
            guard cells[slot].isNumeric, cells[slot].isKnown[Int(codes[item])],
                let position = cells[slot].position(of: values[slot], in: Int(codes[item]))
            else { continue }
            positions[item] = Int32(position)
        }
    }
}

extension ConstraintSet.Component {
    /// The cells and values of a row's columns, by slot.
    fileprivate struct Row {
        var codes: [Int]
        var values: [Int64]

        init(slots: Int) {
            codes = [Int](repeating: 0, count: slots)
            values = [Int64](repeating: 0, count: slots)
        }
    }

    /// Reads what the rules are about of a row; other slots stay as they are.
    fileprivate func read(
        _ row: Int, of codes: [UInt16], _ positions: [Int32], _ rowCount: Int, _ set: ConstraintSet,
        into seen: inout Row
    ) {
        for slot in slots {
            let item = set.attributes[slot] * rowCount + row
            let code = Int(codes[item])
            seen.codes[slot] = code
            seen.values[slot] =
                set.cells[slot].codec.number(code, at: Int(positions[item])) ?? 0
        }
    }
}
