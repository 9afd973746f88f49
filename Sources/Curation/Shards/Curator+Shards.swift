// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Streams

extension Curator {
    /// Counts the records of one shard and writes the exact tallies to a file of the owner's.
    ///
    /// The one place where exact counts leave the program: into a file that only its owner can read,
    /// marked secret, which nothing but `merging` takes. Spends nothing, since nothing is published.
    ///
    /// - Parameters:
    ///   - path: Where to write; replaced as a whole, or not at all.
    ///   - cliques: Attribute indices of each wanted marginal, with a product of sizes below 2⁶³. Units by
    ///     their records are written beside them where they are counted.
    ///   - facts: What the shards must agree on.
    /// - Throws: `CurationError` when the disk is full or a marginal is too large.
    /// - Complexity: As `measure`; marginals of more than `largestDense` cells take sorting of their cells,
    ///   in a fixed amount of memory.
    public borrowing func writeShard(
        to path: String, cliques: [[Int]], facts: ShardFacts
    ) throws(CurationError) {
        for clique in cliques { try check(clique, sizes: sizes, most: .max - 1) }
        let cells = cliques.map { Self.cellCount($0, sizes) }
        let dense = cliques.indices.filter { cells[$0] <= Self.largestDense }
        let sparse = cliques.indices.filter { cells[$0] > Self.largestDense }
        let own = unitSizes(in: .training) == nil ? 0 : 2
        var writer = try Self.writer(to: path, facts, tables: 2 * cliques.count + own)
        for part in [Part.training, .holdout] {
            if let counts = unitSizes(in: part) {
                try Self.write(Tally(counts), as: .rowsPerUnit(part), to: &writer)
            }
            for range in Self.batches(dense.map { cells[$0] }) {
                let counts = try tallies(
                    of: dense[range].map { cliques[$0] }, in: part, recoding: nil)
                for (index, counts) in zip(dense[range], counts) {
                    try Self.write(
                        Tally(counts), as: .init(part: part, attributes: cliques[index]),
                        to: &writer)
                }
            }
            try write(sparse.map { cliques[$0] }, in: part, to: &writer)
        }
        try Self.finish(writer, sketch)
    }

    /// Answers a second pass over the records of one shard: the exact histogram of a query that a
    /// release of counted shards asked, into a file of the owner's as above.
    ///
    /// - Parameters:
    ///   - path: Where to write.
    ///   - query: The bytes of the query's file.
    ///   - facts: What the shards must agree on; its content is the digest of the query.
    /// - Throws: `CurationError` when the query does not fit the table or the disk is full.
    public borrowing func writeShard(
        to path: String, answering query: [UInt8], facts: ShardFacts
    ) throws(CurationError) {
        guard let query = try? JSONDecoder().decode(RecordQuery.self, from: Data(query)),
            query.fits(sizes: sizes)
        else { throw .query("it is not one that a release of this schema asks") }
        var writer = try Self.writer(to: path, facts, tables: 2)
        for part in [Part.training, .holdout] {
            try Self.write(
                Tally(try histogram(of: query, in: part)), as: .init(part: part, attributes: [0]),
                to: &writer)
        }
        try Self.finish(writer, sketch)
    }

    /// Writes sparse tallies as they are counted.
    private borrowing func write(
        _ cliques: [[Int]], in part: Part, to writer: inout TallyFile.Writer
    ) throws(CurationError) {
        var open = -1
        // A clique without records is handed out not at all; its table is there all the same.
        func advance(to index: Int, _ writer: inout TallyFile.Writer) {
            while open < index {
                if open >= 0 { writer.end() }
                open += 1
                guard open < cliques.count else { return }
                writer.begin(
                    .init(part: part, attributes: cliques[open]),
                    cells: Self.cellCount(cliques[open], sizes))
            }
        }
        try sparseTallies(of: cliques, in: part) { (index, entries) throws(StreamError) in
            advance(to: index, &writer)
            try writer.add(entries)
        }
        advance(to: cliques.count, &writer)
    }

    private static func write(
        _ tally: Tally, as name: TallyFile.Name, to writer: inout TallyFile.Writer
    ) throws(CurationError) {
        writer.begin(name, cells: tally.cells)
        do {
            try writer.add(tally.entries)
        } catch {
            throw .stream(error)
        }
        writer.end()
    }

    private static func writer(
        to path: String, _ facts: ShardFacts, tables: Int
    ) throws(CurationError) -> TallyFile.Writer {
        do {
            return try TallyFile.Writer(to: path, facts, tables: tables)
        } catch {
            throw .stream(error)
        }
    }

    private static func finish(
        _ writer: consuming TallyFile.Writer, _ sketch: [UnitHash]
    ) throws(CurationError) {
        do {
            try writer.finish(sketch)
        } catch {
            throw .stream(error)
        }
    }
}
