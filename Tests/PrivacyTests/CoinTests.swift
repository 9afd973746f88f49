// SPDX-License-Identifier: Apache-2.0

import BigInt
import Glibc
import Testing

@testable import Privacy

@Suite("Exact coins")
struct CoinTests {
    /// Whether a probability lies in the bracket that all bit strings of a length leave.
    private func agrees(
        _ found: (mass: [Int64: Double], open: Double), _ outcome: Int64, _ probability: Double
    ) -> Bool {
        let least = found.mass[outcome] ?? 0
        return least <= probability + 1e-12 && probability <= least + found.open + 1e-12
    }

    @Test(
        "a coin of a fraction comes up as often, over all bit strings",
        arguments: [(0, 7), (1, 7), (3, 7), (1, 2), (6, 7), (7, 7), (1, 1), (1, 1000)])
    func fraction(numerator: UInt64, denominator: UInt64) {
        let found = enumerate(depth: 30) { bits in
            bits.bernoulli(numerator, over: denominator) ? 1 : 0
        }
        #expect(found.open < 1e-8)
        #expect(agrees(found, 1, Double(numerator) / Double(denominator)))
    }

    @Test("a uniform draw gives every number below its bound equally often")
    func uniform() {
        for (bound, width) in [(1, 0), (2, 1), (5, 3), (6, 3), (8, 3)] as [(UInt64, Int)] {
            let found = enumerate(depth: 18) { Int64($0.uniform(below: bound, width: width)) }
            #expect(Set(found.mass.keys) == Set(0..<Int64(bound)))
            #expect(found.open < 0.02)
            for outcome in 0..<Int64(bound) {
                #expect(agrees(found, outcome, 1 / Double(bound)))
                #expect(found.mass[outcome] == found.mass[0])
            }
        }
    }

    @Test(
        "a coin of exp(-gamma) comes up as often, over all bit strings",
        arguments: [(0, 5), (1, 3), (1, 2), (1, 1), (4, 3), (7, 3), (5, 1)])
    func exponential(numerator: UInt64, denominator: UInt64) {
        let found = enumerate(depth: 18) { bits in
            bits.bernoulliExp(numerator, over: denominator) ? 1 : 0
        }
        #expect(found.open < 0.015)
        #expect(agrees(found, 1, exp(-Double(numerator) / Double(denominator))))
        #expect(!agrees(found, 1, exp(-Double(numerator + 1) / Double(denominator))))
    }

    @Test(
        "known answers of the exponential coin", .enabled(if: Vectors.arePresent),
        arguments: Vectors.of("bernoulli_exp_probability"))
    func known(vector: Vector) throws {
        let gamma = try vector.rational("gamma")
        let found = enumerate(depth: 18) { bits in
            bits.bernoulliExp(gamma.numerator.magnitude, over: gamma.denominator.magnitude) ? 1 : 0
        }
        let reference = try #require(vector.reference.double)
        #expect(agrees(found, 1, reference))
        #expect(try vector.accepts(exp(-Double(gamma, rounding: .toNearestOrEven))))
    }

    @Test("a discrete Laplace draw has its probabilities, over all bit strings")
    func laplace() {
        for (scale, divisor) in [(1, 1), (1, 2), (2, 1)] as [(UInt64, UInt64)] {
            let sampler = DiscreteLaplaceSampler(scale: scale, divisor: divisor)
            let found = enumerate(depth: 17) { bits in
                let (magnitude, isNegative) = sampler.draw(from: &bits)
                return isNegative ? -Int64(magnitude) : Int64(magnitude)
            }
            #expect(found.open < 0.35)
            let claimed = Reference.laplace(
                scale: Double(scale) / Double(divisor), farthest: 5)
            for (outcome, probability) in claimed {
                #expect(agrees(found, Int64(outcome), probability))
                #expect(found.mass[Int64(outcome)] == found.mass[Int64(-outcome)])
            }
        }
    }

    @Test("selection has its probabilities, over all bit strings")
    func selection() throws {
        let scores: [Int128] = [4, 1, 4, 3]
        let mechanism = ExponentialMechanism(
            scores: scores, sensitivity: 2, epsilon: try SelectionEpsilon(Rational("1.5") ?? 0))
        let found = enumerate(depth: 18) { Int64(mechanism.draw(from: &$0)) }
        #expect(found.open < 0.05)
        let claimed = Reference.exponential(scores: scores, sensitivity: 2, epsilon: 1.5)
        for (index, probability) in claimed.enumerated() {
            #expect(agrees(found, Int64(index), probability))
        }
        #expect(found.mass[0] == found.mass[2])
    }

    @Test("arithmetic of every width gives the same draw from the same bits")
    func widths() throws {
        for text in ["0.5", "1", "2.25", "100", "7/3", "12345.678", "1e9"] {
            let sigma2 = try #require(Rational(text))
            let shape = try #require(GaussianShape(sigma2: sigma2))
            let narrow = DiscreteGaussianSampler<UInt64>(shape)
            let wide = DiscreteGaussianSampler<UInt128>(shape)
            let unbounded = DiscreteGaussianSampler<BigUInt>(shape)
            var differences = 0
            for seed in 0..<300 as Range<UInt64> {
                var bits = (TapeBits(seed: seed), TapeBits(seed: seed), TapeBits(seed: seed))
                let draw = wide.draw(from: &bits.1)
                if shape.width == .word, narrow.draw(from: &bits.0) != draw { differences += 1 }
                if unbounded.draw(from: &bits.2) != draw { differences += 1 }
            }
            #expect(differences == 0, "sigma2 \(text)")
            #expect(shape.width != .unbounded)
        }
    }

    @Test("the operating system's bits are fair in every width and not the same twice")
    func source() throws {
        var source = try NoiseSource()
        var other = try NoiseSource()
        for width in [0, 1, 7, 63, 64] {
            var ones = 0
            for _ in 0..<2000 { ones += source.bits(width).nonzeroBitCount }
            // Seven standard deviations of fair bits: a false alarm below 10^-11 each.
            #expect(
                abs(Double(ones) - 1000 * Double(width)) <= 7 * Double(500 * width).squareRoot())
            for _ in 0..<100 where width < 64 { #expect(source.bits(width) >> UInt64(width) == 0) }
        }
        var single = 0
        for _ in 0..<10_000 where source.bit() { single += 1 }
        #expect(abs(single - 5000) <= 350)
        // Two of 2·64 words agree once in 10^15 runs.
        let words = (0..<64).flatMap { _ in [source.bits(64), other.bits(64)] }
        #expect(Set(words).count == 128)
    }
}
