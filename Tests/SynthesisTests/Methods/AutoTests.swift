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
        #expect(rich.reason?.contains("noise would be 0.0") == true, "\(rich.reason ?? "")")
        let poor = try Self.kinds.measured(
            .auto, rho: Rational(numerator: 1, denominator: 1_000_000))
        #expect(poor.method == .tree)
        #expect(poor.reason?.contains("noise hides") == true, "\(poor.reason ?? "")")
    }

    @Test("the figures decide at their bounds")
    func bounds() {
        func isForTree(_ noise: Double, _ tree: Double) -> Bool {
            PairOutlook(noise: noise, distance: 0.1, balance: 0.1, tree: tree).isForTree
        }
        #expect(isForTree(0.161, 0.09) && !isForTree(0.159, 0.09))
        #expect(isForTree(0.1, 0.042) && !isForTree(0.1, 0.044))
        #expect(!isForTree(0.059, 0.01) && isForTree(0.061, 0.01))
        let target = PairOutlook(
            noise: 0.046, distance: 0.1, balance: 0.1, tree: 0.04, hasTarget: true)
        #expect(target.isForTree && !isForTree(0.046, 0.04))
        let nothing = PairOutlook(noise: 0.1, distance: 0, balance: 0, tree: 0)
        #expect(nothing.isForTree && nothing.words == "pairs say nothing beyond columns")
        let much = PairOutlook(noise: 1e9, distance: 0.1, balance: 0.1, tree: 1e9)
        #expect(much.words.contains("over 100 times") && much.words.contains("100 %"))
    }

    // Its distance is 5/6; noise in the errors is .008 and in the pair .02, so it is missed, or half of the others
    // are taken, less often than once in 10^6 runs.
    @Test("of pairs that say little but for one a tree takes that one")
    func strongest() throws {
        let found = try Self.sparse.measured(
            .tree, rho: Rational(numerator: 1, denominator: 1000))
        #expect(found.merged.contains { $0.attributes == [0, 1] })
        #expect(found.merged.count < 6, "\(found.merged.map(\.attributes))")
    }

    @Test("public facts that leave no choice are told before, and are the reason")
    func needs() throws {
        let kept = Workload(preserved: [[1, 3]])
        let task = SynthesisTask(sizes: [6, 6, 6, 6, 6], unitRows: 1, workload: kept)
        let choice = try #require(Synthesizer.publicChoice(of: task))
        let found = try Self.kinds.measured(.auto, rho: 10, workload: kept)
        #expect(found.method == .tree && choice == (.tree, found.reason ?? ""))
        #expect(found.merged.contains { $0.attributes == [1, 3] })
        func method(_ sizes: [Int]) -> SynthesisMethod? {
            Synthesizer.publicChoice(of: SynthesisTask(sizes: sizes, unitRows: 1))?.method
        }
        #expect(method([Int](repeating: 3, count: 60)) == .tree)
        #expect(method([3]) == .independent && method([2000, 2000]) == .independent)
        #expect(method([3, 3]) == nil)
        let alone = SynthesisTask(sizes: [3, 3], unitRows: 1, workload: Workload(ways: 1))
        #expect(Synthesizer.publicChoice(of: alone)?.method == .independent)
    }

    @Test(
        "what is preserved of a few records is paid from what columns leave",
        arguments: [SynthesisMethod.auto, .tree, .aim], [1, 3])
    func preserved(method: SynthesisMethod, cliques: Int) throws {
        let table = InventedTable(
            sizes: [6, 6, 6, 6], rows: (0..<300).map { row in (0..<4).map { row / (1 + $0) % 6 } })
        let kept = Array([[0, 1], [1, 2], [2, 3]].prefix(cliques))
        let rho = Rational(numerator: 1, denominator: 1000)
        let measured = try table.measured(
            method, rho: rho, workload: Workload(preserved: kept))
        #expect(Set(kept).isSubset(of: measured.merged.map(\.attributes)))
        #expect(measured.chargedSteps.reduce(Rational(0)) { $0 + $1.charge.rho.value } <= rho)
    }

    @Test("one record is no harder than many")
    func few() throws {
        let table = InventedTable(sizes: [3, 4, 2], rows: [[1, 2, 0]])
        for rho in [Rational(numerator: 1, denominator: 1_000_000), 1000] {
            let drawn = try table.measured(.auto, rho: rho).fit().rows(block: 0, count: 5, seed: 1)
            #expect(drawn.count == 15)
        }
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
