// SPDX-License-Identifier: Apache-2.0

import Streams
public import Tables

/// Counted tables of all shards together, in place of records.
struct CountedTables: Sendable {
    let sizes: [Int]
    /// For each part the counts of each clique.
    let counts: [Part: [[Int]: [Int64]]]

    /// Tallies out of what was counted; a smaller clique is a marginal of a larger one.
    func tallies(
        of cliques: [[Int]], in part: Part, recoding: Recoding?
    ) throws(CurationError) -> [[Int64]] {
        let tables = counts[part] ?? [:]
        var answers: [[Int64]] = []
        for clique in cliques {
            let source =
                tables[clique] != nil
                ? clique : tables.keys.first { key in clique.allSatisfy(key.contains) }
            guard let source, let counts = tables[source] else {
                throw .shard(
                    "not counted: a marginal of \(clique.count) columns: "
                        + "count the shards with it, or synthesize with one- and two-way marginals")
            }
            let plan = TallyPlan(cliques: [source], sizes: sizes)
            let marginal = plan.marginal(
                clique,
                of: TallyPlan.Table(attributes: source, pair: nil, cells: counts.count),
                counts: counts)
            answers.append(Self.recode(marginal, clique, sizes: sizes, recoding: recoding))
        }
        return answers
    }

    /// Merges the cells of a tally.
    private static func recode(
        _ tally: [Int64], _ clique: [Int], sizes: [Int], recoding: Recoding?
    ) -> [Int64] {
        guard let recoding else { return tally }
        var merged = [Int64](repeating: 0, count: clique.reduce(1) { $0 * recoding.sizes[$1] })
        for cell in tally.indices {
            var rest = cell
            var target = 0
            var step = 1
            for attribute in clique.reversed() {
                target += Int(recoding.maps[attribute][rest % sizes[attribute]]) * step
                step *= recoding.sizes[attribute]
                rest /= sizes[attribute]
            }
            merged[target] += tally[cell]
        }
        return merged
    }
}

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
        do throws(StreamError) {
            var file = try AtomicFile(creating: path, replacing: true, mode: 0o600)
            try file.write(TallyFile.encode(facts, tables))
            try file.commit()
        } catch {
            throw .stream(error)
        }
    }

    /// A curator of counted shards.
    ///
    /// - Parameters:
    ///   - shards: The bytes and the name of each shard's file.
    ///   - schema: The schema they were counted with.
    ///   - expected: What they must agree on; its shard number and digest of the key do not matter.
    /// - Returns: The curator; evidence that needs the records cannot be bought from it.
    /// - Throws: `CurationError.shard` when a file is damaged, of another table, there twice or missing.
    public static func merging(
        _ shards: [(name: String, bytes: [UInt8])], schema: Schema, expected: ShardFacts
    ) throws(CurationError) -> Curator {
        var first: ShardFacts?
        var seen: [Int: String] = [:]
        var sums: [Part: [[Int]: [Int64]]] = [:]
        let sizes = schema.codecs.map(\.cellCount)
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
                guard table.counts.count == cellCount(table.attributes, sizes) else {
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
        return Curator(
            counted: CountedTables(sizes: sizes, counts: sums), unitRows: expected.unitRows)
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
