// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@_spi(Minting) @testable import Privacy

private func decimal(_ text: String) -> Rational { Rational(decimal: text) ?? 0 }

private func grant(_ rho: String, delta: String) -> PrivacyGrant {
    GrantAccount(reserving: PrivacyCost(Rho(decimal(rho)), delta: decimal(delta))).mint()
}

/// The largest probability that some new key is named, over all ways to spread k records over new keys, by
/// dynamic programming over exact products.
private func exactDelta(sigma2: Rational, rows: Int, threshold: Int) -> Rational {
    let tail = DiscreteGaussianTail(sigma2: sigma2)
    let passes = (0...rows).map { tail.probability(atLeast: threshold - $0).upper }
    var stays: [Rational] = [1]
    for left in 1...rows {
        stays.append((1...left).map { (1 - passes[$0]) * stays[left - $0] }.min() ?? 1)
    }
    return 1 - stays[rows]
}

/// P[Bin(n, p) ≥ x]: the lower end of a Clopper-Pearson interval is at most p iff this is its error.
private func binomialTail(_ n: Int, _ p: Double, atLeast x: Int) -> Double {
    var sum = 0.0
    for count in x...n {
        let log =
            lgamma(Double(n + 1)) - lgamma(Double(count + 1)) - lgamma(Double(n - count + 1))
            + Double(count) * Glibc.log(p) + Double(n - count) * log1p(-p)
        let term = exp(log)
        sum += term
        if term < sum * 1e-12, Double(count) > Double(n) * p { break }
    }
    return sum
}

@Suite("Naming keys over a threshold")
struct ThresholdTests {
    @Test(
        "pays the largest delta over all ways to spread a unit's records over new keys, and little more",
        arguments: [1, 2, 3, 5, 12], ["0.02", "0.5"])
    func worstSpread(rows: Int, rho: String) throws {
        let plan = try ThresholdPlan(
            unitRows: rows, budget: PrivacyCost(Rho(decimal(rho)), delta: decimal("1e-6")),
            mostKeys: 100, keyBits: 0)
        let exact = exactDelta(
            sigma2: plan.noise.sigma2, rows: rows, threshold: plan.threshold)
        #expect(exact <= plan.cost.delta)
        // The union bound counts twice what two new keys do at once.
        #expect(plan.cost.delta * (1 - plan.cost.delta) <= exact)
        #expect(plan.cost.delta <= decimal("1e-6"))
        #expect(plan.cost.rho <= Rho(decimal(rho)))
    }

    @Test("takes the least threshold: one less would cost more than its share")
    func leastThreshold() throws {
        for (rows, delta) in [(1, "1e-9"), (1, "1e-3"), (4, "1e-10"), (100, "1e-12"), (7, "0.1")] {
            let budget = PrivacyCost(Rho(decimal("0.01")), delta: decimal(delta))
            let plan = try ThresholdPlan(
                unitRows: rows, budget: budget, mostKeys: 10, keyBits: 0)
            let less = ThresholdPlan.delta(
                sigma2: plan.noise.sigma2, unitRows: rows, threshold: plan.threshold - 1,
                keyBits: 0)
            #expect(plan.cost.delta <= budget.delta && less > budget.delta)
        }
    }

    @Test("agrees with the reference thresholds where each key gets one record")
    func vectors() throws {
        // P[X ≥ T − 1] at σ² = 1, T = 5, and the least T for δ = 10⁻¹⁰ at σ² = 400: fifty digits elsewhere.
        let tail = DiscreteGaussianTail(sigma2: 1).probability(atLeast: 4)
        #expect(tail.upper >= decimal("0.00013532302957818702837"))
        #expect(tail.upper <= decimal("0.00013532302957818712"))
        #expect(DiscreteGaussianTail(sigma2: 400).leastPoint(delta: decimal("1e-10")) == 128)
    }

