// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Attacks

/// P[Bin(n, p) ≤ x], term by term in logarithms.
private func tail(_ successes: Int, of trials: Int, _ probability: Double) -> Double {
    let terms = (0...successes).map { count -> Double in
        let n = Double(trials), x = Double(count)
        return lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) + x * log(probability)
            + (n - x) * log1p(-probability)
    }
    let largest = terms.max() ?? 0
    return exp(largest) * terms.map { exp($0 - largest) }.sorted().reduce(0, +)
}

@Suite("Bounds on error rates")
struct BinomialBoundsTests {
    @Test("the upper bound is where so few successes are just too unlikely")
    func exact() {
        for (successes, trials) in [
            (0, 10), (1, 10), (9, 10), (3, 1000), (500, 1000), (999, 1000), (40_000, 100_000),
        ] {
            for level in [0.05, 1e-3, 5e-7, 1e-12] {
                let bound = BinomialBounds.upper(
                    successes: successes, trials: trials, level: level)
                // A whole double can be all that is left above the bound.
                guard bound < 1 else { continue }
                let reached = tail(successes, of: trials, bound)
                #expect(reached <= level * (1 + 1e-7), "\(successes) of \(trials)")
                #expect(reached >= level * 0.99, "\(successes) of \(trials)")
                #expect(bound > Double(successes) / Double(trials))
            }
        }
    }

    @Test("no success and nothing but successes have the bounds of a power")
    func extremes() {
        for (trials, level) in [(1, 0.05), (50, 1e-6), (100_000, 5e-7)] {
            let none = BinomialBounds.upper(successes: 0, trials: trials, level: level)
            // (1 − p)^n = level.
            #expect(abs(Double(trials) * log1p(-none) - log(level)) < 1e-5)
            #expect(BinomialBounds.upper(successes: trials, trials: trials, level: level) == 1)
            #expect(BinomialBounds.lower(successes: 0, trials: trials, level: level) == 0)
            let all = BinomialBounds.lower(successes: trials, trials: trials, level: level)
            #expect(abs(all - (1 - none)) < 1e-12)
        }
    }

    @Test("whatever the probability, bounds miss it as rarely as they say")
    func coverage() {
        let trials = 60, level = 0.01
        for place in 1..<40 {
            let truth = Double(place) / 40
            // The bound misses where it is below the truth: for few successes.
            let missed = (0...trials).last {
                BinomialBounds.upper(successes: $0, trials: trials, level: level) < truth
            }
            #expect((missed.map { tail($0, of: trials, truth) } ?? 0) <= level)
        }
    }

    @Test("the normal quantile inverts the distribution, far out too")
    func quantiles() {
        #expect(abs(NormalDistribution.quantile(0.975) - 1.959963984540054) < 1e-9)
        for x in [-30.0, -8, -1, 0, 2.5] {
            let p = NormalDistribution.cumulative(x)
            #expect(abs(NormalDistribution.quantile(p) - x) < 1e-9)
        }
        #expect(NormalDistribution.quantile(0) == -.infinity)
        #expect(NormalDistribution.quantile(1) == .infinity)
    }
}
