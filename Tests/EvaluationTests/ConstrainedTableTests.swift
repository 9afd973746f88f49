// SPDX-License-Identifier: Apache-2.0

import Foundation
import GraphicalModels
import Tables
import Testing

@testable import Curation
@testable import Evaluation
@_spi(Minting) @testable import Privacy
@testable import Synthesis

private let schemaText = """
    {"fields": [
      {"name": "who", "type": "string", "semblance": {"role": "identifier", "pattern": "P[0-9]{8}"}},
      {"name": "sex", "type": "string", "constraints": {"enum": ["F", "M"]},
        "semblance": {"per": "unit"}},
      {"name": "born", "type": "date", "semblance": {"per": "unit", "domain":
        {"minimum": "2000-01-01", "maximum": "2024-12-31", "bins": "year"}}},
      {"name": "start", "type": "date", "semblance": {"domain":
        {"minimum": "2024-01-01", "maximum": "2024-12-31", "bins": "month"}}},
      {"name": "end", "type": "date", "semblance": {"domain":
        {"minimum": "2024-01-01", "maximum": "2024-12-31", "bins": "month"}}},
      {"name": "a", "type": "number", "semblance": {"decimals": 2, "domain":
        {"minimum": 0, "maximum": 100, "bins": 6, "special": [0]}}},
      {"name": "b", "type": "integer", "semblance": {"domain":
        {"minimum": -20, "maximum": 20, "bins": 4}}},
      {"name": "total", "type": "number", "semblance": {"decimals": 2, "domain":
        {"minimum": -20, "maximum": 120, "bins": 7}}}
    ], "missingValues": [""], "semblance": {"constraints": [
      "end >= start", "born <= start", "total = a + b", "if sex = 'M' then b >= 0"
    ]}}
    """

@Suite("Tables with constraints and units")
struct ConstrainedTableTests {
    private let schema: Schema
    private let constraints: ConstraintSet

    init() throws {
        schema = try Schema(json: Array(schemaText.utf8), name: "schema")
        constraints = try ConstraintSet(schema)
    }

