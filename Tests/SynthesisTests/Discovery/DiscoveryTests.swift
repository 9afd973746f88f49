// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Curation
@_spi(Minting) @testable import Privacy
@testable import Synthesis
@testable import Tables

private func schema(_ fields: String...) throws -> Schema {
    try Schema(
        json: Array(
            "{\"fields\": [\(fields.joined(separator: ","))], \"missingValues\": [\"\"]}".utf8),
        name: "s")
}

private func decimal(_ text: String) -> Rational { Rational(decimal: text) ?? 0 }

private func noisy(_ starts: [Int64], last: Int64, _ cells: [Int64]) throws -> NoisyGrid {
    let charge = try GrantAccount(reserving: PrivacyCost(Rho(1))).mint().spend(
        .gaussian(sigma2: 1, sensitivity: 1, cells: 1, count: 1))
    return NoisyGrid(
        grid: PublicGrid(starts: starts, last: last), cells: cells, sigma2: 1, charge: charge)
}

/// Discovers and measures a table; the default budget leaves no noise at all.
private func discovered(
    _ text: String, _ schema: Schema, rho: String = "100000000", delta: String = "1e-6",
    unit: UnitRule = UnitRule(column: nil, rows: 1)
) throws -> DiscoveredSchema {
    let path = NSTemporaryDirectory() + "/discover-\(UInt64.random(in: 0...UInt64.max)).csv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let curator = try OpenCurator.curate(
        TableReader(
            paths: [path], format: .csv, schema: schema, unitColumn: unit.column, badRows: .refuse),
        schema: schema, unit: unit, holdout: 0,
        options: CurationOptions(temporaryDirectory: NSTemporaryDirectory()))
    let budget = PrivacyCost(Rho(decimal(rho)), delta: decimal(delta))
    let account = GrantAccount(reserving: budget)
    let plan = try DiscoveryPlan(schema: schema, unitRows: unit.rows, budget: budget)
    let found = try DomainDiscovery.run(
        curator: curator, schema: schema, plan: plan, grant: account.mint(), stage: { _ in })
    let spent = found.answers.reduce(.zero) { $0 + $1.charge.cost }
    #expect(account.settlement.isSettled && account.settlement.consumed == spent)
    #expect(budget.covers(spent) && account.settlement.lost.isZero)
    return found
}

private let number = "\"type\": \"integer\", \"semblance\": {\"discover\": {\"bins\": 8"
private let whole = "{\"name\": \"n\", \(number)}}}"

private func column(_ values: some Sequence<Int>) -> String {
    "n\n" + values.map { "\($0)\n" }.joined()
}

