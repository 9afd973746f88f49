// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

@testable import Curation
@testable import Privacy

@Suite("Curator")
struct CuratorTests {
    @Test("marginals without noise are the counts")
    func exactCounts() throws {
        let curator = try curated(
            rows((0..<1000).map { ($0, $0 % 10, $0 % 4 == 0 ? "a" : "b") }))
        let answers = try curator.measure(
            [[0], [1], [0, 1]], weights: nil, recoding: nil, in: .training, grant: plenty())
        // Required integers and strings have an "other" cell at the end.
        #expect(Array(answers[0].cells.prefix(10)) == [Int64](repeating: 100, count: 10))
        #expect(Array(answers[1].cells.prefix(2)) == [250, 750])
        let size = curator.sizes[1]
        var expected = [Int64](repeating: 0, count: curator.sizes[0] * size)
        for row in 0..<1000 { expected[row % 10 * size + (row % 4 == 0 ? 0 : 1)] += 1 }
        #expect(answers[2].cells == expected)
    }

    @Test("counts of merged cells are sums")
    func recodedCounts() throws {
        let curator = try curated(rows((0..<100).map { ($0, $0 % 10, "a") }))
        var map = [UInt16](repeating: 1, count: curator.sizes[0])
        map[0] = 0
        let recoding = Recoding(
            maps: [map, [UInt16](repeating: 0, count: curator.sizes[1])], sizes: [2, 1])
        let answer = try curator.measure(
            [[0, 1]], weights: nil, recoding: recoding, in: .training, grant: plenty())
        #expect(answer[0].cells == [10, 90])
    }

    @Test(
        "one unit of a thousand rows counts as many rows as the cap allows", arguments: [1, 2, 7])
    func boundsUnits(cap: Int) throws {
        var values = (0..<1000).map { (1, $0 % 10, "a") }
        values += (2..<12).map { ($0, 3, "b") }
        let curator = try curated(rows(values), unit: UnitRule(column: "who", rows: cap))
        let answer = try curator.measure(
            [[1]], weights: nil, recoding: nil, in: .training, grant: plenty())
        #expect(Array(answer[0].cells.prefix(2)) == [Int64(cap), 10])
    }

    @Test("rows of a unit may lie anywhere in the table")
    func orderOfRows() throws {
        let apart = (0..<300).map { ($0 % 100, $0 / 100, "a") }
        let together = apart.sorted { $0.0 < $1.0 }
        for values in [apart, together] {
            let curator = try curated(rows(values), unit: UnitRule(column: "who", rows: 3))
            let answer = try curator.measure(
                [[0]], weights: nil, recoding: nil, in: .training, grant: plenty())
            #expect(Array(answer[0].cells.prefix(4)) == [100, 100, 100, 0])
        }
    }

    @Test("a unit is in one part, and the holdout has about its share (false alarm 1e-9)")
    func splitsUnits() throws {
        // x is the unit's number modulo 10, so each of ten units has a cell of its own.
        let small = try curated(
            rows((0..<50).map { ($0 % 10, $0 % 10, "a") }), unit: UnitRule(column: "who", rows: 5),
            holdout: Rational(numerator: 1, denominator: 2))
        let inside = try small.measure(
            [[0]], weights: nil, recoding: nil, in: .training, grant: plenty())[0].cells
        let outside = try small.measure(
            [[0]], weights: nil, recoding: nil, in: .holdout, grant: plenty())[0].cells
        for (first, second) in zip(inside, outside).prefix(10) {
            #expect(first == 5 && second == 0 || first == 0 && second == 5)
        }
        let large = try curated(
            rows((0..<20_000).map { ($0, 0, "a") }),
            holdout: Rational(numerator: 1, denominator: 5))
        let held = try large.measure(
            [[1]], weights: nil, recoding: nil, in: .holdout, grant: plenty())[0].cells[0]
        // 4000 ± 6.2 standard deviations of 56.6.
        #expect(abs(held - 4000) < 351)
    }

