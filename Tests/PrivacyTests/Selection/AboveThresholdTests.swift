// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@_spi(Minting) @testable import Privacy

@Suite("Above-threshold")
struct AboveThresholdTests {
    private func grant(_ plan: AboveThresholdPlan) -> PrivacyGrant {
        GrantAccount(reserving: PrivacyCost(plan.cost)).mint()
    }

    private func set(_ plan: AboveThresholdPlan, threshold: Int64) throws -> AboveThreshold {
        try AboveThreshold(plan, threshold: threshold, noise: NoiseSource(), paying: grant(plan))
    }

    @Test("it halts after its positive answers, and says nothing more")
    func halting() throws {
        let plan = try AboveThresholdPlan(sensitivity: 1, epsilon: 10, positives: 3)
        var gate = try set(plan, threshold: 0)
        var answers: [Bool?] = []
        // Beyond the noise by 10^4 scales: never the other answer.
        for query in [-100_000, 100_000, -100_000, 100_000, 100_000, 100_000, -100_000] as [Int64] {
            answers.append(gate.isAbove(query))
        }
        #expect(answers == [false, true, false, true, true, nil, nil])
        let isHalted = gate.isHalted
        #expect(isHalted)
    }

    @Test("all answers together cost what one pure mechanism costs, paid beforehand")
    func cost() throws {
        let plan = try AboveThresholdPlan(sensitivity: 3, epsilon: 1, positives: 2)
        #expect(plan.cost == Rho(Rational(numerator: 1, denominator: 2)))
        // Δ/ε₁ and 2cΔ/ε₂ with ε₁ = ε₂ = 1/2.
        #expect(plan.thresholdNoise.scale == 6)
        #expect(plan.queryNoise.scale == 24)
        let gate = try set(plan, threshold: 0)
        let charge = gate.charge
        #expect(charge.mechanism == .aboveThreshold(epsilon: 1, sensitivity: 3, positives: 2))
        let half = GrantAccount(
            reserving: PrivacyCost(plan.cost.scaled(by: Rational(numerator: 1, denominator: 2))))
        var isRefused = false
        do {
            let gate = try AboveThreshold(
                plan, threshold: 0, noise: NoiseSource(), paying: half.mint())
            _ = gate.charge
        } catch is GrantError { isRefused = true }
        #expect(isRefused)
    }

    /// P[noisy query ≥ noisy threshold] for a gap between query and threshold, summed directly.
    private func probability(gap: Int, threshold: Double, query: Double) -> Double {
        let reach = Int(60 * max(threshold, query))
        let first = Reference.laplace(scale: threshold, farthest: reach)
        let second = Reference.laplace(scale: query, farthest: reach)
        var tails = [Double](repeating: 0, count: 2 * reach + 2)
        for value in (-reach...reach).reversed() {
            tails[value + reach] = tails[value + reach + 1] + (second[value] ?? 0)
        }
        return first.reduce(0) { sum, item in
            sum + item.value * tails[min(max(item.key - gap, -reach), reach + 1) + reach]
        }
    }

    @Test("one query is above as often as the two noises say", arguments: [-6, -1, 0, 2, 9])
    func frequency(gap: Int) throws {
        let plan = try AboveThresholdPlan(sensitivity: 1, epsilon: 1)
        let rounds = 20_000
        var above = 0
        for _ in 0..<rounds {
            var gate = try set(plan, threshold: 50)
            if gate.isAbove(Int64(50 + gap)) == true { above += 1 }
        }
        let expected = probability(gap: gap, threshold: 2, query: 4)
        // Six standard deviations of 20,000 coins: a false alarm below 10^-8 each.
        let deviation = (expected * (1 - expected) * Double(rounds)).squareRoot()
        #expect(abs(Double(above) - expected * Double(rounds)) < 6 * deviation)
    }

    @Test("the threshold keeps its noise: answers to one query agree more often than alone")
    func correlated() throws {
        let plan = try AboveThresholdPlan(sensitivity: 1, epsilon: 1, positives: 2)
        var (both, first) = (0, 0)
        let rounds = 20_000
        for _ in 0..<rounds {
            var gate = try set(plan, threshold: 0)
            let one = gate.isAbove(0) == true
            let other = gate.isAbove(0) == true
            if one { first += 1 }
            if one && other { both += 1 }
        }
        let share = Double(first) / Double(rounds)
        // With fresh threshold noise the difference would be zero within 0.0035·6; it is about 0.02.
        #expect(Double(both) / Double(rounds) - share * share > 0.005)
    }

    @Test("the odds of any answers change by at most exp(epsilon) when every query moves by one")
    func privacy() throws {
        let plan = try AboveThresholdPlan(sensitivity: 1, epsilon: 1)
        var counts = (near: [String: Int](), far: [String: Int]())
        let rounds = 40_000
        for _ in 0..<rounds {
            for isNear in [true, false] {
                var gate = try set(plan, threshold: 0)
                // Neighbours in the worst direction: the first queries fall as the last rises.
                let queries: [Int64] = isNear ? [0, 0, 0, 0] : [-1, -1, -1, 1]
                let text = queries.map { query -> String in
                    switch gate.isAbove(query) {
                    case true?: "1"
                    case false?: "0"
                    case nil: "-"
                    }
                }.joined()
                if isNear {
                    counts.near[text, default: 0] += 1
                } else {
                    counts.far[text, default: 0] += 1
                }
            }
        }
        for (text, count) in counts.near where count > 400 {
            let other = Double(counts.far[text] ?? 0)
            // Six standard deviations on both counts.
            let (low, high) = (
                Double(count) - 6 * Double(count).squareRoot(), other + 6 * (other + 1).squareRoot()
            )
            #expect(low <= M_E * high, "\(text)")
            #expect(
                other - 6 * (other + 1).squareRoot() <= M_E
                    * (Double(count) + 6 * Double(count).squareRoot()), "\(text)")
        }
    }

    @Test("plans that no noise could serve are refused")
    func refused() {
        #expect(throws: NoiseError.self) { try AboveThresholdPlan(sensitivity: 0, epsilon: 1) }
        #expect(throws: NoiseError.self) { try AboveThresholdPlan(sensitivity: 1, epsilon: 0) }
        #expect(throws: NoiseError.self) { try AboveThresholdPlan(sensitivity: 1, epsilon: -1) }
        #expect(throws: NoiseError.self) {
            try AboveThresholdPlan(sensitivity: 1, epsilon: 1, positives: 0)
        }
        #expect(throws: NoiseError.self) {
            try AboveThresholdPlan(
                sensitivity: 1 << 40, epsilon: Rational(numerator: 1, denominator: 1 << 40))
        }
    }

    @Test("values at the ends of 64 bits are compared without overflow")
    func extremes() throws {
        let plan = try AboveThresholdPlan(sensitivity: 1, epsilon: 1, positives: 2)
        var gate = try set(plan, threshold: .max)
        let low = gate.isAbove(.min)
        var other = try set(plan, threshold: .min)
        let high = other.isAbove(.max)
        #expect(low == false && high == true)
    }
}
