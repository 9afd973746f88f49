// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
@_spi(Minting) import Privacy
import Tables
import Testing

@testable import Synthesis

/// Two columns that go together, the first with rare cells that are merged, and one that is alone.
private struct World {
    static let json = """
        {"fields": [
          {"name": "kind", "type": "integer", "semblance": {"domain":
            {"minimum": 0, "maximum": 11, "bins": 12}, "outside": "clamp"}},
          {"name": "size", "type": "integer", "constraints": {"required": true}, "semblance":
            {"domain": {"minimum": 0, "maximum": 3, "bins": 4}, "outside": "clamp"}},
          {"name": "side", "type": "boolean", "constraints": {"required": true},
            "semblance": {"outside": "refuse"}}
        ], "missingValues": [""]}
        """
    let schema: Schema
    let measurements: Measurements
    let fitted: FittedSynthesizer

    init(
        _ method: SynthesisMethod, rho: Rational = Rational(numerator: 1, denominator: 500)
    ) throws {
        schema = try Schema(json: Array(Self.json.utf8), name: "schema")
        // Kinds 0 to 3 are common, 4 to 10 rare, 11 does not occur, and size follows kind.
        let rows = (0..<20_000).map { (row: Int) -> String in
            let kind = row % 40 < 39 ? row % 4 : 4 + (row / 40) % 7
            let size = row % 10 < 8 ? kind % 4 : (row / 10) % 4
            return "\(row % 97 == 0 ? "" : String(kind)),\(size),\(row % 3 == 0)"
        }
        let path = NSTemporaryDirectory() + "/cond-\(UInt64.random(in: 0...UInt64.max)).csv"
        try (["kind,size,side"] + rows).joined(separator: "\n")
            .write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let curator = try Curator.curate(
            TableReader(
                paths: [path], format: .csv, schema: schema, unitColumn: nil, badRows: .refuse),
            schema: schema, unit: UnitRule(column: nil, rows: 1), holdout: Rational(0),
            options: CurationOptions(temporaryDirectory: NSTemporaryDirectory()))
        measurements = try Synthesizer.run(
            curator: curator,
            grant: GrantAccount(reserving: PrivacyCost(Rho(rho)))
                .mint(),
            method: method, schemaDigest: "digest", orderedCells: [0, 0, 0])
        fitted = try measurements.fit()
    }

    /// Counts of the first two columns, and of all rows.
    func tally(_ rows: [UInt16], of count: Int, where keeps: (Int) -> Bool) -> [Double] {
        var cells = [Double](repeating: 0, count: 13 * 4)
        for row in 0..<count where keeps(row) {
            cells[Int(rows[row]) * 4 + Int(rows[count + row])] += 1
        }
        return cells
    }
}

@Suite("Rows under a condition")
struct ConditioningTests {
    @Test(
        "are distributed as the model's rows that meet it, though the model holds merged cells",
        arguments: SynthesisMethod.allCases)
    func exact(method: SynthesisMethod) throws {
        let world = try World(method)
        let condition = try Condition(
            "kind in {1, 5, 6, 10}, size!=2", schema: world.schema)
        let count = 200_000
        let all = world.fitted.rows(block: 0, count: count, seed: 1)
        let meeting = world.tally(all, of: count) {
            [1, 5, 6, 10].contains(all[$0]) && all[count + $0] != 2
        }
        let (model, share) = try world.fitted.conditioned(on: condition)
        let rows = model.rows(block: 0, count: count, seed: 2)
        let found = world.tally(rows, of: count) { _ in true }
        let expected = meeting.reduce(0, +)
        // Six standard deviations of sampling noise and more; rounding makes it smaller.
        #expect(abs(share - expected / Double(count)) < 0.007)
        for (cell, value) in found.enumerated() {
            let share = value / Double(count)
            let wanted = meeting[cell] / expected
            if wanted == 0 { #expect(share <= 1e-3) }
            #expect(abs(share - wanted) < 0.015, "cell \(cell)")
        }
        #expect(rows[..<count].allSatisfy { [1, 5, 6, 10].contains($0) })
        #expect(rows[count..<2 * count].allSatisfy { $0 != 2 })
        #expect(model.rows(block: 0, count: 1, seed: 2).count == 3)
    }

    @Test("an empty condition changes nothing, and missing values can be asked for or excluded")
    func missing() throws {
        let world = try World(.mst)
        let empty = try world.fitted.conditioned(on: Condition("", schema: world.schema))
        #expect(empty.share == 1)
        #expect(
            empty.model.rows(block: 0, count: 99, seed: 4)
                == world.fitted.rows(block: 0, count: 99, seed: 4))
        let none = try world.fitted.conditioned(on: Condition("kind missing", schema: world.schema))
        #expect(none.model.rows(block: 0, count: 99, seed: 4)[..<99].allSatisfy { $0 == 12 })
        let some = try world.fitted.conditioned(
            on: Condition("kind not missing", schema: world.schema))
        #expect(some.model.rows(block: 0, count: 9999, seed: 4)[..<9999].allSatisfy { $0 < 12 })
        #expect(abs(none.share + some.share - 1) < 1e-6)
    }

