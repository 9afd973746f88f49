// SPDX-License-Identifier: Apache-2.0

/// Draws rows from a model with little variance.
///
/// Rows are made in blocks. In a block, the rows that agree on a separator form a group; the values of
/// the next clique are apportioned to the group by systematic sampling with a random offset
/// (Madow 1949), so that every cell's count is its expectation rounded down or up, and then
/// shuffled inside the group, so that what is independent in the model stays so in the rows. Every
/// cell's expected count is exactly the model's.
public struct RowSampler: Sendable {
    private let steps: [Step]
    private let attributeCount: Int
    private var seed: UInt64

    /// How one clique's new attributes follow from its separator.
    private struct Step: Sendable {
        /// Attribute and stride of each separator attribute in the separator's table.
        let context: [(attribute: Int, stride: Int)]
        /// For each context the range of its cells in `cells`.
        let offsets: [Int]
        /// Probability of each cell given its context.
        let weights: [Double]
        /// For each cell the codes of the new attributes, one after the other.
        let codes: [UInt16]
        let fresh: [Int]
        /// For each context its last cell that can occur, where rounding in the sums comes to rest.
        let lasts: [Int]
    }

    /// Prepares a sampler.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - seed: A public seed; equal seeds give equal rows.
    public init(model: MarkovRandomField, seed: UInt64) {
        self.seed = seed
        attributeCount = model.domain.sizes.count
        steps = model.tree.nodes.enumerated().map { index, node in
            Self.step(node, table: model.conditionals.tables[index], domain: model.domain)
        }
    }

    private static func step(
        _ node: JunctionTree.Node, table: [Double], domain: Domain
    ) -> Step {
        let map = node.toSeparator
        let fresh = node.clique.attributes.filter { !node.separator.attributes.contains($0) }
        var context: [(attribute: Int, stride: Int)] = []
        var stride = 1
        for attribute in node.separator.attributes.reversed() {
            context.append((attribute, stride))
            stride *= domain.sizes[attribute]
        }
        // A counting sort of the cells by context.
        var offsets = [Int](repeating: 0, count: map.targetCount + 1)
        for group in map.cells { offsets[Int(group) + 1] += 1 }
        for group in 0..<map.targetCount { offsets[group + 1] += offsets[group] }
        var next = offsets
        var weights = [Double](repeating: 0, count: table.count)
        var codes = [UInt16](repeating: 0, count: table.count * fresh.count)
        let divisors = fresh.map { attribute in
            node.clique.attributes.drop { $0 <= attribute }.reduce(1) { $0 * domain.sizes[$1] }
        }
        for cell in table.indices {
            let group = Int(map.cells[cell])
            let position = next[group]
            next[group] += 1
            weights[position] = table[cell]
            for (slot, attribute) in fresh.enumerated() {
                codes[position * fresh.count + slot] = UInt16(
                    cell / divisors[slot] % domain.sizes[attribute])
            }
        }
        let lasts = (0..<map.targetCount).map { group in
            let range = offsets[group]..<offsets[group + 1]
            return range.last { weights[$0] > 0 } ?? range.lowerBound
        }
        return Step(
            context: context, offsets: offsets, weights: weights, codes: codes, fresh: fresh,
            lasts: lasts)
    }

    /// The same sampler with another seed.
    ///
    /// - Parameter seed: A public seed.
    /// - Returns: A sampler that shares this one's tables. Complexity: O(1).
    public func reseeded(_ seed: UInt64) -> RowSampler {
        var sampler = self
        sampler.seed = seed
        return sampler
    }

    /// One block of rows.
    ///
    /// - Parameters:
    ///   - index: The block; blocks are independent of each other.
    ///   - rowCount: Rows of the block.
    /// - Returns: Codes in column-major order with stride `rowCount`; the same for equal seed, index
    ///   and count, whatever thread asks. Complexity: O(rows × attributes + cells).
    public func block(_ index: Int, rowCount: Int) -> [UInt16] {
        var rows = [UInt16](repeating: 0, count: rowCount * attributeCount)
        var generator = SeededGenerator(seed: seed, stream: UInt64(index))
        for step in steps where !step.fresh.isEmpty {
            fill(&rows, rowCount: rowCount, step: step, generator: &generator)
        }
        return rows
    }

    private func fill(
        _ rows: inout [UInt16], rowCount: Int, step: Step, generator: inout SeededGenerator
    ) {
        // Group the rows by context.
        var groups = [Int32](repeating: 0, count: rowCount)
        for (attribute, stride) in step.context {
            let column = attribute * rowCount
            for row in 0..<rowCount { groups[row] += Int32(Int(rows[column + row]) * stride) }
        }
        var starts = [Int](repeating: 0, count: step.offsets.count)
        for group in groups { starts[Int(group) + 1] += 1 }
        for group in 1..<starts.count { starts[group] += starts[group - 1] }
        var next = starts
        var members = [Int32](repeating: 0, count: rowCount)
        for row in 0..<rowCount {
            let group = Int(groups[row])
            members[next[group]] = Int32(row)
            next[group] += 1
        }
        for group in 0..<(starts.count - 1) {
            let range = starts[group]..<starts[group + 1]
            guard !range.isEmpty else { continue }
            members[range].shuffle(using: &generator)
            let count = Double(range.count)
            let offset = generator.unit()
            let lastCell = step.lasts[group]
            var cell = step.offsets[group]
            var reached = step.weights[cell] * count
            for position in range.indices {
                let target = Double(position - range.lowerBound) + offset
                while reached <= target, cell < lastCell {
                    cell += 1
                    reached += step.weights[cell] * count
                }
                let row = Int(members[position])
                for (slot, attribute) in step.fresh.enumerated() {
                    rows[attribute * rowCount + row] = step.codes[cell * step.fresh.count + slot]
                }
            }
        }
    }
}
