// SPDX-License-Identifier: Apache-2.0

public import Tables

extension Curator {
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
    /// - Returns: The curator. Its memory is in proportion to the cells that occur.
    /// - Throws: `CurationError.shard` when a file is damaged, of another table, there twice or missing, when
    ///   the shards were counted with different marginals, or when two of them share a unit or, without a
    ///   unit column, hold the same records.
    public static func merging(
        _ shards: [(name: String, bytes: [UInt8])], schema: Schema, expected: ShardFacts,
        secondPass: SecondPass? = nil
    ) throws(CurationError) -> Curator {
        let sizes = schema.codecs.map(\.cellCount)
        let names = schema.attributeNames
        let sum = try sum(
            shards, expected: expected,
            columns: {
                $0.isEmpty ? "records per unit" : $0.map { names[$0] }.joined(separator: ", ")
            },
            cells: { attributes in
                guard !attributes.isEmpty else {
                    let unit = UnitRule(column: expected.unitColumn, rows: expected.unitRows)
                    return countsUnits(unit) ? unit.rows : nil
                }
                guard attributes.allSatisfy(sizes.indices.contains),
                    zip(attributes, attributes.dropFirst()).allSatisfy({ $0 < $1 })
                else { return nil }
                let count = cellCount(attributes, sizes)
                return count == .max ? nil : count
            })
        return Curator(
            counted: CountedTables(sizes: sizes, names: names, sum: sum, secondPass: secondPass),
            unitRows: expected.unitRows)
    }

    /// All shards of a table together.
    struct ShardSum {
        /// What they agree on; of the first one.
        let facts: ShardFacts
        let tables: [TallyFile.Name: Tally]
        /// The smallest hashes of the units of all of them; see `UnitSketch`.
        let sketch: [UnitHash]
    }

    /// Adds the tables of all shards up.
    ///
    /// - Parameters:
    ///   - shards: The bytes and the name of each shard's file.
    ///   - expected: What they must agree on.
    ///   - columns: What to call the columns of a table in errors.
    ///   - cells: How many cells a table must have; nil where there is no such table.
    static func sum(
        _ shards: [(name: String, bytes: [UInt8])], expected: ShardFacts,
        columns: ([Int]) -> String, cells: ([Int]) -> Int?
    ) throws(CurationError) -> ShardSum {
        var first: (facts: ShardFacts, name: String)?
        var seen: [Int: String] = [:]
        var sums: [TallyFile.Name: Tally] = [:]
        var sketches: [(name: String, hashes: [UnitHash])] = []
        var union = UnitSketch()
        var digests: [[UInt8]: String] = [:]
        for (name, bytes) in shards {
            let content = try TallyFile.decode(bytes, name: name, cells: cells)
            let facts = content.facts
            try check(facts, name: name, expected: expected, first: first?.facts)
            if let other = seen[facts.shard] {
                throw .shard(
                    "shard twice: \(name): it is shard \(facts.shard) as \(other) is; keep one")
            }
            seen[facts.shard] = name
            sketches.append((name, content.sketch))
            for hash in content.sketch { union.add(hash) }
            if expected.unitColumn == nil, content.isTelling {
                if let other = digests.updateValue(name, forKey: content.digest) {
                    throw .shard(
                        "records twice: \(name): found the same counts as in \(other), expected other "
                            + "records in each shard; count each part of the table as one shard")
                }
            }
            guard let first else {
                first = (facts, name)
                sums = content.tables
                continue
            }
            try agree(
                (name, content.tables.keys), (first.name, sums.keys), columns: columns)
            for (table, tally) in content.tables { sums[table]?.add(tally) }
        }
        guard let first else {
            throw .shard("no tally is given; expected the files that 'semblance count' wrote")
        }
        let missing = (0..<first.facts.shards).lazy.filter { seen[$0] == nil }
        guard seen.count == first.facts.shards else {
            throw .shard(
                "shards missing: \(first.name): found \(seen.count) of its run's "
                    + "\(first.facts.shards) shards, expected all of them; missing "
                    + missing.prefix(10).map(String.init).joined(separator: ", ")
                    + (seen.count + 10 < first.facts.shards ? " and more" : "")
                    + "; count those and give them too")
        }
        if let (one, other) = UnitSketch.overlap(sketches) {
            throw .shard(
                "a unit is in two shards: \(one) and \(other): found records of one unit in both, "
                    + "expected all of them in one; repartition by the unit column and count again")
        }
        return ShardSum(facts: first.facts, tables: sums, sketch: union.hashes)
    }

    /// Refuses shards that were counted with different marginals.
    private static func agree(
        _ one: (name: String, tables: Dictionary<TallyFile.Name, Tally>.Keys),
        _ other: (name: String, tables: Dictionary<TallyFile.Name, Tally>.Keys),
        columns: ([Int]) -> String
    ) throws(CurationError) {
        for (lacking, having) in [(one, other), (other, one)] {
            guard let table = having.tables.first(where: { !lacking.tables.contains($0) }) else {
                continue
            }
            throw .shard(
                "other marginals: \(lacking.name): found no tally of \(columns(table.attributes)), "
                    + "which \(having.name) has; count all shards with the same --ways and --clique"
            )
        }
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
        if let first, !facts.agrees(with: first) {
            throw .shard(
                "other shards: \(name): it does not belong to the same run as the others; "
                    + "count all shards with one key")
        }
    }
}
