// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Tables
import Testing

@testable import Curation

/// A table of many units with rows all over it.
private func people(_ units: Int, seed: UInt64) -> [(Int, Int, String)] {
    var state = seed
    func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
    return (0..<units * 3).map { _ in (next(units), next(10), next(3) == 0 ? "a" : "b") }
}

private let key = ShardKey(hexadecimal: "000102030405060708090a0b0c0d0e0f")

/// Curates rows under the fixed key.
private func curate(
    _ values: [(Int, Int, String)], files: Int = 1, workers: Int = 1, rows cap: Int = 2,
    holdout: Rational = Rational(numerator: 1, denominator: 3), encrypted: Bool = false,
    allowsEmpty: Bool = false
) throws -> Curator {
    let folder = NSTemporaryDirectory() + "/shards-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var paths: [String] = []
    for file in 0..<files {
        let part = values.enumerated().filter { $0.offset % files == file }.map(\.element)
        paths.append("\(folder)/\(file).csv")
        try rows(part).write(toFile: paths[file], atomically: true, encoding: .utf8)
    }
    let schema = try Schema(json: Array(CurationTests.people.utf8), name: "schema")
    var reader = try TableReader(
        paths: paths, format: .csv, schema: schema, unitColumn: "who", badRows: .refuse)
    reader.allowsEmpty = allowsEmpty
    return try Curator.curate(
        reader, schema: schema, unit: UnitRule(column: "who", rows: cap), holdout: holdout,
        key: try #require(key),
        options: CurationOptions(
            temporaryDirectory: NSTemporaryDirectory(), encryptSpool: encrypted,
            workers: workers))
}

private let cliques = [[0], [1], [0, 1]]

/// Exact tallies of both parts.
private func exact(_ curator: borrowing Curator) throws -> [[[Int64]]] {
    [
        try curator.tallies(of: cliques, in: .training, recoding: nil),
        try curator.tallies(of: cliques, in: .holdout, recoding: nil),
    ]
}

private func facts(
    _ shard: Int, of shards: Int, schema: String = "s", unit: UnitRule? = nil,
    content: String = "marginals"
) -> ShardFacts {
    let unit = unit ?? UnitRule(column: "who", rows: 2)
    return ShardFacts(
        schema: schema, unitColumn: unit.column, unitRows: unit.rows, holdout: "1/3",
        key: key?.digest ?? "", content: content, shard: shard, shards: shards)
}

@Suite("Bounding and counting")
struct BoundingTests {
    @Test("give the same tallies whatever the order of rows and files and the number of threads")
    func independence() throws {
        let values = people(3_000, seed: 1)
        let first = try exact(curate(values))
        for (round, workers) in [1, 2, 3, 5].enumerated() {
            let shuffled = values.shuffled()
            let again = try exact(
                curate(shuffled, files: round + 1, workers: workers, encrypted: round == 2))
            #expect(again == first)
        }
    }

    @Test("lose nothing but a unit's own rows when the unit is taken out")
    func oneUnit() throws {
        let values = people(400, seed: 2)
        let all = try exact(curate(values))
        for unit in [0, 7, 200] {
            let without = try exact(curate(values.filter { $0.0 != unit }))
            for (part, other) in zip(all, without) {
                for (tally, less) in zip(part, other) {
                    let change = zip(tally, less).map { $0 - $1 }
                    #expect(change.allSatisfy { $0 >= 0 })
                    #expect(change.reduce(0, +) <= 2)
                }
            }
        }
    }

    @Test("keep as many rows of one enormous unit as the cap allows, and its hundred thousand cap")
    func enormous() throws {
        let values = (0..<350_000).map { ($0 % 5 == 0 ? $0 : -1, $0 % 10, "a") }
        let none = Rational(0)
        let few = try exact(curate(values, workers: 2, rows: 2, holdout: none))
        #expect(few[0][0].reduce(0, +) == 70_002)
        let many = try exact(curate(values, workers: 2, rows: 100_000, holdout: none))
        #expect(many[0][0].reduce(0, +) == 170_000)
    }

