// SPDX-License-Identifier: Apache-2.0

import Foundation
import GraphicalModels
import Tables
import Testing

@testable import Curation
@_spi(Minting) @testable import Privacy
@testable import Synthesis

private func curated(_ text: String, schema json: String) throws -> Curator {
    let path = NSTemporaryDirectory() + "/synth-\(UInt64.random(in: 0...UInt64.max)).csv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let schema = try Schema(json: Array(json.utf8), name: "schema")
    let reader = try TableReader(
        paths: [path], format: .csv, schema: schema, unitColumn: nil, badRows: .refuse)
    return try Curator.curate(
        reader, schema: schema, unit: UnitRule(column: nil, rows: 1), holdout: Rational(0),
        options: CurationOptions(temporaryDirectory: NSTemporaryDirectory()))
}

private func integers(_ sizes: [Int], required: Bool = true) -> String {
    let fields = sizes.enumerated().map { index, size in
        """
        {"name": "c\(index)", "type": "integer", "constraints": {"required": \(required)},
         "semblance": {"domain": {"minimum": 0, "maximum": \(size - 1), "bins": \(size)},
           "outside": "clamp"}}
        """
    }
    return "{\"fields\": [\(fields.joined(separator: ","))], \"missingValues\": [\"\"]}"
}

private func text(_ columns: Int, _ rows: [[Int]]) -> String {
    (0..<columns).map { "c\($0)" }.joined(separator: ",") + "\n"
        + rows.map { $0.map(String.init).joined(separator: ",") + "\n" }.joined()
}

private func measured(
    _ curator: borrowing Curator, _ rho: Rational, method: SynthesisMethod = .mst
) throws -> Measurements {
    try Synthesizer.run(
        curator: curator, grant: GrantAccount(reserving: PrivacyCost(Rho(rho))).mint(),
        method: method, schemaDigest: "digest")
}

@Suite("Synthesizer")
struct SynthesizerTests {
    @Test("with much budget, dependent columns are paired and come out dependent")
    func findsPairs() throws {
        let table = (0..<6000).map { (row: Int) -> [Int] in
            [row % 5, (row / 5) % 4, row % 5, (row / 5) % 4]
        }
        let curator = try curated(text(4, table), schema: integers([5, 4, 5, 4]))
        let measurements = try measured(curator, Rational(1000))
        let pairs = Set(measurements.merged.map(\.attributes))
        #expect(pairs.isSuperset(of: [[0, 2], [1, 3]]))
        let fitted = try measurements.fit()
        let rows = fitted.rows(block: 0, count: 2000, seed: 3)
        var equal = 0
        for row in 0..<2000 {
            let isFirst = rows[row] == rows[4000 + row]
            let isSecond = rows[2000 + row] == rows[6000 + row]
            if isFirst, isSecond { equal += 1 }
        }
        #expect(equal > 1980)
    }

    @Test("a mixture measures every pair, chooses nothing, and keeps dependence of three columns")
    func mixture() throws {
        // The third column follows from the first two, and from neither alone.
        let table = (0..<6000).map { (row: Int) -> [Int] in
            let (first, second) = (row % 3, (row / 3) % 3)
            return [first, second, (first + second) % 3 == 0 ? 1 : 0, first]
        }
        let curator = try curated(text(4, table), schema: integers([3, 3, 2, 3]))
        let measurements = try measured(curator, Rational(1000), method: .mixture)
        #expect(measurements.choices.isEmpty)
        #expect(measurements.merged.count == 6)
        let fitted = try measurements.fit()
        #expect(fitted.cliques.contains([0, 3]))
        #expect(fitted.cliques.count == 3 && fitted.separators.count == 2)
        let rows = fitted.rows(block: 0, count: 3000, seed: 3)
        let equal = (0..<3000).count { rows[$0] == rows[9000 + $0] }
        #expect(equal > 2950)
        #expect(rows == fitted.rows(block: 0, count: 3000, seed: 3))
        let again = try Measurements(json: measurements.json).fit()
        #expect(again.rows(block: 0, count: 3000, seed: 3) == rows)
    }

    @Test("charges sum to the grant at most, for all methods and from tiny to huge budgets")
    func chargesFit() throws {
        let table = (0..<300).map { (row: Int) -> [Int] in [row % 5, row % 3, row % 2] }
        let curator = try curated(text(3, table), schema: integers([5, 3, 2]))
        for method in SynthesisMethod.allCases {
            for rho in ["0.0000001", "0.01", "1", "500"] {
                let budget = try #require(Rational(decimal: rho))
                let measurements = try measured(curator, budget, method: method)
                let spent = measurements.chargedSteps.reduce(Rho.zero) { $0 + $1.charge.rho }
                #expect(spent <= Rho(budget))
                #expect(spent > .zero)
                let fitted = try measurements.fit()
                #expect(fitted.rows(block: 0, count: 50, seed: 1).count == 150)
            }
        }
    }

