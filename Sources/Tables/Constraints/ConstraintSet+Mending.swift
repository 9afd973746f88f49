// SPDX-License-Identifier: Apache-2.0

extension ConstraintSet {
    /// Redraws cells of rows whose cells no values can keep the rules with.
    ///
    /// Of such a row one column is redrawn, from the cells that let all rules be kept, in proportion to its density:
    /// first the one that a broken rule moves first, then any other. Cells of values come before missing ones. Where no
    /// single column will do, the columns of the broken rules are copied from the nearest row above that keeps them,
    /// or else from cells that are known to keep them. Rows that can keep all rules stay as they are.
    ///
    /// - Parameters:
    ///   - codes: Rows, column-major with stride `rowCount`.
    ///   - rowCount: The number of rows.
    ///   - rows: The rows to look at, ascending.
    ///   - fixed: Attributes that are not changed as long as another can be.
    ///   - densities: The density of each attribute's cells.
    ///   - seed: A public seed; equal rows and seed give equal cells.
    /// - Returns: How many cells were changed. Complexity: O(rows × rules), and for a row that breaks one the cells of
    ///   its columns.
    public func mend(
        codes: inout [UInt16], rowCount: Int, rows: some Sequence<Int>, fixed: [Int] = [],
        densities: [[Double]], seed: UInt64
    ) -> Int {
        guard !isEmpty else { return 0 }
        let fixedSlots = Set(fixed.compactMap { attributes.firstIndex(of: $0) })
        var changed = 0
        for (index, component) in components.enumerated() {
            // Rules that share no columns are mended independently.
            let own = IndexPermutation.mixed(seed &+ UInt64(index))
            var redraw = Redraw(
                component: component, cells: cells, fixed: fixedSlots,
                densities: attributes.map { densities[$0] })
            var current = [Int](repeating: 0, count: cells.count)
            var above: Int?
            for row in rows {
                for slot in component.slots {
                    current[slot] = Int(codes[attributes[slot] * rowCount + row])
                }
                defer { above = row }
                guard !component.canBeKept(current, cells) else { continue }
                if !redraw.single(&current, draw: Self.draw(own, UInt64(row))) {
                    for (place, slot) in component.slots.enumerated() {
                        current[slot] =
                            above.map { Int(codes[attributes[slot] * rowCount + $0]) }
                            ?? component.witness[place]
                    }
                }
                for slot in component.slots {
                    let item = attributes[slot] * rowCount + row
                    guard Int(codes[item]) != current[slot] else { continue }
                    codes[item] = UInt16(current[slot])
                    changed += 1
                }
            }
        }
        return changed
    }

    /// A number uniform on [0, 1) for each row.
    private static func draw(_ seed: UInt64, _ row: UInt64) -> Double {
        let word = IndexPermutation.mixed(
            IndexPermutation.mixed(seed ^ 0x6D65_6E64) &+ row &* 0x9E37_79B9_7F4A_7C15)
        return Double(word >> 11) * 0x1p-53
    }

    /// Cells of a column that let all rules be kept beside those of the others.
    private struct Choice {
        var codes: [Int] = []
        /// Sums of weights up to each of them.
        var sums: [Double] = []
    }

    /// Redraws single columns of a component.
    private struct Redraw {
        private struct Key: Hashable {
            let slot: Int
            let others: [Int]
        }

        /// Choices that are remembered, at most.
        private static let mostKnown = 100_000

        let component: Component
        let cells: [ValueCells]
        let fixed: Set<Int>
        let densities: [[Double]]
        private var known: [Key: Choice] = [:]

        init(
            component: Component, cells: [ValueCells], fixed: Set<Int>, densities: [[Double]]
        ) {
            self.component = component
            self.cells = cells
            self.fixed = fixed
            self.densities = densities
        }

        /// Redraws one column so that all rules can be kept.
        ///
        /// - Returns: False where none is enough.
        mutating func single(_ codes: inout [Int], draw: Double) -> Bool {
            let broken = component.rules.filter { $0.truth(codes, cells) == .none }
            let first = broken.compactMap(\.slots.first) + broken.flatMap(\.slots)
            var order: [Int] = []
            for slot in first + component.movers + component.slots where !order.contains(slot) {
                order.append(slot)
            }
            let free = order.filter { !fixed.contains($0) }
            for slot in free + order.filter(fixed.contains) {
                let choice = choice(of: slot, codes)
                guard let sum = choice.sums.last else { continue }
                let index = choice.sums.firstIndex { $0 > draw * sum } ?? choice.codes.count - 1
                codes[slot] = choice.codes[index]
                return true
            }
            return false
        }

        private mutating func choice(of slot: Int, _ codes: [Int]) -> Choice {
            let key = Key(
                slot: slot, others: component.slots.filter { $0 != slot }.map { codes[$0] })
            if let choice = known[key] { return choice }
            var trial = codes
            let own = cells[slot]
            var choice = Choice()
            for isKnown in [true, false] where choice.codes.isEmpty {
                for code in own.isKnown.indices where own.isKnown[code] == isKnown {
                    trial[slot] = code
                    if component.canBeKept(trial, cells) { choice.codes.append(code) }
                }
            }
            let weights = choice.codes.map { max(0, densities[slot][$0]) }
            let isEmpty = !weights.contains { $0 > 0 }
            var sum = 0.0
            for weight in weights {
                sum += isEmpty ? 1 : weight
                choice.sums.append(sum)
            }
            if known.count < Self.mostKnown { known[key] = choice }
            return choice
        }
    }
}
