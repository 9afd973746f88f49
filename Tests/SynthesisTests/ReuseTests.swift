// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
import GraphicalModels
@_spi(Minting) import Privacy
import Tables
import Testing

@testable import Synthesis

/// A survey of five columns, of which some go together; it may have moved since the quarter before.
private final class Quarter {
    static let sizes = [6, 5, 4, 8, 3]
    static let rowCount = 3000
    let curator: Curator
    let rows: [[Int]]

    /// - Parameters:
    ///   - seed: Which people answer.
    ///   - isReversed: Whether every column is turned about and columns no longer go together.
    init(seed: UInt64, isReversed: Bool = false) throws {
        var random = SeededGenerator(seed: seed, stream: 0)
        func pick(_ size: Int, near centre: Int) -> Int {
            random.unit() < 0.65 ? centre % size : Int(random.unit() * Double(size))
        }
        rows = (0..<Self.rowCount).map { _ in
            let first = Int(random.unit() * random.unit() * 6)
            let second = pick(5, near: first)
            let third = pick(4, near: second)
            let row = [first, second, third, pick(8, near: first + third), pick(3, near: second)]
            guard isReversed else { return row }
            return row.enumerated().map { Self.sizes[$0] - 1 - (random.unit() < 0.5 ? $1 : 0) }
        }
        let fields = Self.sizes.enumerated().map { index, size in
            """
            {"name": "c\(index)", "type": "integer", "constraints": {"required": true}, "semblance":
              {"domain": {"minimum": 0, "maximum": \(size - 1), "bins": \(size)}, "outside": "clamp"}}
            """
        }
        let schema = try Schema(
            json: Array("{\"fields\": [\(fields.joined(separator: ","))]}".utf8), name: "schema")
        let path = NSTemporaryDirectory() + "/reuse-\(UInt64.random(in: 0...UInt64.max)).csv"
        let lines = rows.map { $0.map(String.init).joined(separator: ",") }
        try (["c0,c1,c2,c3,c4"] + lines).joined(separator: "\n")
            .write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        curator = try Curator.curate(
            TableReader(
                paths: [path], format: .csv, schema: schema, unitColumn: nil, badRows: .refuse),
            schema: schema, unit: UnitRule(column: nil, rows: 1), holdout: Rational(0),
            options: CurationOptions(temporaryDirectory: NSTemporaryDirectory()))
    }

    func measured(_ method: SynthesisMethod) throws -> Measurements {
        let rho = Rho(Rational(numerator: 1, denominator: 1000))
        return try Synthesizer.run(
            curator: curator, grant: GrantAccount(reserving: PrivacyCost(rho)).mint(),
            method: method, schemaDigest: "digest")
    }

    /// The mean total variation distance of all pairs of columns, of rows drawn from a fit to these.
    func error(_ measurements: Measurements) throws -> Double {
        let count = 50_000
        let drawn = try measurements.fit().rows(block: 0, count: count, seed: 1)
        var sum = 0.0, pairs = 0.0
        for first in Self.sizes.indices {
            for second in Self.sizes.indices.dropFirst(first + 1) {
                let width = Self.sizes[second]
                var cells = [Double](repeating: 0, count: Self.sizes[first] * width)
                for row in rows {
                    cells[row[first] * width + row[second]] += 1 / Double(rows.count)
                }
                for row in 0..<count {
                    let cell =
                        Int(drawn[first * count + row]) * width
                        + Int(drawn[second * count + row])
                    cells[cell] -= 1 / Double(count)
                }
                sum += cells.reduce(0) { $0 + abs($1) } / 2
                pairs += 1
            }
        }
        return sum / pairs
    }
}

private func earlier(_ measurements: Measurements, drift: Double) -> EarlierMeasurements {
    EarlierMeasurements(measurements, release: "q1", sha256: "digest", drift: drift)
}

@Suite("Earlier releases as evidence")
struct ReuseTests {
    private static let methods: [SynthesisMethod] = [.independent, .mst, .mixture]

