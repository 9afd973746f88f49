// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Privacy
import Streams
public import Tables

extension Curator {
    /// Counts the records of one shard and writes the exact tallies to a file of the owner's.
    ///
    /// The one place where exact counts leave the program: into a file that only its owner can read,
    /// marked secret, which nothing but `merging` takes. Spends nothing, since nothing is published.
    ///
    /// - Parameters:
    ///   - path: Where to write; replaced as a whole, or not at all.
    ///   - cliques: Attribute indices of each wanted marginal.
    ///   - facts: What the shards must agree on.
    /// - Throws: `CurationError` when the disk is full or a marginal is too large.
    /// - Complexity: As `measure`.
    public borrowing func writeShard(
        to path: String, cliques: [[Int]], facts: ShardFacts
    ) throws(CurationError) {
        for clique in cliques { try check(clique, sizes: sizes) }
        var tables: [TallyFile.Table] = []
        for part in [Part.training, .holdout] {
            for range in Self.batches(cliques.map { Self.cellCount($0, sizes) }) {
                let counts = try tallies(of: Array(cliques[range]), in: part, recoding: nil)
                for (index, table) in zip(range, counts) {
                    tables.append(
                        TallyFile.Table(part: part, attributes: cliques[index], counts: table))
                }
            }
        }
        try Self.write(facts, tables, to: path)
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
        var tables: [TallyFile.Table] = []
        for part in [Part.training, .holdout] {
            tables.append(
                TallyFile.Table(
                    part: part, attributes: [0], counts: try histogram(of: query, in: part)))
        }
        try Self.write(facts, tables, to: path)
    }

    private static func write(
        _ facts: ShardFacts, _ tables: [TallyFile.Table], to path: String
    ) throws(CurationError) {
        do throws(StreamError) {
            var file = try AtomicFile(creating: path, replacing: true, mode: 0o600)
            try file.write(TallyFile.encode(facts, tables))
            try file.commit()
        } catch {
            throw .stream(error)
        }
    }

    /// Asks somebody who has the records for the exact histogram of a query: takes the query's bytes and
    /// gives the files that `writeShard(to:answering:facts:)` wrote for it, one a shard.
    public typealias SecondPass =
        @Sendable (_ query: [UInt8]) throws(CurationError) -> [(name: String, bytes: [UInt8])]

    /// A curator of counted shards.
    ///
    /// - Parameters:
    ///   - shards: The bytes and the name of each shard's file.
    ///   - schema: The schema they were counted with.
    ///   - expected: What they must agree on; its shard number and digest of the key do not matter.
    ///   - secondPass: Answers evidence queries, which need the records; nil for none.
    /// - Returns: The curator.
    /// - Throws: `CurationError.shard` when a file is damaged, of another table, there twice or missing.
    public static func merging(
        _ shards: [(name: String, bytes: [UInt8])], schema: Schema, expected: ShardFacts,
        secondPass: SecondPass? = nil
    ) throws(CurationError) -> Curator {
        let sizes = schema.codecs.map(\.cellCount)
        let (first, counts) = try sum(shards, expected: expected) { cellCount($0, sizes) }
        return Curator(
            counted: CountedTables(
                sizes: sizes, counts: counts, facts: first, secondPass: secondPass),
            unitRows: expected.unitRows)
    }

    /// Adds the tables of all shards up.
    ///
    /// - Parameters:
    ///   - shards: The bytes and the name of each shard's file.
    ///   - expected: What they must agree on.
    ///   - cells: How many cells a table must have.
    static func sum(
        _ shards: [(name: String, bytes: [UInt8])], expected: ShardFacts,
        cells: ([Int]) -> Int
    ) throws(CurationError) -> (facts: ShardFacts, counts: [Part: [[Int]: [Int64]]]) {
        var first: ShardFacts?
        var seen: [Int: String] = [:]
        var sums: [Part: [[Int]: [Int64]]] = [:]
        for (name, bytes) in shards {
            let (facts, tables) = try TallyFile.decode(bytes, name: name)
            try Self.check(facts, name: name, expected: expected, first: first)
            first = first ?? facts
            if let other = seen[facts.shard] {
                throw .shard(
                    "shard twice: \(name): it is shard \(facts.shard) as \(other) is; keep one")
            }
            seen[facts.shard] = name
            for table in tables {
                guard table.counts.count == cells(table.attributes) else {
                    throw .shard("malformed tally: \(name): a table does not fit the schema")
                }
                var counts = sums[table.part]?[table.attributes] ?? table.counts.map { _ in 0 }
                for index in counts.indices { counts[index] += table.counts[index] }
                sums[table.part, default: [:]][table.attributes] = counts
            }
        }
        guard let first else {
            throw .shard("no tally is given; expected the files that 'semblance count' wrote")
        }
        let missing = (0..<first.shards).filter { seen[$0] == nil }
        guard missing.isEmpty else {
            throw .shard(
                "shards missing: found \(seen.count) of \(first.shards); missing "
                    + missing.prefix(10).map(String.init).joined(separator: ", "))
        }
        return (first, sums)
    }

    private static func check(
        _ facts: ShardFacts, name: String, expected: ShardFacts, first: ShardFacts?
    ) throws(CurationError) {
        guard facts.schema == expected.schema else {
            throw .shard(
                "other schema: \(name): it was counted with another schema than this release has; "
                    + "count again")
        }
        guard facts.unitColumn == expected.unitColumn, facts.unitRows == expected.unitRows,
            facts.holdout == expected.holdout, facts.content == expected.content
        else {
            throw .shard(
                "other rules: \(name): unit, cap of rows, holdout or queries differ from this "
                    + "release's; count again")
        }
        guard facts.shard >= 0, facts.shard < facts.shards else {
            throw .shard("malformed tally: \(name): no such shard number")
        }
        if let first, !facts.agrees(with: first) {
            throw .shard(
                "other shards: \(name): it does not belong to the same run as the others; "
                    + "count all shards with one key")
        }
    }
}
