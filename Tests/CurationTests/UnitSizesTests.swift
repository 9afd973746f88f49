// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

@testable import Curation
@testable import Privacy

@Suite("Records per unit")
struct UnitSizesTests {
    /// Unit u has 1 + u mod 5 records, in an order that mixes units.
    private func table(units: Int) -> String {
        rows(
            (0..<5).flatMap { record in
                (0..<units).filter { record <= $0 % 5 }.map { ($0, record, "a") }
            })
    }

    private func counts(
        _ text: String, cap: Int, holdout: Rational = Rational(0), part: Part = .training
    ) throws -> [Int64] {
        let curator = try curated(
            text, unit: UnitRule(column: "who", rows: cap), holdout: holdout)
        return try curator.rowsPerUnit(in: part, grant: plenty()).cells
    }

    @Test("units are counted by the records that the cap leaves them")
    func afterBounding() throws {
        let text = table(units: 50)
        #expect(try counts(text, cap: 5) == [10, 10, 10, 10, 10])
        #expect(try counts(text, cap: 3) == [10, 10, 30])
        #expect(try counts(text, cap: 7) == [10, 10, 10, 10, 10, 0, 0])
    }

    @Test("each unit is counted in its own part, and in one of them")
    func parts() throws {
        let text = table(units: 1000)
        let key = ShardKey.random()
        let curator = try curated(
            text, unit: UnitRule(column: "who", rows: 5),
            holdout: Rational(numerator: 1, denominator: 2), key: key)
        let training = try curator.rowsPerUnit(in: .training, grant: plenty()).cells
        let holdout = try curator.rowsPerUnit(in: .holdout, grant: plenty()).cells
        #expect(zip(training, holdout).map { $0 + $1 } == [200, 200, 200, 200, 200])
        let records = try curator.measure(
            [[1]], weights: nil, recoding: nil, in: .training, grant: plenty())[0].cells[0]
        #expect(
            training.enumerated().reduce(0) { $0 + Int64($1.offset + 1) * $1.element } == records)
        // A fair split of 1000 units leaves fewer than 350 in a part with a probability below 1e-21.
        #expect(training.reduce(0, +) > 350 && holdout.reduce(0, +) > 350)
    }

    @Test("noise is that of one count, whatever the cap: σ² = 1/2ρ")
    func noise() throws {
        for cap in [2, 40] {
            let curator = try curated(table(units: 20), unit: UnitRule(column: "who", rows: cap))
            let answer = try curator.rowsPerUnit(in: .training, grant: grant(1, 8))
            #expect(answer.cells.count == cap && answer.shape == [cap])
            #expect(answer.sigma2 >= 4 && answer.sigma2 < Rational(decimal: "4.001") ?? 0)
            #expect(answer.charge.rho <= Rho(Rational(numerator: 1, denominator: 8)))
        }
    }

    @Test("where each unit has one record, or no name, there is nothing to count")
    func refused() throws {
        for unit in [UnitRule(column: nil, rows: 1), UnitRule(column: "who", rows: 1)] {
            let curator = try curated(table(units: 5), unit: unit)
            var refusal: CurationError?
            do throws(CurationError) {
                _ = try curator.rowsPerUnit(in: .training, grant: plenty())
            } catch { refusal = error }
            #expect(refusal?.description.contains("records per unit") == true)
        }
    }

    @Test("shards add up to what one reading counts, and one without the counts is refused")
    func shards() throws {
        let schema = try Schema(json: Array(people.utf8), name: "schema")
        let key = ShardKey.random()
        func facts(_ shard: Int, rows: Int = 5) -> ShardFacts {
            ShardFacts(
                schema: "s", unitColumn: "who", unitRows: rows, holdout: "0", key: key.digest,
                content: "marginals", shard: shard, shards: 2)
        }
        let files = try (0..<2).map { shard -> (name: String, bytes: [UInt8]) in
            let own = (0..<40).filter { $0 % 2 == shard }
            let text = rows(own.flatMap { unit in (0...(unit % 5)).map { (unit, $0, "b") } })
            let curator = try curated(text, unit: UnitRule(column: "who", rows: 5), key: key)
            let path = NSTemporaryDirectory() + "/units-\(UInt64.random(in: 0...UInt64.max)).tally"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try curator.writeShard(to: path, cliques: [[0]], facts: facts(shard))
            return ("shard \(shard)", Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        let merged = try Curator.merging(files, schema: schema, expected: facts(0))
        try merged.requireRowsPerUnit()
        #expect(
            try merged.rowsPerUnit(in: .training, grant: plenty()).cells == [8, 8, 8, 8, 8])
        // A cap of one record counts no units, so its tallies do not have them.
        let path = NSTemporaryDirectory() + "/units-\(UInt64.random(in: 0...UInt64.max)).tally"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let single = ShardFacts(
            schema: "s", unitColumn: "who", unitRows: 1, holdout: "0", key: key.digest,
            content: "marginals", shard: 0, shards: 1)
        try curated(rows([(1, 2, "a")]), unit: UnitRule(column: "who", rows: 1), key: key)
            .writeShard(to: path, cliques: [[0]], facts: single)
        let one = try Curator.merging(
            [("one", Array(try Data(contentsOf: URL(fileURLWithPath: path))))], schema: schema,
            expected: single)
        var refusal: CurationError?
        do throws(CurationError) { try one.requireRowsPerUnit() } catch { refusal = error }
        #expect(refusal?.description.contains("not counted: the records per unit") == true)
    }
}