    @Test(
        "of a value that the noisy counts give nothing are refused",
        arguments: SynthesisMethod.allCases)
    func impossible(method: SynthesisMethod) throws {
        // So much that noise is 0 in all but one table of 10²⁰.
        let world = try World(method, rho: Rational(2000))
        #expect(throws: SynthesisError.self) {
            try world.fitted.conditioned(on: Condition(attribute: 0, cell: 11))
        }
    }

    @Test("the noise in a condition is that of the least noisy marginal that has its columns")
    func noise() throws {
        let measurements = try World(.mst).measurements
        let schema = try World(.mst).schema
        func sigma(_ marginal: NoisyMarginal) -> Double {
            Double(marginal.sigma2, rounding: .up).squareRoot()
        }
        let one = measurements.noise(in: try Condition("kind in {1, 2, 3, 4}", schema: schema))
        // A column that is measured again, or a pair with less noise, may say it better.
        #expect(one.deviation > 0 && one.deviation <= 2 * sigma(measurements.oneWay[0]) + 1e-9)
        #expect(!one.isAtLeast)
        let three = measurements.noise(
            in: try Condition("kind=1,size=1,side=true", schema: schema))
        #expect(three.isAtLeast)
    }
}

@Suite("Classes in exact numbers")
struct StrataTests {
    @Test("a table has exactly the rows of each class, and each block its share of them")
    func counts() throws {
        let world = try World(.mst)
        let classes = try [0, 1].map { side in
            try world.fitted.conditioned(on: Condition(attribute: 2, cell: side)).model
        }
        for total in [1, 2, 7, 10_000] {
            let counts = Strata.counts([0.25, 0.75], rowCount: total)
            let strata = Strata([(classes[0], counts[0]), (classes[1], counts[1])])
            #expect(strata.rowCount == total)
            var found = [0, 0]
            let block = 1024
            for index in 0...(total - 1) / block {
                let count = min(block, total - index * block)
                let rows = strata.rows(block: index, first: index * block, count: count, seed: 5)
                let ones = rows[(2 * count)...].count { $0 == 1 }
                let wanted = 0.75 * Double(count)
                found[1] += ones
                found[0] += count - ones
                #expect(abs(Double(ones) - wanted) < 4)
                #expect(
                    rows == strata.rows(block: index, first: index * block, count: count, seed: 5))
            }
            #expect(found == counts)
        }
    }

    @Test("shares are rounded to counts that sum up, the largest remainders upwards")
    func rounding() {
        #expect(Strata.counts([0.5, 0.5], rowCount: 3) == [2, 1])
        #expect(Strata.counts([1.0 / 3, 1.0 / 3, 1.0 / 3], rowCount: 1) == [1, 0, 0])
        #expect(Strata.counts([0.1, 0.2, 0.7], rowCount: 10) == [1, 2, 7])
        #expect(Strata.counts([1], rowCount: 5) == [5])
    }
}
