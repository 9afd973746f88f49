// SPDX-License-Identifier: Apache-2.0

import Curation
import Glibc
public import Synthesis
public import Tables

/// The synthetic rows of one release, made block by block whenever they are needed.
///
/// Equal model and seed give equal rows, so evaluation, attacks and writing see the same table
/// without holding it in memory. It is post-processing of charged measurements and spends nothing.
public struct SyntheticTable: Sendable {
    /// The fitted synthesizer that the rows are drawn from.
    public let fitted: FittedSynthesizer
    /// The value codecs of the attributes.
    public let codecs: [ColumnCodec]
    /// Cells of each attribute.
    public let sizes: [Int]
    /// The public seed.
    public let seed: UInt64
    /// How many rows the table has.
    public let rowCount: Int
    /// How rows are divided among invented units; nil where each row is one.
    public let grouping: UnitGrouping?
    /// The rules between columns that every row can keep; nil for none.
    public let constraints: ConstraintSet?
    /// Attributes that are changed last where a row cannot keep the rules: those of a condition that all rows meet,
    /// or of classes in exact numbers.
    public private(set) var pinned: [Int] = []
    /// Rows of a block; the last one may be shorter.
    public static let blockRows = 65_536
    private var cache: BlockCache

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - fitted: The fitted synthesizer.
    ///   - codecs: The value codecs of the attributes, in their order.
    ///   - seed: The public seed.
    ///   - rowCount: How many rows the table has, at least 1.
    ///   - grouping: How rows are divided among invented units; nil where each row is one.
    ///   - constraints: The rules between columns that every row has to be able to keep; nil for none.
    public init(
        fitted: FittedSynthesizer, codecs: [ColumnCodec], seed: UInt64, rowCount: Int,
        grouping: UnitGrouping? = nil, constraints: ConstraintSet? = nil
    ) {
        precondition(rowCount >= 1)
        self.fitted = fitted
        self.codecs = codecs
        sizes = codecs.map(\.cellCount)
        self.seed = seed
        self.rowCount = rowCount
        self.grouping = grouping
        self.constraints = constraints
        cache = BlockCache(blockBytes: 2 * codecs.count * min(Self.blockRows, rowCount))
    }

    /// The same table with attributes that are changed last where a row cannot keep the rules.
    ///
    /// - Parameter attributes: The attributes.
    public func pinning(_ attributes: [Int]) -> SyntheticTable {
        var table = self
        table.pinned = attributes
        table.cache = BlockCache(blockBytes: 2 * codecs.count * min(Self.blockRows, rowCount))
        return table
    }

    /// The classes that the rows are of, in exact numbers; nil for rows of `fitted`.
    private var strata: Strata?

    /// The same table with rows of several classes in exact numbers.
    ///
    /// - Parameter strata: The classes; they have as many rows as the table.
    /// - Returns: A table of the classes' rows.
    public func balanced(_ strata: Strata) -> SyntheticTable {
        precondition(strata.rowCount == rowCount)
        var table = self
        table.strata = strata
        table.cache = BlockCache(blockBytes: 2 * codecs.count * min(Self.blockRows, rowCount))
        return table
    }

    /// The same table for one pass over it: no block is kept for another.
    ///
    /// - Returns: A table of the same rows.
    public func readOnce() -> SyntheticTable {
        var table = self
        table.cache = BlockCache(blockBytes: .max)
        return table
    }

    /// The cells of an attribute that hold values, not "missing" or "other".
    ///
    /// - Parameter attribute: The attribute's index.
    /// - Returns: Codes in ascending order.
    public func valueCells(of attribute: Int) -> [Int] {
        let codec = codecs[attribute]
        return (0..<codec.cellCount).filter { !codec.isMissing($0) && !codec.isOther($0) }
    }

    /// How many blocks the table has.
    public var blockCount: Int { (rowCount + Self.blockRows - 1) / Self.blockRows }

    /// One block of rows.
    ///
    /// - Parameter index: The block, from 0.
    /// - Returns: Codes in column-major order with stride `rowCount`, and the number of rows.
    public func block(_ index: Int) -> (codes: [UInt16], rowCount: Int) {
        let block = unitBlock(index)
        return (block.codes, block.rowCount)
    }

    /// One block of rows with their units.
    ///
    /// Rows of a unit come one after the other and have the same cells of the constant attributes: where a
    /// unit's rows did not agree, its first one's. No unit has rows in two blocks. Every row has values that keep
    /// the schema's constraints, see `ConstraintSet.mend`.
    ///
    /// - Parameter index: The block, from 0.
    /// - Returns: The block; equal model, seed and grouping give an equal one.
    public func unitBlock(_ index: Int) -> UnitBlock {
        precondition(index >= 0 && index < blockCount)
        return cache.block(index, make: makeBlock)
    }

