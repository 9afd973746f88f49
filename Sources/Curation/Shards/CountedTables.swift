// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Synchronization

/// Counted tables of all shards together, in place of records.
struct CountedTables: Sendable {
    let sizes: [Int]
    /// For each part the counts of each clique.
    let counts: [Part: [[Int]: [Int64]]]
    /// What the shards agree on.
    let facts: ShardFacts
    /// Answers queries that need the records, if anybody does.
    let secondPass: Curator.SecondPass?
    /// What was answered so far: a query is about both parts.
    private let answers = Answers()

    private final class Answers: Sendable {
        let known = Mutex<[RecordQuery: [Part: [Int64]]]>([:])
    }

    init(
        sizes: [Int], counts: [Part: [[Int]: [Int64]]], facts: ShardFacts,
        secondPass: Curator.SecondPass?
    ) {
        self.sizes = sizes
        self.counts = counts
        self.facts = facts
        self.secondPass = secondPass
    }

    /// The exact histogram of a query, by a pass over the shards' records.
    func histogram(of query: RecordQuery, in part: Part) throws(CurationError) -> [Int64] {
        if let known = answers.known.withLock({ $0[query]?[part] }) { return known }
        guard let secondPass else {
            throw .shard(
                "evidence needs the records: shards hold counted marginals only; name a folder "
                    + "for queries with --queries, or switch evidence off")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Plain values only, which always encode.
        let bytes = Array((try? encoder.encode(query)) ?? Data())
        let expected = ShardFacts(
            schema: facts.schema, unitColumn: facts.unitColumn, unitRows: facts.unitRows,
            holdout: facts.holdout, key: facts.key, content: Self.digest(bytes), shard: 0,
            shards: facts.shards)
        let cells = query.shape(sizes: sizes).reduce(1, *)
        let (found, counts) = try Curator.sum(try secondPass(bytes), expected: expected) { _ in
            cells
        }
        guard found.agrees(with: expected), let training = counts[.training]?[[0]],
            let holdout = counts[.holdout]?[[0]]
        else {
            throw .shard("the answers to a query are of another run; count again")
        }
        answers.known.withLock { $0[query] = [.training: training, .holdout: holdout] }
        return part == .training ? training : holdout
    }

    /// What ties an answer to its query.
    static func digest(_ query: [UInt8]) -> String {
        SHA256.hash(data: query).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

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
