// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Synchronization

/// Counted tables of all shards together, in place of records.
struct CountedTables: Sendable {
    let sizes: [Int]
    /// The counts of each clique in each part.
    let tables: [TallyFile.Name: Tally]
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
        sizes: [Int], tables: [TallyFile.Name: Tally], facts: ShardFacts,
        secondPass: Curator.SecondPass?
    ) {
        self.sizes = sizes
        self.tables = tables
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
        let (found, tables) = try Curator.sum(
            try secondPass(bytes), expected: expected, columns: { _ in "the query" },
            cells: { $0 == [0] ? cells : nil })
        guard found.agrees(with: expected),
            let training = tables[.init(part: .training, attributes: [0])]?.counts,
            let holdout = tables[.init(part: .holdout, attributes: [0])]?.counts
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

    /// The counted table that a clique is a marginal of: the one of fewest cells.
    ///
    /// - Returns: Its attributes; nil where none was counted.
    func source(of clique: [Int], in part: Part) -> [Int]? {
        if tables[.init(part: part, attributes: clique)] != nil { return clique }
        return tables.filter { name, _ in
            name.part == part && clique.allSatisfy(name.attributes.contains)
        }.min { one, other in
            one.value.cells != other.value.cells
                ? one.value.cells < other.value.cells
                : one.key.attributes.lexicographicallyPrecedes(other.key.attributes)
        }?.key.attributes
    }

    private func table(
        _ clique: [Int], in part: Part
    ) throws(CurationError) -> (tally: Tally, attributes: [Int]) {
        guard let source = source(of: clique, in: part),
            let tally = tables[.init(part: part, attributes: source)]
        else {
            throw .shard(
                "not counted: a marginal of \(clique.count) columns: "
                    + "count the shards with it, see --ways and --clique")
        }
        return (tally, source)
    }

    /// Dense tallies out of what was counted; a smaller clique is a marginal of a larger one.
    func tallies(
        of cliques: [[Int]], in part: Part, recoding: Recoding?
    ) throws(CurationError) -> [[Int64]] {
        var answers: [[Int64]] = []
        for clique in cliques {
            let (tally, source) = try table(clique, in: part)
            guard recoding != nil || source != clique else {
                answers.append(tally.counts)
                continue
            }
            var counts = [Int64](
                repeating: 0, count: Curator.cellCount(clique, recoding?.sizes ?? sizes))
            for entry in tally.projected(
                to: clique, from: source, sizes: sizes, recoding: recoding)
            {
                counts[Int(entry.key)] += entry.count
            }
            answers.append(counts)
        }
        return answers
    }

    /// The cells of a clique that occur, with ascending keys.
    func entries(of clique: [Int], in part: Part) throws(CurationError) -> [CellCount] {
        let (tally, source) = try table(clique, in: part)
        guard source != clique else { return tally.entries }
        let cells = tally.projected(to: clique, from: source, sizes: sizes, recoding: nil)
            .sorted { $0.key < $1.key }
        var sums: [CellCount] = []
        for cell in cells {
            if sums.last?.key == cell.key {
                sums[sums.count - 1].count += cell.count
            } else {
                sums.append(cell)
            }
        }
        return sums
    }
}
