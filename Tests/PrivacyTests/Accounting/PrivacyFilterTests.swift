// SPDX-License-Identifier: Apache-2.0

import Privacy
import Testing

@Suite("Privacy filter and approximate costs")
struct PrivacyFilterTests {
    private func cost(_ rho: String, _ delta: String = "0") throws -> PrivacyCost {
        PrivacyCost(Rho(try #require(Rational(rho))), delta: try #require(Rational(delta)))
    }

    @Test("a filter admits up to its cap exactly, and one part in 10^400 more is refused")
    func exactness() throws {
        var filter = PrivacyFilter(cap: try cost("0.1", "1e-9"))
        try filter.charge(cost("0.04", "4e-10"))
        try filter.charge(cost("0.05", "5e-10"))
        let tiny = try #require(Rational("1e-400"))
        #expect(!filter.admits(PrivacyCost(Rho(Rational(numerator: 1, denominator: 100) + tiny))))
        #expect(
            !filter.admits(
                PrivacyCost(
                    .zero, delta: Rational(numerator: 1, denominator: 10_000_000_000) + tiny)))
        #expect(filter.admits(try cost("0.01", "1e-10")))
        try filter.charge(cost("0.01", "1e-10"))
        #expect(filter.remaining.isZero)
        #expect(filter.charged == filter.cap)
    }

    @Test("a refused charge changes nothing and says what was asked and what remains")
    func refusal() throws {
        var filter = PrivacyFilter(cap: try cost("1"))
        try filter.charge(cost("0.75"))
        let before = filter
        let refusal = #expect(throws: PrivacyFilter.Refusal.self) {
            try filter.charge(cost("0.5"))
        }
        #expect(filter == before)
        #expect(
            refusal?.description
                == "privacy filter: asked rho 0.5, remaining rho 0.25; ask for less")
        try filter.charge(cost("0.25"))
        #expect(throws: PrivacyFilter.Refusal.self) { try filter.charge(cost("0", "1e-30")) }
    }

    @Test("whatever was admitted, adaptively and in any order, converts to at most the promise")
    func promise() throws {
        let epsilon = Rational(2)
        let delta = try #require(Rational("1e-8"))
        var filter = PrivacyFilter(
            epsilon: epsilon, delta: delta, thresholds: try #require(Rational("2e-9")))
        var steps = 0
        // Each charge depends on what is left, as an adaptive mechanism's would.
        while filter.remaining.rho.value > Rational(numerator: 1, denominator: 1_000_000) {
            let share = Rational(numerator: 1 + steps % 3, denominator: 4)
            let next = PrivacyCost(
                filter.remaining.rho.scaled(by: share), delta: filter.remaining.delta * share)
            try filter.charge(next)
            steps += 1
        }
        #expect(steps > 5)
        let found = ZeroConcentrated.epsilon(filter.charged, delta: delta)
        #expect(try #require(Rational(exactly: found)) <= epsilon)
        #expect(found > 1.99)
    }

    @Test("thresholds take their part of delta, and all of it leaves no finite epsilon")
    func approximate() throws {
        let delta = try #require(Rational("1e-9"))
        let plain = ZeroConcentrated.epsilon(try cost("0.05"), delta: delta)
        #expect(plain == ZeroConcentrated.epsilon(rho: try cost("0.05").rho, delta: delta))
        let paid = ZeroConcentrated.epsilon(try cost("0.05", "5e-10"), delta: delta)
        #expect(paid > plain && paid < plain * 1.05)
        #expect(ZeroConcentrated.epsilon(try cost("0.05", "1e-9"), delta: delta) == .infinity)
        #expect(ZeroConcentrated.epsilon(try cost("0.05", "2e-9"), delta: delta) == .infinity)
        #expect(ZeroConcentrated.epsilon(try cost("0", "1e-9"), delta: delta) == 0)
        #expect(ZeroConcentrated.epsilon(try cost("7", "3"), delta: 1) == 0)
    }

    @Test("the delta of an approximate cost is the sum, from above and at most one")
    func deltas() throws {
        for (rho, part) in [("0.5", "0.001"), ("0.01", "1e-30"), ("3", "0.9"), ("0", "0.25")] {
            let cost = try cost(rho, part)
            let found = ZeroConcentrated.delta(cost, epsilon: 1)
            let plain = ZeroConcentrated.delta(rho: cost.rho, epsilon: 1)
            let exact = try #require(Rational(exactly: plain)) + cost.delta
            #expect(try #require(Rational(exactly: found)) >= min(1, exact))
            #expect(found <= min(1, Double(exact, rounding: .up) * (1 + 1e-15)))
        }
    }

    @Test("delta left for rho is found exactly, and both ways agree")
    func roundTrip() throws {
        for thresholds in ["0", "1e-12", "9e-10", "0.999999e-9"] {
            let part = try #require(Rational(thresholds))
            let delta = try #require(Rational("1e-9"))
            let rho = ZeroConcentrated.largestRho(epsilon: 3, delta: delta, thresholds: part)
            let cost = PrivacyCost(rho, delta: part)
            #expect(ZeroConcentrated.epsilon(cost, delta: delta) <= 3)
            #expect(ZeroConcentrated.epsilon(cost, delta: delta) > 3 - 1e-6)
            let back = try #require(Rational(exactly: ZeroConcentrated.delta(cost, epsilon: 3)))
            #expect(back <= delta * (1 + Rational(numerator: 1, denominator: 1_000_000_000_000)))
        }
    }
}

@Suite("Neighbouring relations")
struct NeighbouringRelationTests {
    @Test("replacing one unit costs four times rho, and twice for Gaussian noise on histograms")
    func zeroConcentrated() {
        let rho = Rho(Rational(numerator: 3, denominator: 100))
        #expect(NeighbouringRelation.addRemove.cost(ofAddRemove: rho) == rho)
        #expect(NeighbouringRelation.replaceOne.cost(ofAddRemove: rho) == rho.scaled(by: 4))
        #expect(NeighbouringRelation.addRemove.cost(ofGaussianHistograms: rho) == rho)
        #expect(
            NeighbouringRelation.replaceOne.cost(ofGaussianHistograms: rho) == rho.scaled(by: 2))
    }

    @Test("a histogram's replaced record moves two cells, which the direct cost confirms")
    func histogram() {
        // L2 sensitivity √2 is that of squared sensitivity 2: ρ = 2/(2σ²).
        let sigma2 = Rational(numerator: 81, denominator: 4)
        let one = Mechanism.gaussian(sigma2: sigma2, sensitivity: 1, cells: 5, count: 1).rho
        let direct = Rho(2 / (2 * sigma2))
        #expect(NeighbouringRelation.replaceOne.cost(ofGaussianHistograms: one) == direct)
    }

    @Test("an (epsilon, delta) promise doubles epsilon and more than doubles delta")
    func approximate() {
        let (epsilon, delta) = NeighbouringRelation.replaceOne.promise(ofAddRemove: 1, delta: 1e-9)
        #expect(epsilon == 2)
        #expect(delta >= 3.718281828459045e-9 && delta < 3.7182818284591e-9)
        let same = NeighbouringRelation.addRemove.promise(ofAddRemove: 1, delta: 1e-9)
        #expect(same.epsilon == 1 && same.delta == 1e-9)
        #expect(NeighbouringRelation.replaceOne.promise(ofAddRemove: 800, delta: 0.5).delta == 1)
    }

    @Test("relations are written as documents name them")
    func names() {
        #expect(NeighbouringRelation.allCases.map(\.rawValue) == ["add-remove", "replace-one"])
    }
}