    @Test("counts every meeting of hashes of up to 2^38 records, and refuses a delta below that")
    func hashSlack() throws {
        for (delta, rows) in [("1e-12", 10), ("1e-15", 1), ("3e-16", 100)] {
            let budget = PrivacyCost(Rho(decimal("0.01")), delta: decimal(delta))
            let plan = try ThresholdPlan(
                unitRows: rows, budget: budget, mostKeys: 100, keyBits: 127)
            let without = ThresholdPlan.delta(
                sigma2: plan.noise.sigma2, unitRows: rows, threshold: plan.threshold, keyBits: 0)
            // (2³⁸)²/2¹²⁸ = 1/2⁵².
            let meetings = Rational(numerator: 1, denominator: 1 << 52)
            #expect(plan.cost.delta - without == meetings)
            #expect(plan.cost.delta <= budget.delta)
        }
        for (delta, bits) in [("1e-12", 62), ("2e-16", 127)] {
            #expect(throws: NoiseError.self) {
                try ThresholdPlan(
                    unitRows: 10, budget: PrivacyCost(Rho(1), delta: decimal(delta)), mostKeys: 1,
                    keyBits: bits)
            }
        }
    }

    @Test("is refused where there is no budget, and planned from the smallest to the largest")
    func extremes() throws {
        for (rho, delta) in [("0", "1e-9"), ("0.1", "0")] {
            #expect(throws: NoiseError.self) {
                try ThresholdPlan(
                    unitRows: 1, budget: PrivacyCost(Rho(decimal(rho)), delta: decimal(delta)),
                    mostKeys: 1, keyBits: 0)
            }
        }
        for rho in ["0.000000001", "0.00001", "20", "400"] {
            for rows in [1, 1000] {
                let plan = try ThresholdPlan(
                    unitRows: rows,
                    budget: PrivacyCost(Rho(decimal(rho)), delta: decimal("1e-15")), mostKeys: 1,
                    keyBits: 0)
                #expect(plan.threshold > rows)
                #expect(plan.cost.delta <= decimal("1e-15"))
            }
        }
    }

    @Test("spends rho and delta of its grant, and runs without neither")
    func charge() throws {
        let budget = PrivacyCost(Rho(decimal("0.02")), delta: decimal("1e-6"))
        let plan = try ThresholdPlan(unitRows: 2, budget: budget, mostKeys: 5, keyBits: 127)
        let run = try ThresholdedCounts(
            plan, noise: try NoiseSource(), paying: grant("0.02", delta: "1e-6"))
        #expect(run.charge.cost == plan.cost && run.charge.granted == budget)
        #expect(run.charge.cost.delta > 0)
        let kept = try JSONDecoder().decode(Charge.self, from: JSONEncoder().encode(run.charge))
        #expect(kept == run.charge)
        for (rho, delta) in [("0.02", "0"), ("0.001", "1e-6")] {
            #expect(throws: GrantError.self) {
                _ = try ThresholdedCounts(
                    plan, noise: try NoiseSource(), paying: grant(rho, delta: delta))
            }
        }
    }

    @Test(
        "names a key that one unit alone has no more often than delta says, and one less would show",
        arguments: [[1], [3], [1, 1, 1], [2, 1]])
    func keepRate(spread: [Int]) throws {
        // False alarm below 10⁻⁶: the number of runs in which a key is named is binomial.
        let rows = spread.reduce(0, +)
        let budget = PrivacyCost(Rho(Rational(rows * rows) / 18), delta: decimal("0.01"))
        let plan = try ThresholdPlan(unitRows: rows, budget: budget, mostKeys: 10, keyBits: 0)
        let runs = 100_000
        var noise = try NoiseSource()
        var named = 0
        var namedBelow = 0
        for _ in 0..<runs {
            var counts = spread.map(Int64.init)
            noise.addGaussian(plan.noise, to: &counts)
            if !plan.kept(counts).isEmpty { named += 1 }
            if counts.contains(where: { $0 >= Int64(plan.threshold) - 1 }) { namedBelow += 1 }
        }
        let delta = Double(plan.cost.delta, rounding: .up)
        #expect(named == 0 || binomialTail(runs, delta, atLeast: named) >= 1e-6)
        // The spread that the bound is made of is caught with a threshold of one less.
        let isWorst = exactDelta(
            sigma2: plan.noise.sigma2, rows: rows, threshold: plan.threshold)
        let own =
            1
            - spread.reduce(Rational(1)) { stays, count in
                stays
                    * (1
                        - DiscreteGaussianTail(sigma2: plan.noise.sigma2)
                        .probability(atLeast: plan.threshold - count).upper)
            }
        if own == isWorst { #expect(binomialTail(runs, delta, atLeast: namedBelow) < 1e-6) }
    }

    @Test("keeps what reaches the threshold and nothing below it")
    func boundary() throws {
        let plan = try ThresholdPlan(
            unitRows: 1, budget: PrivacyCost(Rho(decimal("0.1")), delta: decimal("1e-6")),
            mostKeys: 3, keyBits: 0)
        let edge = Int64(plan.threshold)
        let kept = plan.kept([edge - 1, edge, edge + 5, -3, 0])
        #expect(kept.map(\.place) == [1, 2] && kept.map(\.noisy) == [edge, edge + 5])
    }
}