    private func curated(rows: Int) throws -> Curator {
        let path = NSTemporaryDirectory() + "/constrained-\(UUID().uuidString).csv"
        var generator = SeededGenerator(seed: 3, stream: 1)
        func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let lines = (0..<rows).map { row -> String in
            // Real records break every rule at times: they are counted as they are.
            let day = two(1 + generator.next() % 28)
            let months = (generator.next() % 12, generator.next() % 12)
            let a = Int(generator.next() % 10_000), b = Int(generator.next() % 41) - 20
            let total = generator.next() % 10 == 0 ? 0 : a + 100 * b
            let sign = total < 0 ? "-" : ""
            return
                "u\(row / 3),\(row % 7 == 0 ? "M" : "F"),20\(two(UInt64(row / 3 % 25)))-05-\(day),"
                + "2024-\(two(1 + months.0))-\(day),2024-\(two(1 + months.1))-10,"
                + "\(a / 100).\(two(UInt64(a % 100))),\(b),"
                + "\(sign)\(abs(total) / 100).\(two(UInt64(abs(total) % 100)))\n"
        }
        try ("who,sex,born,start,end,a,b,total\n" + lines.joined()).write(
            toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let unit = UnitRule(column: "who", rows: 4)
        let reader = try TableReader(
            paths: [path], format: .csv, schema: schema, unitColumn: "who", badRows: .refuse)
        return try Curator.curate(
            reader, schema: schema, unit: unit, holdout: Rational(0),
            options: CurationOptions(temporaryDirectory: NSTemporaryDirectory()))
    }

    private func grant(_ epsilon: String) throws -> PrivacyGrant {
        let rho = ZeroConcentrated.largestRho(
            epsilon: try #require(Rational(decimal: epsilon)),
            delta: try #require(Rational(decimal: "0.000000001")))
        return GrantAccount(reserving: PrivacyCost(rho)).mint()
    }

    private func table(
        _ method: SynthesisMethod, epsilon: String, rowCount: Int, hasUnits: Bool = true
    ) throws -> SyntheticTable {
        let curator = try curated(rows: 3000)
        var measurements = try Synthesizer.run(
            curator: curator, grant: try grant(epsilon), method: method, schemaDigest: "")
        measurements = measurements.keeping(
            rowsPerUnit: try curator.rowsPerUnit(in: .training, grant: try grant(epsilon)))
        let again = try Measurements(json: measurements.json)
        #expect(again.rowsPerUnit == measurements.rowsPerUnit)
        let grouping = try #require(again.unitShares).grouped(schema)
        return SyntheticTable(
            fitted: try again.fit(keeping: constraints), codecs: schema.codecs, seed: 7,
            rowCount: rowCount,
            grouping: hasUnits ? grouping : nil, constraints: constraints)
    }

    /// What is wrong with the rows of a table.
    private struct Faults: Equatable {
        var ends = 0, births = 0, totals = 0, men = 0, units = 0
    }

    /// Places values at random and mends them, then compares numbers by hand.
    private func faults(of table: SyntheticTable) -> (faults: Faults, compared: Int, split: Int) {
        var faults = Faults()
        var compared = 0, split = 0
        var generator = SeededGenerator(seed: 1, stream: 8)
        for index in 0..<table.blockCount {
            let block = table.unitBlock(index)
            let count = block.rowCount
            var positions = block.codes.indices.map { item in
                let places = schema.codecs[item / count].positions(in: Int(block.codes[item]))
                return Int32(generator.next() % UInt64(places))
            }
            let born = schema.attribute(named: "born") ?? 0
            var start = 0
            for end in block.unitEnds.map(Int.init) {
                for row in start..<end {
                    positions[born * count + row] = positions[born * count + start]
                }
                start = end
            }
            split +=
                constraints.place(
                    codes: block.codes, rowCount: count, positions: &positions,
                    unitEnds: block.unitEnds, constants: schema.unitConstants
                ).splitRows
            func value(_ name: String, _ row: Int) -> Int64? {
                let item = (schema.attribute(named: name) ?? 0) * count + row
                return schema.codecs[item / count].number(
                    Int(block.codes[item]), at: Int(positions[item]))
            }
            func isLess(_ one: String, _ other: String, _ row: Int) -> Bool {
                guard let first = value(one, row), let second = value(other, row) else {
                    return false
                }
                return first < second
            }
            for row in 0..<count {
                if isLess("end", "start", row) { faults.ends += 1 }
                if isLess("start", "born", row) { faults.births += 1 }
                if let a = value("a", row), let b = value("b", row),
                    let total = value("total", row)
                {
                    compared += 1
                    if total != a + 100 * b { faults.totals += 1 }
                }
                if block.codes[row] == 1, let b = value("b", row), b < 0 { faults.men += 1 }
            }
            start = 0
            for end in block.unitEnds.map(Int.init) {
                let people = Set(
                    (start..<end).map { [block.codes[$0], block.codes[born * count + $0]] })
                if people.count > 1 { faults.units += 1 }
                start = end
            }
        }
        return (faults, compared, split)
    }

    @Test(
        "no row of a hundred thousand breaks a rule, and rows of a unit agree, by any method and at any budget",
        arguments: SynthesisMethod.allCases, ["0.01", "100"])
    func allMethods(method: SynthesisMethod, epsilon: String) throws {
        let table = try table(method, epsilon: epsilon, rowCount: 100_000)
        let (faults, compared, split) = faults(of: table)
        #expect(faults == Faults())
        // With next to no budget a model may draw missing values alone, which break no rule.
        if epsilon == "100" { #expect(compared > 1000) }
        #expect(split < 1000, "\(split)")
    }

    @Test("one row, without units and with, keeps the rules")
    func oneRow() throws {
        for hasUnits in [false, true] {
            let table = try table(.independent, epsilon: "1", rowCount: 1, hasUnits: hasUnits)
            #expect(faults(of: table).faults == Faults())
            #expect(table.unitBlock(0).unitEnds == (hasUnits ? [1] : []))
        }
    }

    @Test("units have as many records as the histogram says, and few cells change for them")
    func unitSizes() throws {
        let table = try table(.independent, epsilon: "100", rowCount: 90_000)
        var sizes = [Int](repeating: 0, count: 4)
        var changed = 0
        for index in 0..<table.blockCount {
            let block = table.unitBlock(index)
            for (end, start) in zip(block.unitEnds, [0] + block.unitEnds) {
                sizes[Int(end - start) - 1] += 1
            }
            changed += block.changedCells
        }
        // Every unit has three records, and noise of a few on a thousand is left at most.
        #expect(sizes[2] > 28_000, "\(sizes)")
        #expect(changed < 900, "\(changed)")
    }

    @Test("equal seeds give equal blocks, asked in any order")
    func reproducible() throws {
        let table = try table(.independent, epsilon: "1", rowCount: 140_000)
        let last = table.unitBlock(2)
        let first = table.unitBlock(0)
        #expect(
            table.unitBlock(2).codes == last.codes && table.unitBlock(2).unitEnds == last.unitEnds)
        #expect(table.unitBlock(0).codes == first.codes)
        #expect(first.codes != last.codes)
    }
}

extension UnitShares {
    fileprivate func grouped(_ schema: Schema) -> UnitGrouping {
        UnitGrouping(
            shares: self, constant: schema.unitConstants, sizes: schema.codecs.map(\.cellCount))
    }
}
