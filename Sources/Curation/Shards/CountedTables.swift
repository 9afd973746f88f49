// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Synchronization

/// Counted tables of all shards together, in place of records.
struct CountedTables: Sendable {
    let sizes: [Int]
    /// What to call the attributes in errors.
    let names: [String]
    /// The counts of each clique in each part.
    let tables: [TallyFile.Name: Tally]
    /// What the shards agree on.
    let facts: ShardFacts
    /// The smallest hashes of the units that were counted.
    private let sketch: [UnitHash]
    /// Answers queries that need the records, if anybody does.
    let secondPass: Curator.SecondPass?
    /// What was answered so far: a query is about both parts.
    private let answers = Answers()

    private final class Answers: Sendable {
        let known = Mutex<[RecordQuery: [Part: [Int64]]]>([:])
    }

    init(
        sizes: [Int], names: [String], sum: Curator.ShardSum, secondPass: Curator.SecondPass?
    ) {
        self.sizes = sizes
        self.names = names
        tables = sum.tables
        facts = sum.facts
        sketch = sum.sketch
        self.secondPass = secondPass
    }

    /// The exact histogram of a query, by a pass over the shards' records.
    ///
    /// A unit's part follows from key and name. What both parts spend counts once as long as each unit is in
    /// one part only, so a pass over units of other names, or of the same names spelt otherwise, is
    /// refused: its sketch differs. That is certain for tables of no more units than a sketch holds;
    /// in larger ones a share f of changed names is missed with a probability of (1 − f)⁸¹⁹².
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
        let answer = try Curator.sum(
            try secondPass(bytes), expected: expected, columns: { _ in "the query" },
            cells: { $0 == [0] ? cells : nil })
        guard answer.facts.agrees(with: expected),
            let training = answer.tables[.init(part: .training, attributes: [0])]?.counts,
            let holdout = answer.tables[.init(part: .holdout, attributes: [0])]?.counts
        else {
            throw .shard(
                "other run: answers to a query: found another key or number of shards than the "
                    + "counted marginals have, expected the same; answer with the key of the first pass"
            )
        }
        if let column = facts.unitColumn, answer.sketch != sketch {
            throw .shard(
                "other units: answers to a query: found other values of \(column) than when the "
                    + "marginals were counted, expected the same, spelt alike; read the unchanged table "
                    + "in the same way in each pass, and count again")
        }
        answers.known.withLock { $0[query] = [.training: training, .holdout: holdout] }
        return part == .training ? training : holdout
    }

    /// The numbers of units with 1, 2, … records, as no unit is in two shards; nil where they were not counted.
    func unitSizes(in part: Part) -> [Int64]? {
        tables[.rowsPerUnit(part)]?.counts
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
                "not counted: the marginal of \(clique.map { names[$0] }.joined(separator: ", ")): "
                    + "found in no tally, expected in all; count the shards with it, see --ways and "
                    + "--clique")
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