    @Test("two runs split units differently: the key is fresh")
    func keyIsFresh() throws {
        let text = rows((0..<400).map { ($0, $0 % 10, "a") })
        func held() throws -> [Int64] {
            try curated(text, holdout: Rational(numerator: 1, denominator: 2)).measure(
                [[0]], weights: nil, recoding: nil, in: .holdout, grant: plenty())[0].cells
        }
        // Ten binomial counts agree twice with probability below 0.13^10 < 1e-8.
        let first = try held()
        #expect(try first != held())
    }

    @Test("charges never pass the grant, and weights beyond it are refused")
    func chargesFit() throws {
        let curator = try curated(rows((0..<10).map { ($0, $0, "a") }))
        let answers = try curator.measure(
            [[0], [1]], weights: nil, recoding: nil, in: .training, grant: grant(1, 10))
        let spent = answers.reduce(Rho.zero) { $0 + $1.charge.rho }
        #expect(spent <= Rho(Rational(numerator: 1, denominator: 10)))
        #expect(spent > Rho(Rational(numerator: 99, denominator: 1000)))
        #expect(throws: CurationError.self) {
            _ = try curator.measure(
                [[0], [1]], weights: [Rational(1), Rational(1)], recoding: nil, in: .training,
                grant: grant(1, 10))
        }
    }

    @Test("a grant for one part of the records pays for no query on the other")
    func scopes() throws {
        let curator = try curated(
            rows((0..<40).map { ($0, $0 % 10, "a") }),
            holdout: Rational(numerator: 1, denominator: 2))
        let parts = plenty().inParallel()
        var training = parts.training
        var holdout = parts.holdout
        for part in [Part.training, .holdout] {
            let own = try part == .training ? training.take(Rho(1)) : holdout.take(Rho(1))
            let other = try part == .training ? holdout.take(Rho(1)) : training.take(Rho(1))
            _ = try curator.measure([[0]], weights: nil, recoding: nil, in: part, grant: own)
            var refusal: CurationError?
            do throws(CurationError) {
                _ = try curator.measure(
                    [[0]], weights: nil, recoding: nil, in: part, grant: other)
            } catch { refusal = error }
            #expect(refusal?.description.contains("for the other part") == true)
        }
        training.burn()
        holdout.burn()
    }

    @Test("noise grows with the cap per unit: σ² = k²/2ρ")
    func noiseFollowsCap() throws {
        for cap in [1, 4] {
            let curator = try curated(
                rows((0..<10).map { ($0, $0, "a") }), unit: UnitRule(column: "who", rows: cap))
            let answer = try curator.measure(
                [[0]], weights: nil, recoding: nil, in: .training, grant: grant(1, 8))
            let sigma2 = Double(answer[0].sigma2, rounding: .up)
            #expect(abs(sigma2 - Double(cap * cap) * 4) < 1e-3)
        }
    }

    @Test("queries that do not fit the table are refused without an answer")
    func misfits() throws {
        let curator = try curated(rows([(1, 1, "a")]))
        for clique in [[], [5], [1, 0], [0, 0], [-1]] {
            #expect(throws: CurationError.self) {
                _ = try curator.measure(
                    [clique], weights: nil, recoding: nil, in: .training, grant: plenty())
            }
        }
    }

    @Test("a table without records, without a column or without its unit is refused")
    func badTables() {
        for text in ["", "who,x,y\n", "who,x\nu1,1\n"] {
            #expect(throws: CurationError.self) { _ = try curated(text) }
        }
        #expect(throws: CurationError.self) {
            _ = try curated("who,x,y\n,1,a\n", unit: UnitRule(column: "who", rows: 1))
        }
    }

    @Test("no error text repeats a cell's value")
    func errorsAreSilent() {
        let texts = [
            "who,x,y\nCANARY,CANARY,CANARY,CANARY\n", "who,x,y\n\"CANARY,1,a\n",
            "who,x,y\nu1,1,a\n\u{0}CANARY\n",
        ]
        for text in texts {
            do {
                _ = try curated(text)
                Issue.record("accepted")
            } catch {
                #expect(!"\(error)".contains("CANARY"))
            }
        }
    }
}

