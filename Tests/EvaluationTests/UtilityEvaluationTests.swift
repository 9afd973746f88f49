// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

@testable import Curation
@testable import Evaluation
@_spi(Minting) @testable import Privacy
@testable import Synthesis

/// A grant so large that its noise is always zero.
private func plenty() -> PrivacyGrant {
    GrantAccount(reserving: PrivacyCost(Rho(Rational(100_000_000)))).mint()
}

@Suite("Utility evaluation")
struct UtilityEvaluationTests {
    /// Two columns of so many values that their pair has 5,760,000 cells, and a small one.
    private let sizes = [2_400, 2_400, 3]

    private func schema() throws -> Schema {
        let fields = sizes.enumerated().map { index, size in
            "{\"name\": \"c\(index)\", \"type\": \"integer\", \"constraints\": {\"required\": true}, "
                + "\"semblance\": {\"outside\": \"clamp\", "
                + "\"domain\": {\"minimum\": 0, \"maximum\": \(size - 1), \"bins\": \(size)}}}"
        }
        let json = "{\"fields\": [\(fields.joined(separator: ","))], \"missingValues\": [\"\"]}"
        return try Schema(json: Array(json.utf8), name: "schema")
    }

    private func curated(_ schema: Schema, rows: Int) throws -> Curator {
        let path = NSTemporaryDirectory() + "/utility-\(UUID().uuidString).csv"
        let lines = (0..<rows).map { "\($0 % 2_400),\($0 * 7 % 2_400),\($0 % 3)\n" }
        try ("c0,c1,c2\n" + lines.joined()).write(
            toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let reader = try TableReader(
            paths: [path], format: .csv, schema: schema, unitColumn: nil, badRows: .refuse)
        return try Curator.curate(
            reader, schema: schema, unit: UnitRule(column: nil, rows: 1), holdout: Rational(0),
            options: CurationOptions(temporaryDirectory: NSTemporaryDirectory()))
    }

    @Test("compares all pairs, those of millions of cells too, as counting by hand does")
    func allPairs() throws {
        let schema = try schema()
        let rows = 6_000
        let curator = try curated(schema, rows: rows)
        let measurements = try Synthesizer.run(
            curator: curator, grant: plenty(), method: .independent, schemaDigest: "")
        let table = SyntheticTable(
            fitted: try measurements.fit(), codecs: schema.codecs, seed: 7, rowCount: 70_000)
        let evidence = try UtilityEvaluation.evaluate(
            curator: curator, table: table, measurements: measurements, target: nil,
            temporaryDirectory: NSTemporaryDirectory(), training: plenty(), holdout: plenty())
        #expect(evidence.pairs == 3)

        var distances: [Double] = []
        for pair in [[0, 1], [0, 2], [1, 2]] {
            var real: [Int: Double] = [:]
            for row in 0..<rows {
                let codes = [row % 2_400, row * 7 % 2_400, row % 3]
                real[codes[pair[0]] * 10_000 + codes[pair[1]], default: 0] += 1
            }
            var synthetic: [Int: Double] = [:]
            for index in 0..<table.blockCount {
                let (codes, count) = table.block(index)
                for row in 0..<count {
                    let first = Int(codes[pair[0] * count + row])
                    let second = Int(codes[pair[1] * count + row])
                    synthetic[first * 10_000 + second, default: 0] += 1
                }
            }
            let scale = measurements.total / 70_000 * 16
            let cells = Set(real.keys).union(synthetic.keys)
            let sum = cells.reduce(0.0) { sum, cell in
                sum + abs(16 * (real[cell] ?? 0) - ((synthetic[cell] ?? 0) * scale).rounded())
            }
            distances.append(sum / (32 * measurements.total))
        }
        #expect(abs(evidence.worstTVD.value - (distances.max() ?? 0)) < 1e-4)
        #expect(abs(evidence.meanTVD.value - distances.reduce(0, +) / 3) < 1e-4)
        // The large pair is the worst one: independent columns know nothing of it.
        #expect(distances[0] == distances.max())
    }

    @Test("counts synthetic cells alike whether a clique is dense or sparse")
    func syntheticCounts() throws {
        let schema = try schema()
        let measurements = try Synthesizer.run(
            curator: curated(schema, rows: 3_000), grant: plenty(), method: .independent,
            schemaDigest: "")
        let table = SyntheticTable(
            fitted: try measurements.fit(), codecs: schema.codecs, seed: 3, rowCount: 8_000)
        // 7,200 cells are fewer than rows, 5,760,000 are more.
        let cliques = [[0, 2], [0, 1]]
        let counts = try table.counts(of: cliques, spillingTo: NSTemporaryDirectory())
        for (clique, found) in zip(cliques, counts) {
            #expect(found.held == SyntheticCounts(dense: table.tallies(of: [clique])[0]).held)
        }
    }
}
