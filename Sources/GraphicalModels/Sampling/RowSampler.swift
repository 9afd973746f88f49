// SPDX-License-Identifier: Apache-2.0

/// Draws rows from a model with little variance.
///
/// Rows are made in blocks. In a block, the rows that agree on a separator form a group; the values of
/// the next clique are apportioned to the group by systematic sampling with a random offset
/// (Madow 1949), so that every cell's count is its expectation rounded down or up, and then
/// shuffled inside the group, so that what is independent in the model stays so in the rows. Every
/// cell's expected count is exactly the model's. Where a group is the whole block, offsets of successive
/// blocks are a golden section apart, so that roundings of many blocks cancel.
public struct RowSampler: Sendable {
    private let steps: [SamplingStep]
    private let attributeCount: Int
    private var seed: UInt64

    /// Prepares a sampler.
    ///
    /// - Parameters:
    ///   - model: The model; each attribute has at most 65,536 cells.
    ///   - seed: A public seed; equal seeds give equal rows.
    public init(model: MarkovRandomField, seed: UInt64) {
        precondition(model.domain.sizes.allSatisfy { $0 <= 1 << 16 }, "a code has sixteen bits")
        self.seed = seed
        attributeCount = model.domain.sizes.count
        steps = model.tree.nodes.enumerated().map { index, node in
            SamplingStep(node, table: model.beliefs[index], domain: model.domain)
        }
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
    ///   - index: The block; blocks are independent of each other but for roundings that cancel.
    ///   - rowCount: Rows of the block; some ten thousand are drawn fastest, because they stay in the
    ///     processor's cache.
    /// - Returns: Codes in column-major order with stride `rowCount`; the same for equal seed, index
    ///   and count, whatever thread asks. Complexity: O(rows × attributes + cells of the separators).
    public func block(_ index: Int, rowCount: Int) -> [UInt16] {
        precondition(rowCount <= Int(Int32.max), "a block has under 2^31 rows")
        var rows = [UInt16](repeating: 0, count: rowCount * attributeCount)
        var generator = SeededGenerator(seed: seed, stream: UInt64(index))
        var scratch = SamplingScratch(rowCount: rowCount)
        for (number, step) in steps.enumerated() where step.width > 1 && rowCount > 0 {
            if step.contextCount == 1 {
                // Far from the streams of blocks.
                var first = SeededGenerator(seed: seed, stream: ~UInt64(number))
                let offset = first.unit() + Double(index) * 0x1.3c6ef372fe95p-1
                scratch.drawAll(step, offset: offset - offset.rounded(.down), &generator)
            } else {
                scratch.group(rows, by: step)
                scratch.drawGroups(step, &generator)
            }
            scratch.write(step, to: &rows)
        }
        return rows
    }
}