@Suite("Discovery of domains")
struct DiscoveryTests {
    @Test("divides its budget exactly, delta among categories only")
    func split() throws {
        let open = try schema(
            "{\"name\": \"a\", \"type\": \"string\", \"semblance\": {\"discover\": true}}",
            "{\"name\": \"b\", \"type\": \"string\", \"semblance\": {\"discover\": true}}",
            "{\"name\": \"q\", \"type\": \"number\", \"semblance\": {\"decimals\": 1, \"discover\": {\"quantiles\": true}}}",
            whole, "{\"name\": \"z\", \"type\": \"boolean\"}")
        let budget = PrivacyCost(Rho(decimal("0.0123457")), delta: decimal("1e-10"))
        let plan = try DiscoveryPlan(schema: open, unitRows: 3, budget: budget)
        #expect(
            plan.steps.map(\.kind) == ["categories", "categories", "bounds", "quantiles", "bounds"])
        #expect(plan.budget == budget)
        for step in plan.steps {
            #expect(step.budget.covers(step.cost))
            #expect((step.cost.delta > 0) == (step.kind == "categories"))
        }
        #expect(DiscoveryPlan.needsDelta(open))
        #expect(try !DiscoveryPlan.needsDelta(schema(whole)))
    }

    @Test(
        "bounds are the edges of powers of two around what stands out, and one far value is not in them"
    )
    func bounds() throws {
        let open = try schema(whole)
        let ages = (0..<300).map { 17 + $0 % 74 }
        let found = try discovered(column(ages + [1_000_000_000]), open, rho: "0.5")
        let codec = try #require(found.schema.codecs.first)
        #expect(codec.label(0).hasPrefix("16-"))
        #expect((0..<codec.cellCount).contains { codec.label($0).hasSuffix("-127") })
        #expect(codec.cellCount == 10)
        #expect(found.answers.map(\.found) == ["from 16 to 127"])
    }

    @Test("negative numbers, zero, decimals, dates and times have bounds on their own grids")
    func kinds() throws {
        let cases: [(String, [String], String)] = [
            (
                "\"type\": \"integer\", \"semblance\": {\"discover\": true}",
                ["-5", "-6", "0", "0"], "from -7 to 0"
            ),
            (
                "\"type\": \"number\", \"semblance\": {\"decimals\": 2, \"discover\": true}",
                ["0.5", "2.559"], "from 0.32 to 2.55"
            ),
            (
                "\"type\": \"date\", \"semblance\": {\"discover\": true}",
                ["2013-02-01", "1999-12-31"], "from 1999-12-31 to 2022-06-05"
            ),
            (
                "\"type\": \"date\", \"format\": \"%Y\", \"semblance\": {\"discover\": true}",
                ["2013", "1971"], "from 1969 to 2015"
            ),
            (
                "\"type\": \"time\", \"semblance\": {\"discover\": true}", ["08:00:00"],
                "from 04:33:04 to 09:06:07"
            ),
            (
                "\"type\": \"datetime\", \"format\": \"%Y-%m-%dT%H\", \"semblance\": {\"discover\": true}",
                ["9999-12-31T23"], "from 9655-09-28T16 to 9999-12-31T23"
            ),
            (
                "\"type\": \"integer\", \"semblance\": {\"discover\": true}",
                ["1000000000000000000"], "from 576460752303423488 to 1000000000000000000"
            ),
        ]
        for (type, values, words) in cases {
            let open = try schema("{\"name\": \"n\", \(type)}")
            let rows = values.flatMap { value in (0..<20).map { _ in value } }
            let found = try discovered("n\n" + rows.joined(separator: "\n") + "\n", open)
            #expect(found.answers[0].found == words)
            for value in values {
                let code = found.schema.codecs[0].encode(Array(value.utf8).span)
                #expect(code >= 0 && !found.schema.codecs[0].isOther(code) || value == "2.559")
            }
        }
    }

    @Test("quantile bins hold about equal numbers of records, also within declared bounds")
    func quantiles() throws {
        let values = (0..<8_000).map { $0 % 1_000 < 900 ? $0 % 50 : 50 + $0 % 3_000 }
        for domain in ["", "\"domain\": {\"minimum\": 0, \"maximum\": 5000}, "] {
            let open = try schema(
                "{\"name\": \"n\", \"type\": \"integer\", \"semblance\": {\(domain)\"discover\": {\"bins\": 10, \"quantiles\": true}}}"
            )
            let found = try discovered(column(values), open)
            let codec = found.schema.codecs[0]
            var counts = [Int](repeating: 0, count: codec.cellCount)
            for value in values { counts[codec.encode(Array(String(value).utf8).span)] += 1 }
            let bins = counts.dropLast(2).filter { $0 > 0 }
            #expect(bins.count >= 8 && bins.count <= 10)
            #expect(bins.allSatisfy { (400...1_700).contains($0) }, "\(bins)")
            #expect(counts.reduce(0, +) == values.count)
        }
    }

    @Test("equal weight: an atom takes a bin of its own, empty stretches do not widen others")
    func shapes() throws {
        let atom = try noisy([0, 10, 20, 30], last: 39, [5, 1_000, 4, 3])
        #expect(
            NoisyShape.quantileBins(atom, bins: 4, threshold: 1)
                == .bins(starts: [0, 10, 20, 30], last: 39))
        let island = try noisy([0, 10, 20, 30, 40], last: 99, [0, 0, 50, 50, 0])
        #expect(
            NoisyShape.quantileBins(island, bins: 4, threshold: 20)
                == .bins(starts: [0, 20, 30, 40], last: 99))
        let empty = try noisy([0, 10], last: 19, [-3, 2])
        #expect(
            NoisyShape.quantileBins(empty, bins: 4, threshold: 20)
                == .bins(starts: [0, 5, 10, 15], last: 19))
        let dips = try noisy([0, 1, 2, 3], last: 3, [10, -30, 40, -5])
        // Many atoms and dips: never more bins than asked for, and they ascend.
        var state: UInt64 = 1
        for bins in 1...40 {
            let cells = (0..<60).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return Int64(state >> 56) * (state >> 50 & 3 == 0 ? 50 : 1) - 100
            }
            let shape = NoisyShape.quantileBins(
                try noisy((0..<60).map { 2 * Int64($0) }, last: 119, cells), bins: bins,
                threshold: 50)
            guard case .bins(let starts, 119) = shape else {
                Issue.record("expected bins")
                return
            }
            #expect(starts.count <= bins && starts[0] == 0)
            #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 })
        }
        guard case .bins(let starts, 3) = NoisyShape.quantileBins(dips, bins: 3, threshold: 10)
        else {
            Issue.record("expected bins")
            return
        }
        #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 })
        #expect(NoisyShape.bounds(island, threshold: 20) == 20...39)
        #expect(NoisyShape.bounds(empty, threshold: 20) == nil)
    }

    @Test("grids cover the limits without gaps, by powers of two and finer")
    func grids() throws {
        let types = [
            whole, "{\"name\": \"n\", \"type\": \"date\", \"semblance\": {\"discover\": true}}",
            "{\"name\": \"n\", \"type\": \"time\", \"format\": \"%H:%M\", \"semblance\": {\"discover\": true}}",
            "{\"name\": \"n\", \"type\": \"number\", \"semblance\": {\"decimals\": 3, \"domain\": {\"minimum\": -90, \"maximum\": 90}, \"discover\": true}}",
        ]
        for type in types {
            let domain = try #require(try schema(type).fields[0].open)
            let grid = domain.boundsGrid
            #expect(
                grid.starts[0] == domain.limits.lowerBound && grid.last == domain.limits.upperBound)
            #expect(grid.starts.count <= 130)
            for bins in [1, 20, 1_000] {
                for bounds in [
                    domain.limits, domain.origin...domain.origin,
                    domain.origin - 3...domain.origin + 900,
                ]
                where domain.limits.contains(bounds.lowerBound)
                    && domain.limits.contains(bounds.upperBound)
                {
                    let fine = domain.quantileGrid(within: bounds, bins: bins)
                    #expect(fine.starts[0] == bounds.lowerBound && fine.last == bounds.upperBound)
                    #expect(fine.starts.count <= max(130, min(4_096, max(64, 16 * bins))))
                }
            }
        }
    }

    @Test("where nothing stands out a column has only missing and other values, and says so")
    func nothing() throws {
        let open = try schema(
            "{\"name\": \"t\", \"type\": \"string\", \"semblance\": {\"discover\": true}}",
            "{\"name\": \"n\", \"type\": \"integer\", \"semblance\": {\"discover\": {\"quantiles\": true}}}",
            "{\"name\": \"d\", \"type\": \"date\", \"semblance\": {\"discover\": true}}",
            "{\"name\": \"s\", \"type\": \"number\", \"semblance\": {\"decimals\": 1, \"domain\": {\"special\": [0, 0.1]}, \"discover\": true}}"
        )
        for (rows, rho) in [
            ("a,5,2020-01-01,0\n", "100000000"), (",,,\n,,,\n", "100000000"),
            ("a,5,2020-01-01,3\n", "0.0000001"),
        ] {
            let found = try discovered("t,n,d,s\n" + rows, open, rho: rho)
            #expect(found.schema.mostCells[0] <= 2 || rho != "100000000")
            guard rho == "100000000", rows.first == "," else { continue }
            #expect(found.schema.mostCells == [2, 2, 2, 5])
            #expect(found.answers.map(\.kind) == ["categories", "bounds", "bounds", "bounds"])
            #expect(found.answers.allSatisfy { $0.found.hasPrefix("no ") })
        }
    }

    @Test("equal answers give equal bytes, which read as a schema of the same cells")
    func completed() throws {
        let open = try schema(
            "{\"name\": \"t\", \"type\": \"string\", \"title\": \"Größe\", \"semblance\": {\"role\": \"quasi\", \"discover\": true}}",
            "{\"name\": \"n\", \"type\": \"number\", \"constraints\": {\"minimum\": 0, \"maximum\": 10}, \"semblance\": {\"decimals\": 2, \"domain\": {\"special\": [0]}, \"discover\": {\"bins\": 3}}}"
        )
        let domains: [Int: DiscoveredDomain] = [
            0: .texts([Array("z".utf8), Array("\"\u{7}".utf8), Array("a".utf8)]),
            1: .bins(starts: [0, 100, 700], last: 1_000),
        ]
        let one = try open.completed(with: domains)
        #expect(try one.source == open.completed(with: domains).source)
        #expect(one.openAttributes.isEmpty && one.mostCells == [5, 6])
        #expect(one.fields[0].role == .quasi && one.fields[0].title == "Größe")
        #expect((0..<3).map { one.codecs[0].label($0) } == ["\"\u{7}", "a", "z"])
        let again = try Schema(json: one.source, name: "again")
        #expect(
            (0..<6).map { again.codecs[1].label($0) } == (0..<6).map { one.codecs[1].label($0) })
        #expect(throws: SchemaError.self) { try open.completed(with: [0: .nothing]) }
    }

    @Test("kept measurements bring the discovered schema with them, and refuse another's")
    func kept() throws {
        let open = try schema(whole)
        let found = try discovered(column((0..<200).map { $0 % 8 }), open)
        let sizes = found.schema.mostCells
        let marginal = NoisyMarginal(
            attributes: [0], cells: [Int64](repeating: 9, count: sizes[0]), sigma2: 1,
            charge: found.answers[0].charge)
        let measured = Measurements(
            schemaDigest: "digest", method: .independent, sizes: sizes, oneWay: [marginal],
            recoding: .identity(sizes: sizes), merged: [], choices: []
        ).keeping(found)
        let read = try Measurements(json: measured.json)
        #expect(read.json == measured.json)
        #expect(try read.discovery?.completed().source == found.schema.source)
        #expect(read.chargedSteps.map(\.purpose) == ["discovery of bounds: n", "one-way marginal"])
        let other = try open.completed(with: [0: .nothing])
        let mixed = measured.keeping(
            DiscoveredSchema(schema: other, answers: found.answers, emptyColumns: []))
        #expect(throws: SynthesisError.self) { try Measurements(json: mixed.json) }
    }
}
