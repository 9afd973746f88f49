// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Attacks

@Suite("Claims that error rates contradict")
struct PrivacyClaimTests {
    private func rates(_ falsePositive: Double, _ falseNegative: Double) -> ErrorRates {
        ErrorRates(falsePositive: falsePositive, falseNegative: falseNegative)
    }

    @Test("randomised response with e^ε : 1 allows exactly its ε, and ε·tanh(ε/2) in ρ")
    func randomisedResponse() {
        for epsilon in [0.1, 1.0, 4] {
            let wrong = 1 / (1 + exp(epsilon))
            let claim = PrivacyClaim.approximate(epsilon: epsilon, delta: 0)
            #expect(abs(claim.leastParameter(allowing: rates(wrong, wrong)) - epsilon) < 1e-12)
            // Harrison and Manurangsi 2025: the best zCDP parameter of ε-randomised response.
            let rho = epsilon * tanh(epsilon / 2)
            let least = PrivacyClaim.zeroConcentrated(rho: 0, delta: 0)
                .leastParameter(allowing: rates(wrong, wrong))
            #expect(least <= rho + 1e-12)
            #expect(least > 0.99 * rho)
        }
    }

    @Test("δ pays for what is seen with probability δ alone")
    func delta() {
        // Seen with probability 0.1 with the unit, never without it.
        let seen = rates(1e-9, 0.9)
        #expect(
            PrivacyClaim.approximate(epsilon: 0, delta: 0.1).leastParameter(allowing: seen) == 0)
        #expect(
            PrivacyClaim.approximate(epsilon: 0, delta: 0.09).leastParameter(allowing: seen) > 10)
        #expect(
            PrivacyClaim.zeroConcentrated(rho: 0, delta: 0.1).leastParameter(allowing: seen) == 0)
    }

    @Test("the least δ is what is seen beside what ρ covers, and falls as ρ grows")
    func exceptional() {
        let seen = rates(1e-9, 0.9)
        let least = [0.01, 0.5, 2].map { rho in
            PrivacyClaim.exceptional(rho: rho, delta: 0.1).leastParameter(allowing: seen)
        }
        #expect(least[0] > 0.099 && least[0] <= 0.1)
        #expect(least[0] > least[1] && least[1] > least[2] && least[2] >= 0)
        let never = PrivacyClaim.exceptional(rho: 0.5, delta: 0.1)
        #expect(never.leastParameter(allowing: rates(0.5, 0.5)) == 0)
        #expect(never.symbol == "δ" && never.parameter == 0.1)
    }

    @Test("two normal distributions never contradict their own μ or ρ, and come close to both")
    func gaussian() {
        for mu in [0.1, 1.0, 3] {
            var best = 0.0
            for place in -20...45 {
                let threshold = Double(place) / 10
                let found = rates(
                    NormalDistribution.cumulative(-threshold),
                    NormalDistribution.cumulative(threshold - mu))
                let least = PrivacyClaim.gaussian(mu: mu, slack: 0).leastParameter(allowing: found)
                #expect(abs(least - mu) < 1e-6)
                #expect(
                    PrivacyClaim.gaussian(mu: mu, slack: 1e-4).leastParameter(allowing: found) < mu)
                best = max(
                    best,
                    PrivacyClaim.zeroConcentrated(rho: 0, delta: 0).leastParameter(allowing: found))
            }
            #expect(best <= mu * mu / 2 + 1e-9)
            // One bit of a normal score keeps 2/π of the divergence at least.
            #expect(best > 0.6 * mu * mu / 2)
        }
    }

    @Test("rates that a coin reaches contradict nothing")
    func coins() {
        for found in [rates(0.5, 0.5), rates(1, 1), rates(0.2, 0.9), rates(1, 1e-12)] {
            for claim in [
                PrivacyClaim.approximate(epsilon: 0, delta: 0),
                .zeroConcentrated(rho: 0, delta: 0), .gaussian(mu: 0, slack: 0),
            ] {
                #expect(claim.leastParameter(allowing: found) == 0)
            }
        }
    }

    @Test(
        "Rényi divergence of coins is that of its definition, and Kullback-Leibler's near order 1")
    func renyi() {
        let order = 3.0
        let direct =
            log(pow(0.7, order) * pow(0.2, 1 - order) + pow(0.3, order) * pow(0.8, 1 - order))
            / (order - 1)
        #expect(abs(PrivacyClaim.renyi(0.7, 0.2, order) - direct) < 1e-12)
        let divergence = 0.7 * log(0.7 / 0.2) + 0.3 * log(0.3 / 0.8)
        #expect(abs(PrivacyClaim.renyi(0.7, 0.2, 1 + 1e-7) - divergence) < 1e-5)
        #expect(PrivacyClaim.renyi(0.5, 0, 2) == .infinity)
    }
}

@Suite("Experiments on two tables")
struct TrialsTests {
    private func normal(_ runs: Int, shift: Double, seed: UInt64) -> [Double] {
        var state = seed
        return (0..<runs).map { _ in
            // SplitMix64, then the inverse of the distribution.
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            return shift
                + NormalDistribution.quantile((Double((word ^ word >> 31) >> 11) + 0.5) * 0x1p-53)
        }
    }

    @Test(
        "a true claim stands and one that is half of the truth falls, on whichever side the shift is"
    )
    func rejects() {
        for shift in [1.0, -1] {
            let trials = Trials(
                without: normal(20_000, shift: 0, seed: 1),
                with: normal(20_000, shift: shift, seed: 2))
            for (truth, falls) in [(1.0, false), (0.5, true)] {
                let gaussian = trials.test(.gaussian(mu: truth, slack: 0), falseAlarm: 1e-6)
                #expect(gaussian.isRejected == falls)
                // A quarter of ρ goes with half of μ.
                let rho = truth * truth / 2
                let concentrated = trials.test(
                    .zeroConcentrated(rho: rho, delta: 0), falseAlarm: 1e-6)
                #expect(concentrated.isRejected == falls)
                #expect(gaussian.leastParameter > 0.7)
            }
        }
    }

    @Test(
        "no runs, one run and constant scores contradict nothing; scores that always differ contradict all"
    )
    func extremes() {
        let claim = PrivacyClaim.approximate(epsilon: 2, delta: 1e-9)
        #expect(!Trials().test(claim, falseAlarm: 1e-6).isRejected)
        #expect(!Trials(without: [0], with: [1]).test(claim, falseAlarm: 1e-6).isRejected)
        let constant = Trials(
            without: Array(repeating: 3, count: 500), with: Array(repeating: 3, count: 500))
        #expect(constant.test(claim, falseAlarm: 1e-6).leastParameter == 0)
        let certain = Trials(
            without: Array(repeating: 3, count: 500), with: Array(repeating: 4, count: 500))
        #expect(certain.test(claim, falseAlarm: 1e-6).isRejected)
    }
}
