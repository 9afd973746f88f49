// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables

@testable import Curation
@_spi(Minting) @testable import Privacy
@testable import Synthesis

/// A table of codes that a test invented, and what its rows count.
struct InventedTable {
    let sizes: [Int]
    let rows: [[Int]]

    /// Reads the table as any other.
    func curator() throws -> Curator {
        let header = sizes.indices.map { "c\($0)" }.joined(separator: ",")
        let text =
            header + "\n"
            + rows.map { $0.map(String.init).joined(separator: ",") + "\n" }.joined()
        let path = NSTemporaryDirectory() + "/invented-\(UInt64.random(in: 0...UInt64.max)).csv"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let fields = sizes.enumerated().map { index, size in
            """
            {"name": "c\(index)", "type": "integer", "constraints": {"required": true},
             "semblance": {"domain": {"minimum": 0, "maximum": \(size - 1), "bins": \(size)},
               "outside": "clamp"}}
            """
        }
        let schema = try Schema(
            json: Array("{\"fields\": [\(fields.joined(separator: ","))]}".utf8), name: "schema")
        let reader = try TableReader(
            paths: [path], format: .csv, schema: schema, unitColumn: nil, badRows: .refuse)
        return try Curator.curate(
            reader, schema: schema, unit: UnitRule(column: nil, rows: 1), holdout: Rational(0),
            options: CurationOptions(temporaryDirectory: NSTemporaryDirectory()))
    }

    /// Measures the table with a budget.
    func measured(
        _ method: SynthesisMethod, rho: Rational, workload: Workload = Workload(),
        modelMiB: Int = SynthesisTask.usualModelMiB
    ) throws -> Measurements {
        try Synthesizer.run(
            curator: curator(), grant: GrantAccount(reserving: PrivacyCost(Rho(rho))).mint(),
            method: method, schemaDigest: "digest", workload: workload, modelMiB: modelMiB)
    }

    /// The mean total variation distance of some rows over sets of columns.
    func distance(of codes: [UInt16], count: Int, over cliques: [[Int]]) -> Double {
        var sum = 0.0
        for clique in cliques {
            let cells = clique.reduce(1) { $0 * sizes[$1] }
            var difference = [Double](repeating: 0, count: cells)
            for row in rows {
                difference[clique.reduce(0) { $0 * sizes[$1] + row[$1] }] += 1 / Double(rows.count)
            }
            for row in 0..<count {
                let cell = clique.reduce(0) { $0 * sizes[$1] + Int(codes[$1 * count + row]) }
                difference[cell] -= 1 / Double(count)
            }
            sum += difference.reduce(0) { $0 + abs($1) } / 2
        }
        return sum / Double(cliques.count)
    }

    /// Four columns, of which the first three have more in common than any two of them.
    static let triple = InventedTable(
        sizes: [3, 3, 3, 2],
        rows: (0..<6000).map { row in
            let (first, second) = (row % 3, row / 3 % 3)
            return [first, second, (first + second + (row % 10 == 0 ? 1 : 0)) % 3, row / 9 % 2]
        })

    /// Six columns in a chain, each like the one before in most rows.
    static let chain = InventedTable(
        sizes: [4, 4, 4, 4, 4, 4],
        rows: (0..<8000).map { row in
            var state = UInt64(row) &* 0x9E37_79B9_7F4A_7C15 | 1
            var codes = [row % 4]
            for _ in 1..<6 {
                state = state &* 0xD134_2543_DE82_EF95 &+ 1
                let draw = state >> 40
                codes.append(draw % 10 < 7 ? codes[codes.count - 1] : Int(draw / 10 % 4))
            }
            return codes
        })
}
