// SPDX-License-Identifier: Apache-2.0

import Curation
import Evaluation
import Synthesis
import Tables

/// Which marginals a shard is counted for, and which a release asks of shards: one place, so that the two
/// agree.
enum ShardMarginals {
    /// Most cells that the dense tallies of a shard may have together: 1 GiB of counts.
    static let largestTally = 1 << 27

    /// The marginals that a release of counted shards will ask; `counted` has all of them.
    static func asked(by prepared: PreparedRelease) -> [[Int]] {
        let sizes = prepared.schema.codecs.map(\.cellCount)
        return sizes.indices.map { [$0] }
            + prepared.method.queries(of: sizes, workload: prepared.workload)
            + (prepared.file.evidence == nil ? [] : UtilityEvaluation.pairs(of: sizes))
    }

    /// The marginals to count: all columns, all pairs that any method or the evidence would look at, and
    /// what else was named.
    ///
    /// Marginals of many cells are counted sparsely: they take a fixed amount of memory, of the cells that
    /// occur only a part at a time.
    ///
    /// - Parameters:
    ///   - prepared: The release.
    ///   - ways: 1 for columns only.
    ///   - cliques: Further marginals, each as names of columns with commas between them.
    /// - Throws: `ReleaseError` with status `usage` for a wrong name, `configuration` where tallies would
    ///   not fit in memory.
    static func counted(
        for prepared: PreparedRelease, ways: Int, cliques names: [String]
    ) throws(ReleaseError) -> [[Int]] {
        let sizes = prepared.schema.codecs.map(\.cellCount)
        // Of more columns than two only what the release asks for.
        var cliques = asked(by: prepared).filter { ways > 1 || $0.count == 1 }
        // Another method may be chosen later, without counting again.
        if ways > 1 { cliques += SynthesisPlan.pairs(of: sizes) }
        for name in names { cliques.append(try clique(name, of: prepared)) }
        var seen: Set<[Int]> = []
        cliques = cliques.filter { seen.insert($0).inserted }
        try checkMemory(cliques, sizes: sizes, of: prepared)
        return cliques
    }

    private static func checkMemory(
        _ cliques: [[Int]], sizes: [Int], of prepared: PreparedRelease
    ) throws(ReleaseError) {
        let dense = cliques.map { Curator.cellCount($0, sizes) }.filter {
            $0 <= Curator.largestDense
        }
        let cells = dense.reduce(0, +)
        guard cells > largestTally else { return }
        let widest = sizes.indices.sorted { sizes[$0] > sizes[$1] }.prefix(3)
        let names = widest.map { "\(prepared.schema.attributeNames[$0]) (\(sizes[$0]) cells)" }
        throw ReleaseError(
            .configuration,
            "too many cells to count: \(prepared.file.schema): found \(cells) in "
                + "\(dense.count) marginals, expected at most \(largestTally); use fewer bins or "
                + "values, first in \(names.joined(separator: ", ")), or --ways 1")
    }

    /// The attributes of a marginal that a person named.
    private static func clique(
        _ text: String, of prepared: PreparedRelease
    ) throws(ReleaseError) -> [Int] {
        let schema = prepared.schema
        let expected = "expected names out of " + schema.attributeNames.joined(separator: ", ")
        func refusal(_ what: String, _ rest: String) -> ReleaseError {
            ReleaseError(.usage, "\(what): --clique \(text): \(rest)")
        }
        var clique: [Int] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            guard let attribute = schema.attribute(named: name) else {
                let isIdentifier = schema.fields.contains { $0.name == name }
                throw isIdentifier
                    ? refusal("identifier", "'\(name)' is never counted; \(expected)")
                    : refusal("no such column", "found '\(name)', \(expected)")
            }
            guard !clique.contains(attribute) else {
                throw refusal("column twice", "found '\(name)' again, expected each once")
            }
            clique.append(attribute)
        }
        clique.sort()
        guard Curator.cellCount(clique, schema.codecs.map(\.cellCount)) < .max else {
            let sizes = clique.map { schema.codecs[$0].cellCount }
            throw refusal(
                "too many cells",
                "found " + sizes.map(String.init).joined(separator: " · ")
                    + ", expected a product below 2^63; name fewer columns or use fewer bins")
        }
        return clique
    }
}
