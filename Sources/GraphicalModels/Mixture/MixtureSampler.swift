// SPDX-License-Identifier: Apache-2.0

/// Draws rows from a mixture with little variance.
///
/// A block's rows are apportioned to the components, and each component's rows to the cells of each
/// attribute, by systematic sampling with a random offset (Madow 1949): every count is its expectation
/// rounded down or up. Rows of a component are in an order of their own for each attribute, so that columns
/// are independent given the component, and a component's rows are anywhere in the block.
public struct MixtureSampler: Sendable {
    private let model: ProductMixture
    private var seed: UInt64

    /// Prepares a sampler.
    ///
    /// - Parameters:
    ///   - model: The model; each attribute has at most 65,536 cells.
    ///   - seed: A public seed; equal seeds give equal rows.
    public init(model: ProductMixture, seed: UInt64) {
        precondition(model.domain.sizes.allSatisfy { $0 <= 1 << 16 }, "a code has sixteen bits")
        self.model = model
        self.seed = seed
    }

    /// The same sampler with another seed.
    ///
    /// - Parameter seed: A public seed.
    /// - Returns: A sampler of the same model. Complexity: O(1).
    public func reseeded(_ seed: UInt64) -> MixtureSampler {
        var sampler = self
        sampler.seed = seed
        return sampler
    }

    /// One block of rows.
    ///
    /// - Parameters:
    ///   - index: The block; blocks are independent of each other but for roundings that cancel.
    ///   - rowCount: Rows of the block, under 2^31.
    /// - Returns: Codes in column-major order with stride `rowCount`; the same for equal seed, index
    ///   and count, whatever thread asks. Complexity: O((rows + components × cells) × attributes).
    public func block(_ index: Int, rowCount: Int) -> [UInt16] {
        precondition(rowCount <= Int(Int32.max), "a block has under 2^31 rows")
        var generator = SeededGenerator(seed: seed, stream: UInt64(index))
        // Offsets of successive blocks are a golden section apart: far from the streams of blocks.
        var first = SeededGenerator(seed: seed, stream: ~0)
        let offset = first.unit() + Double(index) * 0x1.3c6ef372fe95p-1
        let starts = Self.starts(
            model.weights, rowCount: rowCount, offset: offset - offset.rounded(.down))
        var rows = [UInt16](repeating: 0, count: rowCount * model.domain.sizes.count)
        // Where each row goes, and the rows of a component in the order in which cells are dealt.
        var places = (0..<rowCount).map { Int32($0) }
        generator.shuffle(&places, 0..<rowCount)
        for attribute in model.domain.sizes.indices where model.domain.sizes[attribute] > 1 {
            for component in model.weights.indices {
                let range = starts[component]..<starts[component + 1]
                guard !range.isEmpty else { continue }
                generator.shuffle(&places, range)
                deal(
                    model.distribution(of: attribute, in: component), to: places[range],
                    column: attribute * rowCount, offset: generator.unit(), in: &rows)
            }
        }
        return rows
    }

    /// The first row of each component, and one behind the last.
    private static func starts(_ weights: [Double], rowCount: Int, offset: Double) -> [Int] {
        var sum = 0.0
        var starts = [0]
        for weight in weights {
            sum += weight
            starts.append(
                min(rowCount, max(0, Int((sum * Double(rowCount) + offset).rounded(.down)))))
        }
        starts[weights.count] = rowCount
        return starts
    }

    /// Deals cells out to rows.
    private func deal(
        _ distribution: ArraySlice<Float>, to places: ArraySlice<Int32>, column: Int,
        offset: Double, in rows: inout [UInt16]
    ) {
        let last = distribution.lastIndex { $0 > 0 } ?? distribution.startIndex
        let count = Double(places.count)
        var cell = distribution.startIndex
        var reached = Double(distribution[cell]) * count
        var target = offset
        for place in places {
            while reached <= target, cell < last {
                cell += 1
                reached += Double(distribution[cell]) * count
            }
            rows[column + Int(place)] = UInt16(cell - distribution.startIndex)
            target += 1
        }
    }
}