    /// Calls a body with one block after the other; the next ones are made beside each other, one a
    /// processor.
    ///
    /// - Parameter body: Gets the block's number, its codes in column-major order and its rows.
    /// - Throws: What the body throws.
    public func forEachBlock<Failure: Error>(
        _ body: (_ index: Int, _ codes: [UInt16], _ rowCount: Int) throws(Failure) -> Void
    ) throws(Failure) {
        let width = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        for start in stride(from: 0, to: blockCount, by: width) {
            let range = start..<min(blockCount, start + width)
            for (index, block) in zip(range, cache.blocks(range, make: makeBlock)) {
                try body(index, block.codes, block.rowCount)
            }
        }
    }

    func count(of block: Int) -> Int {
        min(Self.blockRows, rowCount - block * Self.blockRows)
    }

    /// Rows of the model, before anything is changed in them.
    func drawn(_ block: Int) -> [UInt16] {
        strata?.rows(
            block: block, first: block * Self.blockRows, count: count(of: block), seed: seed)
            ?? fitted.rows(
                block: block, count: count(of: block), seed: seed, tableRows: rowCount)
    }

    /// Counts of the rows over each clique, in one pass over the blocks.
    ///
    /// - Parameter cliques: Attributes of each clique.
    /// - Returns: For each clique its cells, row-major, last attribute fastest; each sums to `rowCount`.
    ///   Complexity: O(rows × Σ clique lengths).
    public func tallies(of cliques: [[Int]]) -> [[Int64]] {
        var tallies = cliques.map { clique in
            [Int64](repeating: 0, count: clique.reduce(1) { $0 * sizes[$1] })
        }
        forEachBlock { _, codes, count in
            for (position, clique) in cliques.enumerated() {
                Self.count(
                    clique, codes: codes, rows: count, sizes: sizes, into: &tallies[position])
            }
        }
        return tallies
    }

    /// The most cells of a clique that are held in memory.
    func heldCount(of clique: [Int]) -> Int {
        min(Curator.cellCount(clique, sizes), rowCount, SyntheticCounts.heldCells)
    }

    /// Counts of the rows over each clique, of the cells that occur, in one pass over the blocks.
    ///
    /// - Parameters:
    ///   - cliques: Attributes of each clique; the product of their sizes is below 2⁶³.
    ///   - directory: A folder on a local disk for what memory does not hold.
    /// - Returns: For each clique its counts; each sums to `rowCount`. Complexity: O(rows × Σ clique
    ///   lengths); memory in proportion to the sum of `heldCount(of:)`.
    /// - Throws: `CurationError.stream` when the disk is full.
    func counts(
        of cliques: [[Int]], spillingTo directory: String
    ) throws(CurationError) -> [SyntheticCounts] {
        let isDense = cliques.map { clique in
            let cells = Curator.cellCount(clique, sizes)
            return cells <= rowCount && cells <= Curator.largestDense
        }
        var dense = tallies(of: zip(cliques, isDense).filter(\.1).map(\.0)).makeIterator()
        var counts = isDense.map { isDense in
            (isDense ? dense.next() : nil).map(SyntheticCounts.init(dense:))
                ?? SyntheticCounts(spillingTo: directory)
        }
        guard isDense.contains(false) else { return counts }
        // Several blocks at a time: adding to counts takes as long as there are cells.
        let most = 8 * Self.blockRows
        var keys = [[UInt64]](repeating: [], count: cliques.count)
        try forEachBlock { index, codes, rows throws(CurationError) in
            for position in cliques.indices where !isDense[position] {
                for row in 0..<rows {
                    keys[position].append(
                        cliques[position].reduce(0) { key, attribute in
                            key * UInt64(sizes[attribute]) + UInt64(codes[attribute * rows + row])
                        })
                }
                if keys[position].count >= most || index == blockCount - 1 {
                    try counts[position].add(keys[position])
                    keys[position].removeAll(keepingCapacity: true)
                }
            }
        }
        return counts
    }

    private static func count(
        _ clique: [Int], codes: [UInt16], rows: Int, sizes: [Int], into cells: inout [Int64]
    ) {
        for row in 0..<rows {
            var cell = 0
            for attribute in clique {
                cell = cell * sizes[attribute] + Int(codes[attribute * rows + row])
            }
            cells[cell] += 1
        }
    }
}