    @Test("by super-columns agrees with counting one record at a time", arguments: 0..<40)
    func superColumns(seed: Int) throws {
        var random = SystemRandomNumberGenerator()
        let sizes = (0..<Int.random(in: 1...9, using: &random)).map { _ in
            [1, 2, 3, 5, 17, 64, 127, 129, 256, 300].randomElement(using: &random) ?? 1
        }
        let spool = try CodeSpool(
            sizes: sizes, in: NSTemporaryDirectory(), encrypted: seed % 4 == 0)
        var records: [[Int]] = []
        var block = CodeBlock(layout: spool.layout)
        for rows in [16_384, Int.random(in: 1...2_000, using: &random), 1] {
            for row in 0..<rows {
                let record = sizes.map { Int.random(in: 0..<$0, using: &random) }
                for (column, code) in record.enumerated() {
                    block.set(code, column: column, row: row)
                }
                records.append(record)
            }
            block.rowCount = rows
            try spool.append(block)
        }
        var cliques: [[Int]] = []
        for first in sizes.indices {
            cliques.append([first])
            for second in sizes.indices.dropFirst(first + 1) {
                cliques.append([first, second])
                if let third = sizes.indices.last, third > second, seed % 2 == 0 {
                    let cells = sizes[first] * sizes[second] * sizes[third]
                    if cells < 200_000 { cliques.append([first, second, third]) }
                }
            }
        }
        let map = sizes.map { size in (0..<size).map { UInt16($0 % max(1, size / 2)) } }
        let recoding = Recoding(maps: map, sizes: sizes.map { max(1, $0 / 2) })
        for (used, workers) in [(nil, 1), (recoding, 2)] as [(Recoding?, Int)] {
            let found = try spool.tallies(of: cliques, recoding: used, workers: workers)
            let width = used?.sizes ?? sizes
            for (clique, tally) in zip(cliques, found) {
                var expected = [Int64](
                    repeating: 0, count: clique.reduce(1) { $0 * width[$1] })
                for record in records {
                    let cell = clique.reduce(0) { sum, column in
                        let code = used.map { Int($0.maps[column][record[column]]) }
                        return sum * width[column] + (code ?? record[column])
                    }
                    expected[cell] += 1
                }
                #expect(
                    tally == expected,
                    "clique \(clique) sizes \(sizes) recoded \(used != nil) cliques \(cliques.count)"
                )
            }
        }
    }
}