@Suite("Curator's evidence")
struct CuratorEvidenceTests {
    @Test("a score histogram counts each record once, by label and bin")
    func histogram() throws {
        let curator = try curated(rows((0..<100).map { ($0, $0 % 10, $0 % 2 == 0 ? "a" : "b") }))
        let table = (0..<curator.sizes[0]).map { Int32($0) }
        let score = AdditiveScore(
            terms: [.init(attributes: [0], table: table)], thresholds: [3, 7])
        let answer = try curator.histogram(of: score, by: 1, in: .training, grant: plenty())
        // Even x: 0, 2 | 4, 6 | 8. Odd x: 1 | 3, 5 | 7, 9.
        #expect(Array(answer.cells.prefix(6)) == [20, 20, 10, 10, 20, 20])
    }

    @Test("a lookup tells no entry, wrong and right apart")
    func match() throws {
        let curator = try curated(rows((0..<100).map { ($0, $0 % 10, $0 % 2 == 0 ? "a" : "b") }))
        let match = MatchQuery(attributes: [0], target: 1, predictions: [0: 0, 1: 0, 2: 0])
        let answer = try curator.histogram(of: match, in: .training, grant: plenty())
        #expect(answer.cells == [70, 10, 20])
    }

    @Test("distances are the L1 distances, in the fixed point asked for")
    func discrepancy() throws {
        let curator = try curated(rows((0..<100).map { ($0, 0, "a") }))
        var first = [Int64](repeating: 0, count: curator.sizes[0])
        first[1] = 100 << 4
        var second = [Int64](repeating: 0, count: curator.sizes[1])
        second[0] = 60 << 4
        second[1] = 40 << 4
        var discrepancy = curator.discrepancy(fractionBits: 4, in: .training)
        try curator.add(
            [[0], [1]], synthetic: [.init(dense: first), .init(dense: second)], to: &discrepancy)
        let answer = try curator.answer(discrepancy, grant: plenty())
        #expect(answer.worst == 200 << 4)
        #expect(answer.mean == 140 << 4)
    }

    @Test("distances over more cells than memory would hold are those of the cells that occur")
    func hugeDiscrepancy() throws {
        let columns = (0..<2).map {
            "{\"name\": \"c\($0)\", \"type\": \"integer\", \"semblance\": "
                + "{\"domain\": {\"minimum\": 0, \"maximum\": 59999, \"bins\": 60000}}}"
        }
        let curator = try curated(
            "c0,c1\n" + (0..<100).map { "\($0 * 500),\($0 / 2)\n" }.joined(),
            schema: "{\"fields\": [\(columns.joined(separator: ","))], \"missingValues\": [\"\"]}")
        let size = UInt64(curator.sizes[1])
        func key(_ row: Int) -> UInt64 { UInt64(row * 500) * size + UInt64(row / 2) }
        // Ninety of the cells that occur, one of them twice, and ten that do not.
        var synthetic = SyntheticCounts(spillingTo: NSTemporaryDirectory())
        try synthetic.add((0..<90).map(key) + [key(3)])
        try synthetic.add((0..<10).map { 7 + UInt64($0) * 1_000_003 } + [size * size - 1])
        var discrepancy = curator.discrepancy(fractionBits: 4, in: .training)
        try curator.add(
            [[0, 1]], synthetic: [synthetic.scaled(by: 16)], to: &discrepancy)
        let answer = try curator.answer(discrepancy, grant: plenty())
        // Ten cells lack their record, one has too many, eleven are made up.
        #expect(answer.worst == (10 + 1 + 11) << 4)
        #expect(answer.mean == answer.worst)
    }

