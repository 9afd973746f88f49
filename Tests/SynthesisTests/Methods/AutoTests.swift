// SPDX-License-Identifier: Apache-2.0

import Curation
import Testing

@testable import Privacy
@testable import Synthesis

@Suite("Choosing between a mixture and a tree")
struct AutoTests {
    /// 24,000 rows of which only the first two columns have anything in common.
    private static let sparse = InventedTable(
        sizes: [6, 6, 6, 6, 6],
        rows: (0..<24_000).map { row in
            [row % 6, row % 6, row / 6 % 6, row / 36 % 6, row / 216 % 6]
        })
    /// 24,000 rows of three kinds, which all columns follow.
    private static let kinds = InventedTable(
        sizes: [6, 6, 6, 6, 6],
        rows: (0..<24_000).map { row in
            (0..<5).map { ((row % 3) * 2 + row / [3, 5, 7, 11, 13][$0] % 3) % 6 }
        })

    @Test("clear pairs are measured all, and where noise hides them a tree is")
    func decides() throws {
        let rich = try Self.kinds.measured(.auto, rho: 10)
        #expect(rich.method == .mixture)
        #expect(rich.merged.count == 10)
        #expect(
            rich.reason?.contains("noise would be 0.0") == true, "\(rich.reason ?? "")"
        )
        let poor = try Self.kinds.measured(.auto, rho: Rational(numerator: 1, denominator: 100_000))
        #expect(poor.method == .tree)
        let few = try Self.sparse.measured(
            .auto, rho: Rational(numerator: 1, denominator: 10_000_000))
        #expect(few.method == .tree)
        #expect(few.reason?.contains("so few records") == true, "\(few.reason ?? "")")
    }

    @Test("of pairs that say little but for one a tree takes that one")
    func strongest() throws {
        let found = try Self.sparse.measured(
            .auto, rho: Rational(numerator: 1, denominator: 20_000))
        #expect(found.method == .tree, "\(found.reason ?? "")")
        #expect(found.merged.contains { $0.attributes == [0, 1] })
    }

    @Test("public facts that leave a tree alone are told before, and are the reason")
    func needs() throws {
        let kept = Workload(preserved: [[1, 3]])
        let task = SynthesisTask(sizes: [6, 6, 6, 6, 6], unitRows: 1, workload: kept)
        let reason = try #require(Synthesizer.needOfTree(task))
        let found = try Self.kinds.measured(.auto, rho: 10, workload: kept)
        #expect(found.method == .tree && found.reason == reason)
        #expect(found.merged.contains { $0.attributes == [1, 3] })
        let wide = SynthesisTask(sizes: [Int](repeating: 3, count: 60), unitRows: 1)
        #expect(Synthesizer.needOfTree(wide)?.contains("so many columns") == true)
        #expect(
            Synthesizer.needOfTree(SynthesisTask(sizes: [3, 3], unitRows: 1)) == nil)
    }

    @Test("never costs more than its ρ, whatever it chooses")
    func cost() throws {
        for rho in [Rational(numerator: 1, denominator: 100_000), 1, 1000] {
            for table in [Self.sparse, Self.kinds] {
                let measured = try table.measured(.auto, rho: rho)
                let sum = measured.chargedSteps.reduce(Rational(0)) { $0 + $1.charge.rho.value }
                #expect(sum <= rho, "\(rho)")
                #expect(sum > rho * Rational(numerator: 99, denominator: 100), "\(rho)")
            }
        }
    }

    @Test("kept measurements say what was chosen and why, and are never of a model called auto")
    func kept() throws {
        let found = try Self.kinds.measured(.auto, rho: 1)
        let again = try Measurements(json: found.json)
        #expect(again.reason == found.reason && again.method == found.method)
        let text = String(decoding: found.json, as: UTF8.self)
        let renamed = text.replacing(
            "\"method\":\"\(found.method.rawValue)\"", with: "\"method\":\"auto\"")
        #expect(renamed != text)
        #expect(throws: SynthesisError.self) { try Measurements(json: Array(renamed.utf8)) }
    }
}
