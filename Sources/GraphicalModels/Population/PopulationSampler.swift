// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Draws rows of a field whose pairs are the wanted ones nearly to the row.
///
/// A block begins as rows of the mixture, dealt out systematically; a few sweeps of Gibbs steps make them
/// the field's, and changes that bring counts of pairs nearer to the wanted ones remove most of the noise
/// of drawing. That takes some microseconds a row. A table of more than `mostRefined` rows has so little of
/// that noise that rows come from a pool instead: `poolBlocks` refined blocks, each row of which is used
/// once in as many blocks of the table, with `redraws` of its values drawn anew given the others, which
/// leaves the field's distribution as it is.
public struct PopulationSampler: Sendable {
    private let field: PairwiseField
    private let mixture: MixtureSampler
    private var seed: UInt64
    private let crew: Crew
    private let pool = Pool()
    private let sweeps: Int, rowOffers: Int

    /// Rows of a table that are all refined; more are drawn from a pool.
    public static let mostRefined = 1 << 20
    /// Rows of a refined block of the pool.
    private static let poolRows = 1 << 16
    private static let poolBlocks = 4
    private static let redraws = 2
    private static let mostSweeps = 3, cellOffers = 10, mostRowOffers = 5
    /// Attributes times cells that a row's sweeps are worth, and pairs of attributes that its offers are.
    private static let sweepSteps = 150_000, offerPairs = 4000
    /// The seed of the pool, which all tables of a model share.
    private static let poolSeed: UInt64 = 1

    /// Prepares a sampler.
    ///
    /// - Parameters:
    ///   - field: The model; each attribute has at most 65,536 cells.
    ///   - seed: A public seed; equal seeds give equal rows.
    ///   - workers: Threads; 0 for one a processor. Rows do not depend on them.
    public init(field: PairwiseField, seed: UInt64, workers: Int = 0) {
        self.field = field
        self.seed = seed
        mixture = MixtureSampler(model: field.mixture, seed: seed)
        crew = Crew(workers: workers)
        let count = max(1, field.places.attributes.count)
        sweeps = min(Self.mostSweeps, max(1, Self.sweepSteps / (count * field.places.width + 1)))
        rowOffers = min(Self.mostRowOffers, Self.offerPairs / max(1, count * (count - 1) / 2))
    }

    /// The same sampler with another seed.
    ///
    /// - Parameter seed: A public seed.
    /// - Returns: A sampler of the same model. Complexity: O(1).
    public func reseeded(_ seed: UInt64) -> PopulationSampler {
        var sampler = self
        sampler.seed = seed
        return sampler
    }

    /// One block of rows.
    ///
    /// - Parameters:
    ///   - index: The block; blocks are independent of each other given the model, but for what a pool
    ///     shares.
    ///   - rowCount: Rows of the block.
    ///   - tableRows: Rows of the whole table, a public or noisy number.
    /// - Returns: Codes in column-major order with stride `rowCount`; the same for equal seed, index and
    ///   counts, whatever thread asks. Complexity: O(rows × attributes × cells), and O(rows ×
    ///   attributes + rows × cells) from a pool; cells those of all attributes.
    public func block(_ index: Int, rowCount: Int, tableRows: Int = 0) -> [UInt16] {
        guard field.isUsable, rowCount > 0 else {
            return mixture.reseeded(seed).block(index, rowCount: rowCount)
        }
        return tableRows > Self.mostRefined
            ? pooled(index, rowCount: rowCount)
            : refined(index, rowCount: rowCount).codes
    }

    private func refined(_ index: Int, rowCount: Int) -> PlaceRows {
        let mixture = self.mixture.reseeded(seed)
        let rows = PlaceRows(
            codes: mixture.block(index, rowCount: rowCount), count: rowCount, layout: field.places)
        var generator = generator(index)
        for _ in 0..<sweeps { field.sweep(rows, seed: generator.next(), crew: crew) }
        var refinement = RowRefinement(rows, field: field, generator: generator, crew: crew)
        for _ in 0..<Self.cellOffers { refinement.offerCells() }
        for _ in 0..<rowOffers { refinement.offerRows(from: mixture, block: index) }
        return rows
    }

    private func pooled(_ index: Int, rowCount: Int) -> [UInt16] {
        let blocks = pool.blocks {
            (0..<Self.poolBlocks).map { block in
                reseeded(Self.poolSeed).refined(block, rowCount: Self.poolRows)
            }
        }
        var generator = generator(index)
        var order: [Int32] = []
        while order.count < rowCount {
            var next = (0..<Int32(Self.poolRows)).map { $0 }
            generator.shuffle(&next, 0..<Self.poolRows)
            order += next.prefix(rowCount - order.count)
        }
        let rows = PlaceRows(of: blocks[index % Self.poolBlocks], in: order)
        for _ in 0..<Self.redraws { field.drawCells(of: rows, &generator) }
        return rows.codes
    }

    /// Apart from the mixture's own streams.
    private func generator(_ index: Int) -> SeededGenerator {
        SeededGenerator(seed: seed ^ 0x5851_F42D_4C95_7F2D, stream: UInt64(index))
    }
}

/// Refined blocks that are made when they are first needed.
private final class Pool: Sendable {
    private let kept = Mutex<[PlaceRows]>([])

    func blocks(_ make: () -> [PlaceRows]) -> [PlaceRows] {
        kept.withLock { kept in
            if kept.isEmpty { kept = make() }
            return kept
        }
    }
}
