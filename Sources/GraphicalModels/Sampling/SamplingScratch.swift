// SPDX-License-Identifier: Apache-2.0

/// The memory in which one block of rows gets its next attributes.
struct SamplingScratch {
    private let rowCount: Int
    /// The context of each row.
    private var groups: [UInt32]
    /// Cells of the rows, group after group.
    private var cells: [UInt32]
    /// For each context where its next row's cell lies.
    private var cursors: [UInt32] = []

    init(rowCount: Int) {
        self.rowCount = rowCount
        groups = [UInt32](repeating: 0, count: rowCount)
        cells = [UInt32](repeating: 0, count: rowCount)
    }

    /// Finds the context of each row.
    mutating func group(_ rows: [UInt16], by step: SamplingStep) {
        for (position, (attribute, stride)) in step.context.enumerated() {
            let column = attribute * rowCount
            let stride = UInt32(stride)
            if position == 0 {
                for row in groups.indices { groups[row] = UInt32(rows[column + row]) &* stride }
            } else {
                for row in groups.indices { groups[row] &+= UInt32(rows[column + row]) &* stride }
            }
        }
    }

    /// Draws cells for the rows of each context.
    mutating func drawGroups(_ step: SamplingStep, _ generator: inout SeededGenerator) {
        cursors = [UInt32](repeating: 0, count: step.contextCount)
        for group in groups { cursors[Int(group)] &+= 1 }
        var start = 0
        for group in cursors.indices {
            let count = Int(cursors[group])
            cursors[group] = UInt32(start)
            guard count > 0 else { continue }
            draw(step, group, start..<start + count, offset: generator.unit(), &generator)
            start += count
        }
    }

    /// Draws cells for all rows as one group.
    mutating func drawAll(
        _ step: SamplingStep, offset: Double, _ generator: inout SeededGenerator
    ) {
        cursors = [0]
        for row in groups.indices { groups[row] = 0 }
        draw(step, 0, 0..<rowCount, offset: offset, &generator)
    }

    @inline(__always)
    private mutating func draw(
        _ step: SamplingStep, _ group: Int, _ range: Range<Int>, offset: Double,
        _ generator: inout SeededGenerator
    ) {
        if step.draw(group, offset: offset, into: &cells, range) {
            generator.shuffle(&cells, range)
        }
    }

    /// Gives each row the next cell of its context.
    mutating func write(_ step: SamplingStep, to rows: inout [UInt16]) {
        if step.fresh.count == 1 {
            let column = step.fresh[0] * rowCount
            for row in groups.indices { rows[column + row] = UInt16(truncatingIfNeeded: next(row)) }
            return
        }
        for row in groups.indices {
            let first = Int(next(row)) * step.fresh.count
            for (slot, attribute) in step.fresh.enumerated() {
                rows[attribute * rowCount + row] = step.codes[first + slot]
            }
        }
    }

    @inline(__always)
    private mutating func next(_ row: Int) -> UInt32 {
        let group = Int(groups[row])
        let place = cursors[group]
        cursors[group] = place &+ 1
        return cells[Int(place)]
    }
}