@Suite("Shards")
struct ShardTests {
    private let folder = NSTemporaryDirectory() + "/tallies-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Counts rows in shards by unit and gives their files.
    private func shards(
        _ values: [(Int, Int, String)], count: Int
    ) throws -> [(name: String, bytes: [UInt8])] {
        try (0..<count).map { shard in
            let path = "\(folder)/\(shard).tally"
            let curator = try curate(values.filter { $0.0 % count == shard })
            try curator.writeShard(to: path, cliques: cliques, facts: facts(shard, of: count))
            return (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
    }

    private func merged(
        _ shards: [(name: String, bytes: [UInt8])], unit: UnitRule? = nil,
        secondPass: Curator.SecondPass? = nil
    ) throws -> Curator {
        let schema = try Schema(json: Array(CurationTests.people.utf8), name: "schema")
        return try Curator.merging(
            shards, schema: schema, expected: facts(0, of: 1, unit: unit), secondPass: secondPass)
    }

    /// Gives the files of a second pass over rows that are divided by a rule.
    private func answers(
        _ values: [(Int, Int, String)], _ shard: @escaping @Sendable (Int) -> Int
    ) -> Curator.SecondPass {
        let folder = folder
        return { (query) throws(CurationError) in
            do {
                return try (0..<2).map { number in
                    let path = "\(folder)/answer-\(UUID().uuidString)"
                    try curate(values.filter { shard($0.0) == number }).writeShard(
                        to: path, answering: query,
                        facts: facts(number, of: 2, content: CountedTables.digest(query)))
                    return (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
                }
            } catch let error as CurationError {
                throw error
            } catch {
                throw .shard("\(error)")
            }
        }
    }

    @Test("split by unit add up to the tallies of the whole, bit for bit")
    func sums() throws {
        let values = people(2_000, seed: 3)
        let whole = try exact(curate(values))
        for count in [1, 2, 5] {
            let together = try merged(shards(values, count: count).shuffled())
            #expect(try exact(together) == whole)
            let pairs = try together.tallies(of: [[0, 1]], in: .training, recoding: nil)
            #expect(pairs[0] == whole[0][2])
        }
    }

    @Test("answer with merged cells as records do")
    func recoded() throws {
        let values = people(500, seed: 4)
        let one = try curate(values)
        let other = try merged(shards(values, count: 2))
        let sizes = one.sizes
        let recoding = Recoding(
            maps: [
                (0..<sizes[0]).map { UInt16($0 / 3) }, (0..<sizes[1]).map { UInt16(min($0, 1)) },
            ], sizes: [(sizes[0] + 2) / 3, 2])
        #expect(
            try other.tallies(of: cliques, in: .training, recoding: recoding)
                == one.tallies(of: cliques, in: .training, recoding: recoding))
    }

    @Test("are readable by their owner alone, and say that they are secret")
    func secret() throws {
        let file = try #require(try shards(people(10, seed: 5), count: 1).first)
        let mode = try FileManager.default.attributesOfItem(atPath: file.name)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(String(decoding: file.bytes.prefix(60), as: UTF8.self).contains("SECRET"))
    }

    @Test("are refused twice, missing, damaged, of another schema or run")
    func refused() throws {
        let files = try shards(people(50, seed: 6), count: 3)
        func text(_ shards: [(name: String, bytes: [UInt8])]) throws -> String {
            let error = try #require(throws: CurationError.self) { _ = try merged(shards) }
            return error.description
        }
        #expect(try text(files + [files[1]]).contains("shard twice"))
        #expect(
            try text(Array(files.dropLast()))
                == "shards missing: \(files[0].name): found 2 of its run's 3 shards, expected all of "
                + "them; missing 2; count those and give them too")
        #expect(try text([]).contains("no tally"))
        for offset in stride(from: 0, to: files[0].bytes.count, by: 7) {
            var damaged = files
            damaged[0].bytes[offset] ^= 0x10
            #expect(throws: CurationError.self) { _ = try merged(damaged) }
        }
        var cut = files
        cut[2].bytes.removeLast(5)
        #expect(try text(cut).contains("checksum"))
        let path = "\(folder)/other.tally"
        let curator = try curate(people(5, seed: 7))
        try curator.writeShard(to: path, cliques: cliques, facts: facts(2, of: 3, schema: "t"))
        var other = files
        other[2] = (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        #expect(try text(other).contains("other schema"))
    }

    @Test("that share a unit are refused, as a table divided by record has them")
    func sharedUnits() throws {
        let values = people(5_000, seed: 9)
        func file(_ values: [(Int, Int, String)], _ shard: Int) throws -> (
            name: String, bytes: [UInt8]
        ) {
            let path = "\(folder)/unit-\(shard).tally"
            try curate(values, workers: shard + 1).writeShard(
                to: path, cliques: cliques, facts: facts(shard, of: 2))
            return (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        let byRecord = [
            try file(values.enumerated().filter { $0.offset % 2 == 0 }.map(\.element), 0),
            try file(values.enumerated().filter { $0.offset % 2 == 1 }.map(\.element), 1),
        ]
        let error = try #require(throws: CurationError.self) { _ = try merged(byRecord) }
        #expect(error.description.contains("a unit is in two shards: \(byRecord[0].name) and"))
        #expect(error.description.contains("repartition by the unit column and count again"))
        // Of small shards one stray record is enough.
        let small = people(400, seed: 10)
        let strayed = [
            try file(small.filter { $0.0 % 2 == 0 }, 0),
            try file(small.filter { $0.0 % 2 == 1 } + [(0, 1, "a")] + [small[0]], 1),
        ]
        #expect(throws: CurationError.self) { _ = try merged(strayed) }
        // Up to as many units as a sketch holds it is certain; fewer hashes would miss most of these.
        let large = people(12_000, seed: 13)
        let second = large.filter { $0.0 % 2 == 1 }
        let whole = try file(large.filter { $0.0 % 2 == 0 }, 0)
        for stray in large.lazy.filter({ $0.0 % 2 == 0 }).prefix(4) {
            let files = [whole, try file(second + [stray], 1)]
            #expect(throws: CurationError.self) { _ = try merged(files) }
        }
    }

    @Test("without a unit column are refused where they hold the same records, if that can be told")
    func sameRecords() throws {
        let unit = UnitRule(column: nil, rows: 1)
        func file(_ values: [(Int, Int, String)], _ shard: Int, _ cliques: [[Int]]) throws -> (
            name: String, bytes: [UInt8]
        ) {
            let path = "\(folder)/same-\(shard).tally"
            try curated(rows(values), unit: unit, key: key).writeShard(
                to: path, cliques: cliques, facts: facts(shard, of: 2, unit: unit))
            return (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        let values = people(700, seed: 14)
        for order in [cliques, cliques.reversed()] {
            let twice = [try file(values, 0, cliques), try file(values, 1, order)]
            let error = try #require(throws: CurationError.self) {
                _ = try merged(twice, unit: unit)
            }
            #expect(
                error.description.contains(
                    "records twice: \(twice[1].name): found the same counts as in \(twice[0].name)")
            )
        }
        // Other records, few records, and records of too few cells to tell.
        let alike = [(Int, Int, String)](repeating: (1, 1, "a"), count: 2_000)
        for (one, other) in [
            (values, people(700, seed: 15)), (Array(values.prefix(999)), Array(values.prefix(999))),
            (alike, alike),
        ] {
            _ = try merged([file(one, 0, cliques), file(other, 1, cliques)], unit: unit)
        }
    }

    @Test("are asked again about the same units, however divided, and refused about others")
    func secondPass() throws {
        let values = people(2_000, seed: 16)
        let files = try shards(values, count: 2)
        let query = RecordQuery.match(
            MatchQuery(attributes: [0], target: 1, predictions: [0: 0, 1: 0, 2: 1]))
        let whole = try curate(values)
        let again = try merged(files, secondPass: answers(values) { $0 / 7 % 2 })
        for part in [Part.training, .holdout] {
            #expect(
                try again.histogram(of: query, in: part) == whole.histogram(of: query, in: part))
        }
        // One unit's name is spelt otherwise, one is gone, one is new.
        let renamed = values.map { $0.0 == values[0].0 ? (5_000, $0.1, $0.2) : $0 }
        let fewer = values.filter { $0.0 != values[0].0 }
        for others in [renamed, fewer, values + [(5_000, 1, "a")]] {
            let curator = try merged(files, secondPass: answers(others) { $0 % 2 })
            let error = try #require(throws: CurationError.self) {
                _ = try curator.histogram(of: query, in: .training)
            }
            #expect(
                error.description.hasPrefix(
                    "other units: answers to a query: found other values of who than when"))
        }
    }

    @Test("carry huge cliques, which add up to the tallies of the whole and give smaller marginals")
    func sparse() throws {
        let columns = [2_000, 900, 3].enumerated().map { index, size in
            "{\"name\": \"c\(index)\", \"type\": \"integer\", \"semblance\": {\"domain\": "
                + "{\"minimum\": 0, \"maximum\": \(size - 1), \"bins\": \(size)}}}"
        }
        let json =
            "{\"fields\": [{\"name\": \"who\", \"type\": \"string\", "
            + "\"semblance\": {\"role\": \"identifier\"}}, \(columns.joined(separator: ","))], "
            + "\"missingValues\": [\"\"]}"
        let rows = (0..<9_000).map { row in
            "u\(row % 3_000),\(row * 7 % 2_000),\(row * row % 900),\(row % 3)\n"
        }
        let unit = UnitRule(column: "who", rows: 2)
        func counted(_ rows: [String]) throws -> Curator {
            try curated("who,c0,c1,c2\n" + rows.joined(), unit: unit, schema: json, key: key)
        }
        let wanted = [[0], [1, 2], [0, 1], [0, 1, 2]]
        let files = try (0..<3).map { shard in
            let path = "\(folder)/sparse-\(shard).tally"
            let own = rows.enumerated().filter { $0.offset % 3_000 % 3 == shard }.map(\.element)
            try counted(own).writeShard(to: path, cliques: wanted, facts: facts(shard, of: 3))
            return (name: path, bytes: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        let schema = try Schema(json: Array(json.utf8), name: "schema")
        let merged = try Curator.merging(files, schema: schema, expected: facts(0, of: 1))
        let whole = try counted(rows)
        func entries(_ curator: borrowing Curator, _ clique: [Int]) throws -> [CellCount] {
            var all: [CellCount] = []
            try curator.sparseTallies(of: [clique], in: .training) { all += $1 }
            return all
        }
        for clique in [[0, 1], [0, 1, 2], [0, 2], [1]] {
            #expect(try entries(merged, clique) == entries(whole, clique))
        }
        let maps = whole.sizes.map { size in (0..<size).map { UInt16($0 % 2) } }
        let recoding = Recoding(maps: maps, sizes: [2, 2, 2])
        for (clique, used) in [
            ([0, 2], nil), ([0, 1], nil), ([0, 1, 2], recoding), ([2], recoding),
        ]
            as [([Int], Recoding?)]
        {
            #expect(
                try merged.tallies(of: [clique], in: .training, recoding: used)
                    == whole.tallies(of: [clique], in: .training, recoding: used))
        }
        try merged.require([[0, 1, 2], [0, 2]], names: ["c0", "c1", "c2"])

        // One shard lacks a clique that the others have.
        let path = "\(folder)/lacking.tally"
        let own = rows.enumerated().filter { $0.offset % 3_000 % 3 == 1 }.map(\.element)
        try counted(own).writeShard(
            to: path, cliques: wanted.dropLast(), facts: facts(1, of: 3))
        var lacking = files
        lacking[1] = (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        let error = try #require(throws: CurationError.self) {
            _ = try Curator.merging(lacking, schema: schema, expected: facts(0, of: 1))
        }
        #expect(
            error.description.contains("other marginals: \(path): found no tally of c0, c1, c2"))
    }

    @Test("without records are merged like others")
    func empty() throws {
        let values = people(300, seed: 11)
        var files = try shards(values, count: 1)
        let path = "\(folder)/empty.tally"
        try curate(values.filter { _ in false }, allowsEmpty: true).writeShard(
            to: path, cliques: cliques, facts: facts(1, of: 2))
        try curate(values).writeShard(
            to: files[0].name, cliques: cliques, facts: facts(0, of: 2))
        files[0].bytes = Array(try Data(contentsOf: URL(fileURLWithPath: files[0].name)))
        files.append((path, Array(try Data(contentsOf: URL(fileURLWithPath: path)))))
        #expect(try exact(merged(files)) == exact(curate(values)))
    }

    @Test("counted again give equal files")
    func retried() throws {
        let values = people(2_500, seed: 12)
        let files = try (1...2).map { workers in
            let path = "\(folder)/retried-\(workers).tally"
            try curate(values.shuffled(), workers: workers).writeShard(
                to: path, cliques: cliques, facts: facts(0, of: 1))
            return try Data(contentsOf: URL(fileURLWithPath: path))
        }
        #expect(files[0] == files[1])
    }

    @Test("cannot pay for evidence, which needs the records")
    func evidence() throws {
        let curator = try merged(shards(people(20, seed: 8), count: 1))
        let score = RecordQuery.score(AdditiveScore(terms: [], thresholds: [0]), label: nil)
        #expect(throws: CurationError.self) { _ = try curator.histogram(of: score, in: .training) }
        let path = "\(folder)/narrow.tally"
        try curate(people(20, seed: 8)).writeShard(
            to: path, cliques: [[0], [1]], facts: facts(0, of: 1))
        let narrow = try merged([(path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))])
        let error = #expect(throws: CurationError.self) {
            _ = try narrow.tallies(of: [[0, 1]], in: .training, recoding: nil)
        }
        #expect(error?.description.contains("not counted: the marginal of x, y: found in") == true)
    }
}
