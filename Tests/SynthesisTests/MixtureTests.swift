// SPDX-License-Identifier: Apache-2.0

import Foundation
import GraphicalModels
import Tables
import Testing

@testable import Curation
@_spi(Minting) @testable import Privacy
@testable import Synthesis

/// An invented table of four kinds of records, whose columns depend on the kind.
private struct Kinds {
    let columns = 6, cells = 6
    let rows: [[Int]]

    init(rows count: Int) {
        var generator = SeededGenerator(seed: 11, stream: 4)
        var rows: [[Int]] = []
        for _ in 0..<count {
            let kind = Int(generator.next() % 4)
            rows.append(
                (0..<6).map { column in
                    let isHome = generator.next() % 10 < 7
                    return isHome ? (kind * (column + 1)) % 6 : Int(generator.next() % 6)
                })
        }
        self.rows = rows
    }

    func curated() throws -> Curator {
        let path = NSTemporaryDirectory() + "/kinds-\(UInt64.random(in: 0...UInt64.max)).csv"
        let names = (0..<columns).map { "c\($0)" }
        let text =
            names.joined(separator: ",") + "\n"
            + rows.map { $0.map(String.init).joined(separator: ",") + "\n" }.joined()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let fields = names.map {
            """
            {"name": "\($0)", "type": "integer", "constraints": {"required": true},
             "semblance": {"domain": {"minimum": 0, "maximum": 5, "bins": 6}, "outside": "clamp"}}
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

    /// The mean total variation distance of all pairs and triples from those of other rows.
    func distance(from codes: [UInt16], count: Int) -> Double {
        var sum = 0.0, cliques = 0.0
        for first in 0..<columns {
            for second in first + 1..<columns {
                for third in [nil] + (second + 1..<max(second + 1, columns)).map({ Optional($0) }) {
                    let clique = [first, second] + (third.map { [$0] } ?? [])
                    var shares = [Double](repeating: 0, count: 216)
                    for row in rows {
                        shares[clique.reduce(0) { $0 * 6 + row[$1] }] += 1 / Double(rows.count)
                    }
                    for row in 0..<count {
                        let cell = clique.reduce(0) { $0 * 6 + Int(codes[$1 * count + row]) }
                        shares[cell] -= 1 / Double(count)
                    }
                    sum += shares.reduce(0) { $0 + abs($1) } / 2
                    cliques += 1
                }
            }
        }
        return sum / cliques
    }
}

private func measured(
    _ curator: borrowing Curator, _ rho: Rational, method: SynthesisMethod,
    workload: Workload = Workload()
) throws -> Measurements {
    try Synthesizer.run(
        curator: curator, grant: GrantAccount(reserving: PrivacyCost(Rho(rho))).mint(),
        method: method, schemaDigest: "digest", workload: workload)
}

@Suite("Mixtures of noisy pairs")
struct MixtureTests {
    @Test("give rows nearer to the table's pairs and triples than MST does at the same budget")
    func accuracy() throws {
        let kinds = Kinds(rows: 20_000)
        let curator = try kinds.curated()
        let rho = Rational(numerator: 1, denominator: 200)
        let errors = try [SynthesisMethod.mixture, .mst].map { method in
            let rows = try measured(curator, rho, method: method).fit()
                .rows(block: 0, count: 20_000, seed: 1)
            return kinds.distance(from: rows, count: 20_000)
        }
        // The tree has five of fifteen pairs, and noise moves either error by less than a tenth of it.
        #expect(errors[0] < 0.7 * errors[1], "\(errors)")
    }

    @Test("count the records first, and look twice at pairs only where noise is large")
    func rounds() throws {
        let curator = try Kinds(rows: 3000).curated()
        for (rho, times) in [(Rational(numerator: 1, denominator: 10), 2), (Rational(10_000), 1)] {
            let measurements = try measured(curator, rho, method: .mixture)
            let count = try #require(measurements.count)
            #expect(count.cells.count == 1)
            #expect(count.charge.rho <= Rho(rho).scaled(by: share(50)))
            #expect(measurements.merged.count == 15 * times)
            #expect(measurements.chargedSteps.first?.purpose == "number of records")
            let spent = measurements.chargedSteps.reduce(Rho.zero) { $0 + $1.charge.rho }
            // Variances are rounded up.
            #expect(spent <= Rho(rho) && spent >= Rho(rho).scaled(by: 1 - share(100)))
            #expect(abs(measurements.total - 3000) < 300)
        }
    }

    private func share(_ denominator: Int) -> Rational {
        Rational(numerator: 1, denominator: denominator)
    }

    @Test("measure pairs of a target with less noise than others of the same size")
    func target() throws {
        let curator = try Kinds(rows: 3000).curated()
        let measurements = try measured(
            curator, Rational(10_000), method: .mixture, workload: Workload(targets: [2]))
        let sigmas = measurements.merged.map { ($0.attributes.contains(2), $0.sigma2) }
        let most = try #require(sigmas.filter(\.0).map(\.1).max())
        let least = try #require(sigmas.filter { !$0.0 }.map(\.1).min())
        #expect(most < least)
    }
}
