// SPDX-License-Identifier: Apache-2.0

extension ConstraintSet {
    /// Cells of some attributes together that no record which keeps a rule has.
    public struct ImpossibleCells: Sendable {
        /// The attributes, ascending.
        public let attributes: [Int]
        /// Whether each combination of their cells is impossible, row-major, the last attribute fastest.
        public let isImpossible: [Bool]
    }

    /// The combinations of cells that the rules leave empty, rule by rule, by interval arithmetic.
    ///
    /// They follow from the schema alone, so a model may hold them empty at no cost.
    ///
    /// - Parameter limit: The most combinations of a rule's columns; rules with more are left out.
    /// - Returns: For each rule that leaves any empty those of its columns. Complexity: O(combinations).
    public func impossibleCells(limit: Int) -> [ImpossibleCells] {
        components.flatMap(\.rules).compactMap { rule in
            let slots = Set(rule.slots).sorted()
            let sizes = slots.map { cells[$0].isKnown.count }
            let (count, isLarge) = sizes.reduce((1, false)) { sum, size in
                let (product, overflow) = sum.0.multipliedReportingOverflow(by: size)
                return (product, sum.1 || overflow)
            }
            guard !isLarge, count <= limit else { return nil }
            var codes = [Int](repeating: 0, count: cells.count)
            let isImpossible = (0..<count).map { cell in
                var rest = cell
                for (place, slot) in slots.enumerated().reversed() {
                    codes[slot] = rest % sizes[place]
                    rest /= sizes[place]
                }
                return rule.truth(codes, cells) == .none
            }
            guard isImpossible.contains(true) else { return nil }
            return ImpossibleCells(
                attributes: slots.map { attributes[$0] }, isImpossible: isImpossible)
        }
    }
}