    @Test("distances are the same where synthetic counts are spilled")
    func spilledDiscrepancy() throws {
        var synthetic = SyntheticCounts(spillingTo: NSTemporaryDirectory())
        // Every third key up to eight million, and every cell of the last million twice.
        for part in 0..<8 {
            try synthetic.add((0..<1_000_000).map { UInt64(part * 1_000_000 + $0) * 3 })
        }
        try synthetic.add((7_000_000..<8_000_000).map { UInt64($0) * 3 })
        #expect(synthetic.spill != nil && synthetic.largest == 7_999_999 * 3)
        let distance = try L1Distance(synthetic.scaled(by: 4), bits: 2)
        // On a synthetic cell, beside one, on a doubled one, and behind all of them.
        try distance.add(0, 1)
        try distance.add(4, 2)
        try distance.add(7_500_000 * 3, 5)
        try distance.add(30_000_000, 1)
        let others = 4 * (9_000_000 - 1 - 2)
        #expect(try distance.finish() == Int128(others + 0 + 8 + (20 - 8) + 4))
    }

    @Test("comparisons of nothing, of another curator or beyond a marginal's cells are refused")
    func strayDiscrepancy() throws {
        let one = try curated(rows([(1, 1, "a")])), other = try curated(rows([(1, 1, "a")]))
        #expect(throws: CurationError.self) {
            let nothing = one.discrepancy(fractionBits: 0, in: .training)
            _ = try one.answer(nothing, grant: plenty())
        }
        #expect(throws: CurationError.self) {
            var theirs = other.discrepancy(fractionBits: 0, in: .training)
            try one.add([[0]], synthetic: [.init(dense: [])], to: &theirs)
        }
        #expect(throws: CurationError.self) {
            var theirs = other.discrepancy(fractionBits: 0, in: .training)
            try other.add([[0]], synthetic: [.init(dense: [])], to: &theirs)
            _ = try one.answer(theirs, grant: plenty())
        }
        var beyond = SyntheticCounts(spillingTo: "")
        try beyond.add([UInt64(one.sizes[0])])
        var own = one.discrepancy(fractionBits: 0, in: .training)
        #expect(throws: CurationError.self) {
            try one.add([[0]], synthetic: [beyond], to: &own)
        }
    }

    @Test("comparisons under a cap that the sensitivity would overflow with are refused")
    func hugeCap() throws {
        for cap in [1 << 31, 1 << 43, 1 << 50] {
            let curator = try curated(
                rows([(1, 1, "a")]), unit: UnitRule(column: "who", rows: cap))
            var discrepancy = curator.discrepancy(fractionBits: 20, in: .training)
            try curator.add([[0]], synthetic: [.init(dense: [])], to: &discrepancy)
            do {
                _ = try curator.answer(discrepancy, grant: plenty())
                Issue.record("accepted")
            } catch {
                guard case .query(let text) = error else { throw error }
                #expect(text.contains("lower unit.rows"))
            }
        }
    }

    @Test("marginals are counted in batches that memory holds, and none are not counted at all")
    func batches() {
        #expect(Curator.batches([]).isEmpty)
        #expect(Curator.batches([5]) == [0..<1])
        let half = Curator.passCells / 2
        #expect(Curator.batches([half, half, 1, half]) == [0..<2, 2..<4])
        #expect(Curator.batches([2 * Curator.passCells, 1]) == [0..<1, 1..<2])
    }

    @Test("a selector finds the pair that the estimate gets most wrong")
    func selector() throws {
        let curator = try curated(rows((0..<100).map { ($0, 0, "a") }))
        let unit = Int64(1 << Curator.estimateBits)
        var right = [Int64](repeating: 0, count: curator.sizes[0])
        right[0] = 100 * unit
        let wrong = [Int64](repeating: 0, count: curator.sizes[1])
        var selector = try curator.selector(
            candidates: [[0], [1]], estimates: [right, wrong], penalties: [0, 0],
            recoding: .identity(sizes: curator.sizes))
        let worst = try selector.choose(among: [0, 1], orNothingAt: nil, grant: grant(1000, 1))
        #expect(worst == 1)
        let nothing = try selector.choose(
            among: [0], orNothingAt: 50 * unit, grant: grant(1000, 1))
        #expect(nothing == nil)
        let charges = selector.charges
        #expect(charges.count == 2)
    }
}