    /// Mean errors of several measurements, without and with what an earlier quarter measured.
    private func errors(
        _ method: SynthesisMethod, of now: Quarter, after before: Quarter, drift: Double, runs: Int
    ) throws -> (alone: Double, reusing: Double) {
        var alone = 0.0, reusing = 0.0
        for _ in 0..<runs {
            let own = try now.measured(method)
            alone += try now.error(own)
            reusing += try now.error(
                own.reusing([earlier(before.measured(method), drift: drift)]))
        }
        return (alone / Double(runs), reusing / Double(runs))
    }

    @Test(
        "make the next quarter more accurate at the same budget",
        arguments: [.mst, .mixture] as [SynthesisMethod])
    func better(method: SynthesisMethod) throws {
        let found = try errors(
            method, of: Quarter(seed: 2), after: Quarter(seed: 1), drift: 0.02, runs: 16)
        // About 0.8 on the survey of the fixtures at a tenth of its budget; noise of both sides alike makes
        // the means of sixteen runs uncertain by some 3%.
        #expect(found.reusing < found.alone)
    }

    @Test("do no harm where the earlier quarter was of another population", arguments: methods)
    func drifted(method: SynthesisMethod) throws {
        let found = try errors(
            method, of: Quarter(seed: 2), after: Quarter(seed: 1, isReversed: true), drift: 0.02,
            runs: 16)
        // As good, but for the noise of sixteen runs.
        #expect(found.reusing < 1.25 * found.alone)
    }

    @Test("are kept with what they helped to fit, so that the same rows come again from the file")
    func kept() throws {
        let before = try Quarter(seed: 1).measured(.mst)
        let now = try Quarter(seed: 2).measured(.mst).reusing([earlier(before, drift: 0.1)])
        let read = try Measurements(json: now.json)
        #expect(read.json == now.json)
        #expect(
            try read.fit().rows(block: 0, count: 99, seed: 1)
                == now.fit().rows(block: 0, count: 99, seed: 1))
        #expect(now.chargedSteps.count == (try Measurements(json: now.json)).chargedSteps.count)
        #expect(!now.chargedSteps.isEmpty)
    }

    @Test("count by inverse variance, and drift adds the variance that it declares")
    func weights() {
        let one = CellEvidence(values: [10, 20], variances: [1, 4])
        let other = CellEvidence(values: [14, 20], variances: [3, 4])
        let both = one.combined(with: other)
        #expect(both.values == [11, 20])
        #expect(both.variances == [0.75, 2])
        let scales = Drift.scales(shares: [0.75, 0.25], total: 100)
        #expect(scales == [125, 75])
        // They sum to twice the total: the L1 distance of a total variation of 1.
        #expect(scales.reduce(0, +) == 200)
        #expect(Drift.inflated(one, by: 0.02, scales: scales).variances == [7.25, 6.25])
    }

    @Test(
        "a drift that figures contradict is the one that explains them, any other the declared one")
    func estimated() {
        let quiet = CellEvidence(values: [50, 50], variances: [4, 4])
        let near = CellEvidence(values: [53, 48], variances: [4, 4])
        let far = CellEvidence(values: [90, 10], variances: [4, 4])
        let scales = Drift.scales(shares: [0.5, 0.5], total: 100)
        let still = Drift.Comparison(quiet, near, scales: scales)
        let moved = Drift.Comparison(quiet, far, scales: scales)
        #expect(still.drift(atLeast: 0.02) == 0.02)
        // 40 of 100 in each of two cells, which is a total variation of 0.4.
        #expect(abs(moved.drift(atLeast: 0.02) - 0.4) < 0.01)
        // Together they moved by the root of the mean square.
        #expect(abs(Drift.pooled([still, moved], declared: 0.02) - 0.28) < 0.01)
        #expect(Drift.pooled([still], declared: 0.02) == 0.02)
    }
}