    @Test("kept measurements give the same rows, and damaged ones are refused")
    func keptMeasurements() throws {
        let table = (0..<500).map { (row: Int) -> [Int] in [row % 5, row % 3] }
        let curator = try curated(text(2, table), schema: integers([5, 3]))
        let measurements = try measured(curator, Rational(1))
        let again = try Measurements(json: measurements.json)
        #expect(again.json == measurements.json)
        #expect(
            try again.fit().rows(block: 2, count: 100, seed: 9)
                == measurements.fit().rows(block: 2, count: 100, seed: 9))
        let text = String(decoding: measurements.json, as: UTF8.self)
        for damaged in [
            "{}", "", text.replacing(Measurements.currentFormat, with: "semblance-plan-1"),
            text.replacing("\"sizes\":[5,3]", with: "\"sizes\":[4,3]"),
        ] {
            #expect(throws: SynthesisError.self) { try Measurements(json: Array(damaged.utf8)) }
        }
    }

    @Test("measurements of an older or a newer version are told apart from damaged ones")
    func versions() throws {
        let curator = try curated(text(1, [[0], [1]]), schema: integers([2]))
        let json = String(decoding: try measured(curator, Rational(1)).json, as: UTF8.self)
        for (version, words) in [("2", "of an older"), ("1000", "of a newer")] {
            let other = json.replacing(
                Measurements.currentFormat, with: "semblance-measurements-" + version)
            let error = #expect(throws: SynthesisError.self) {
                try Measurements(json: Array(other.utf8))
            }
            #expect(error?.description.contains("found version \(version) \(words)") == true)
        }
    }

    @Test("one column, one row and a column with one cell still give rows")
    func smallTables() throws {
        for (sizes, table) in [
            ([3], [[1], [2]]), ([3, 2], [[1, 1]]), ([1, 4], [[0, 2], [0, 3]]),
        ] {
            let curator = try curated(text(sizes.count, table), schema: integers(sizes))
            for method in SynthesisMethod.allCases {
                let fitted = try measured(curator, Rational(1), method: method).fit()
                let rows = fitted.rows(block: 0, count: 20, seed: 1)
                #expect(rows.count == 20 * sizes.count)
                for (attribute, size) in curator.sizes.enumerated() {
                    #expect(rows[attribute * 20..<(attribute + 1) * 20].allSatisfy { $0 < size })
                }
            }
        }
    }

    @Test("a column that is missing everywhere comes out missing")
    func allMissing() throws {
        let rows = "c0,c1\n" + (0..<400).map { "\($0 % 4),\n" }.joined()
        let curator = try curated(rows, schema: integers([4, 6], required: false))
        for method in SynthesisMethod.allCases {
            let fitted = try measured(curator, Rational(100), method: method).fit()
            let codes = fitted.rows(block: 0, count: 100, seed: 1)
            #expect(Set(codes[100...]).count == 1)
        }
    }

    @Test("ten thousand categories are merged where noise hides them, and all can come out")
    func manyCategories() throws {
        let table = (0..<3000).map { (row: Int) -> [Int] in [row % 3 == 0 ? row : 7, row % 2] }
        let curator = try curated(text(2, table), schema: integers([10_000, 2]))
        let measurements = try measured(curator, Rational(numerator: 1, denominator: 10))
        #expect(measurements.recoding.sizes[0] < 200)
        let rows = try measurements.fit().rows(block: 0, count: 2000, seed: 1)
        let frequent = rows[..<2000].filter { $0 == 7 }.count
        // Two thirds of the rows; noise of a few dozen records in 3000.
        #expect(abs(frequent - 1333) < 300)
        #expect(Set(rows[..<2000]).count > 100)
    }

    @Test("a budget that noise swallows buys no pairs and sharpens the columns")
    func nothingWorthItsNoise() throws {
        let table = (0..<60).map { (row: Int) -> [Int] in [row % 8, row % 9] }
        let curator = try curated(text(2, table), schema: integers([8, 9]))
        let measurements = try measured(curator, Rational(numerator: 1, denominator: 100_000))
        #expect(measurements.merged.allSatisfy { $0.attributes.count <= 2 })
        #expect(measurements.choices.count == 1)
    }
}

/// A receipt as it is kept, for noise that a test invents.
private struct Receipt: Encodable {
    let mechanism: Mechanism
    let cost: PrivacyCost
    let granted: PrivacyCost

    init(_ mechanism: Mechanism) {
        self.mechanism = mechanism
        cost = mechanism.cost
        granted = mechanism.cost
    }
}

@Suite("Post-processing of noisy counts")
struct NoisyTotalsTests {
    static func marginal(_ cells: [Int64], sigma2: Rational) throws -> NoisyMarginal {
        let mechanism = Mechanism.gaussian(
            sigma2: sigma2, sensitivity: 1, cells: cells.count, count: 1)
        let charge = try JSONDecoder().decode(
            Charge.self, from: try JSONEncoder().encode(Receipt(mechanism)))
        return NoisyMarginal(
            attributes: [0], cells: cells, sigma2: sigma2, charge: charge)
    }

