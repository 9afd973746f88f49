// SPDX-License-Identifier: Apache-2.0

import Ledger
import Privacy
import Testing

@testable import Releases

@Suite("Readings of a cap and of what is under it")
struct CapReadingTests {
    private let delta = Rational(numerator: 1, denominator: 1_000_000_000)

    @Test(
        "what a cap allows never reads as more than the cap, which is rounded down",
        arguments: ["2.79955", "2.8", "0.00012345", "12345.678", "999.99", "1"])
    func withinCap(epsilon: String) throws {
        let exact = try #require(Rational(decimal: epsilon))
        let cap = BudgetCap(epsilon: exact, delta: delta)
        let reading = BudgetWords.cap(epsilon)
        #expect(cap.description == "ε = \(reading) at δ = 1e-9")
        let most = try #require(Rational(decimal: reading))
        #expect(most <= exact)
        #expect(BudgetWords.epsilon(PrivacyCost(cap.rho), cap) == reading)
        // A little less than all of it, too.
        for part in [1, 10, 100, 1000, 10_000, 100_000] {
            let share = Rational(numerator: 100_000 - part, denominator: 100_000)
            let words = BudgetWords.epsilon(PrivacyCost(cap.rho.scaled(by: share)), cap)
            #expect(try #require(Rational(decimal: words)) <= most, "\(part): \(words)")
        }
    }

    @Test("what passes a cap reads as more than it")
    func aboveCap() throws {
        let cap = BudgetCap(
            epsilon: try #require(Rational(decimal: "2.79955")), delta: delta)
        let words = BudgetWords.epsilon(PrivacyCost(cap.rho.scaled(by: 2)), cap)
        #expect(try #require(Rational(decimal: words)) > cap.epsilon)
    }

    @Test(
        "the share that remains is rounded down",
        arguments: [
            (9996, 10_000, "99.9"), (9999, 10_000, "99.9"), (1, 1, "100.0"), (0, 1, "0.0"),
            (9, 10_000, "0.0"), (1, 3, "33.3"), (2, 3, "66.6"), (885, 1000, "88.5"),
        ])
    func share(part: Int, whole: Int, words: String) {
        let part = Rho(Rational(part))
        #expect(LedgerReport.percent(part, of: Rho(Rational(whole))) == words)
    }
}
