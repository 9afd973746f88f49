// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Curation
@testable import Privacy

@Suite("Choices that follow each other, and errors in one query")
struct RepeatedChoiceTests {
    private func table() throws -> Curator {
        try curated(rows((0..<1000).map { ($0, $0 % 10, $0 % 4 == 0 ? "a" : "b") }))
    }

    @Test("the estimate that is further off is chosen, by weight and less its penalty")
    func choices() throws {
        let curator = try table()
        var selector = try curator.talliedSelector(
            candidates: [[0], [1]], recoding: .identity(sizes: curator.sizes))
        let unit = Int64(1) << Int64(Curator.estimateBits)
        func estimate(_ counts: [Int64], _ attribute: Int) -> [Int64] {
            counts.map { $0 * unit }
                + [Int64](repeating: 0, count: curator.sizes[attribute] - counts.count)
        }
        // Off by 200 and by 100 records.
        try selector.compare(0, with: estimate([200] + [Int64](repeating: 100, count: 8), 0))
        try selector.compare(1, with: estimate([300, 700], 1))
        func choose(_ weights: (Int, Int), penalty: Int64 = 0) throws -> Int {
            try selector.choose(
                among: [
                    .init(candidate: 0, weight: weights.0, penalty: penalty * unit),
                    .init(candidate: 1, weight: weights.1, penalty: 0),
                ], grant: plenty())
        }
        #expect(try choose((1, 1)) == 0)
        #expect(try choose((1, 3)) == 1)
        #expect(try choose((1, 1), penalty: 150) == 1)
        // The same counts with another estimate.
        try selector.compare(0, with: estimate([Int64](repeating: 100, count: 10), 0))
        #expect(try choose((1000, 1)) == 1)
        #expect(selector.charges.count == 4)
    }

    @Test("what does not fit is refused, and grants end")
    func refusals() throws {
        let curator = try table()
        let identity = Recoding.identity(sizes: curator.sizes)
        var selector = try curator.talliedSelector(candidates: [[0]], recoding: identity)
        #expect(throws: CurationError.self) { try selector.compare(0, with: [1]) }
        #expect(throws: CurationError.self) { try selector.compare(1, with: [1]) }
        for competitors in [
            [], [TalliedSelector.Competitor(candidate: 1, weight: 1, penalty: 0)],
            [TalliedSelector.Competitor(candidate: 0, weight: 0, penalty: 0)],
            [TalliedSelector.Competitor(candidate: 0, weight: 1001, penalty: 0)],
        ] {
            #expect(throws: CurationError.self) {
                try selector.choose(among: competitors, grant: plenty())
            }
        }
        #expect(throws: CurationError.self) {
            _ = try curator.talliedSelector(candidates: [[1, 0]], recoding: identity)
        }
        #expect(throws: CurationError.self) {
            try curator.errors(of: [], recoding: identity, grant: plenty()) { _ in [] }
        }
        #expect(throws: CurationError.self) {
            try curator.errors(of: [[0]], recoding: identity, grant: plenty()) { _ in [1] }
        }
    }

    @Test("errors without noise are distances, and cost what their number makes of them")
    func errors() throws {
        let curator = try table()
        let unit = Int64(1) << Int64(Curator.errorBits)
        var tenth = [Int64](repeating: 100 * unit, count: 10)
        tenth += [Int64](repeating: 0, count: curator.sizes[0] - 10)
        let half =
            [500 * unit, 500 * unit]
            + [Int64](repeating: 0, count: curator.sizes[1] - 2)
        let answer = try curator.errors(
            of: [[0], [1]], recoding: .identity(sizes: curator.sizes), grant: plenty()
        ) { $0 == 0 ? tenth : half }
        #expect(answer.values == [0, 500 * unit])
        let costly = try curator.errors(
            of: [[0], [1]], recoding: .identity(sizes: curator.sizes), grant: grant(1, 2)
        ) { $0 == 0 ? tenth : half }
        // σ² = 2 · 64² / (2 · ½), and a little more for the whole root.
        let sigma2 = Double(costly.sigma2, rounding: .up)
        #expect(sigma2 >= 8192 && sigma2 < 8192 * 1.03, "\(sigma2)")
        #expect(costly.charge.rho <= Rho(Rational(numerator: 1, denominator: 2)))
    }
}