    @Test("totals are weighted by one over the variance of the sum")
    func total() throws {
        let precise = try Self.marginal([10, 20], sigma2: 1)
        let coarse = try Self.marginal([10, 20, 30, 40], sigma2: 3)
        let total = NoisyTotals.total([precise, coarse])
        let weight: Double = 1.0 / 2 + 1.0 / 12
        let expected: Double = (30.0 / 2 + 100.0 / 12) / weight
        #expect(abs(total.value - expected) < 1e-12)
        #expect(abs(total.variance - 1 / weight) < 1e-12)
    }

    @Test("the projection is non-negative, keeps the total and leaves good values alone")
    func projection() {
        let values = NoisyTotals.projected([50, -10, 30, 2], total: 70)
        #expect(abs(values.reduce(0, +) - 70) < 1e-9)
        #expect(values.allSatisfy { $0 >= 0 })
        #expect(values == [45, 0, 25, 0])
        #expect(NoisyTotals.projected([3, 4], total: 7) == [3, 4])
        #expect(NoisyTotals.projected([-5, -9], total: 4) == [4, 0])
    }

    @Test("rare cells are merged, one rare cell alone is not")
    func compression() throws {
        let two = Compression([try Self.marginal([100, 1, 2, 50], sigma2: 4)], threshold: 3)
        #expect(two.recoding.maps == [[0, 2, 2, 1]])
        #expect(two.recoding.sizes == [3])
        #expect(two.members[0][2].map(\.code) == [1, 2])
        let shares = two.members[0][2].map(\.share)
        let thirds: [Double] = [1.0 / 3, 2.0 / 3]
        #expect(shares == thirds)
        let one = Compression([try Self.marginal([100, 1, 50], sigma2: 4)], threshold: 3)
        #expect(one.recoding.maps == [[0, 1, 2]])
        let negative = Compression([try Self.marginal([100, -1, -2], sigma2: 4)], threshold: 3)
        #expect(negative.members[0][1].map(\.share) == [0.5, 0.5])
    }

    @Test("shares follow cells to the power of two thirds and sum to one")
    func weights() {
        let weights = BudgetShares.following([[0], [0, 1]], sizes: [8, 8], power: 2)
        #expect(weights.reduce(Rational(0), +) == Rational(1))
        #expect(weights[1] / weights[0] == Rational(4))
    }
}

@Suite("Constraints inside a model")
struct ConstrainedModelTests {
    @Test("a tree that holds a rule's columns draws no cells that cannot keep it")
    func zeros() throws {
        let fields = (0..<3).map { index in
            "{\"name\": \"c\(index)\", \"type\": \"integer\", \"constraints\": {\"required\": true}, "
                + "\"semblance\": {\"outside\": \"clamp\", \"domain\": {\"minimum\": 0, \"maximum\": 5}}}"
        }
        let json =
            "{\"fields\": [\(fields.joined(separator: ","))], "
            + "\"semblance\": {\"constraints\": [\"c1 >= c0\", \"c2 != 5\"]}}"
        let schema = try Schema(json: Array(json.utf8), name: "schema")
        let table = (0..<3000).map { (row: Int) -> [Int] in
            [row % 6, max(row % 6, row / 6 % 6), row / 7 % 6]
        }
        let curator = try curated(text(3, table), schema: json)
        let constraints = try ConstraintSet(schema)
        let measurements = try measured(curator, Rational(1))
        #expect(measurements.merged.map(\.attributes).contains([0, 1]))
        func broken(_ fitted: FittedSynthesizer) -> Int {
            let rows = fitted.rows(block: 0, count: 20_000, seed: 3)
            return (0..<20_000).count { rows[20_000 + $0] < rows[$0] }
        }
        #expect(broken(try measurements.fit()) > 0)
        #expect(broken(try measurements.fit(keeping: constraints)) == 0)
    }

    @Test("merged cells are impossible where all their members are")
    func mergedCells() throws {
        let json = """
            {"fields": [
              {"name": "a", "type": "integer", "constraints": {"required": true},
                "semblance": {"outside": "clamp", "domain": {"minimum": 0, "maximum": 3}}},
              {"name": "b", "type": "integer", "constraints": {"required": true},
                "semblance": {"outside": "clamp", "domain": {"minimum": 0, "maximum": 3}}}
            ], "semblance": {"constraints": ["b >= a"]}}
            """
        let constraints = try ConstraintSet(try Schema(json: Array(json.utf8), name: "schema"))
        let recoding = Recoding(maps: [[0, 0, 1, 1], [0, 0, 1, 1]], sizes: [2, 2])
        let zeros = StructuralZeros.zeros(
            of: constraints, recoding: recoding, cliques: [[0, 1]])
        #expect(zeros.map(\.isForbidden) == [[false, false, true, false]])
        #expect(
            StructuralZeros.zeros(of: constraints, recoding: recoding, cliques: [[0]]).isEmpty)
    }
}
