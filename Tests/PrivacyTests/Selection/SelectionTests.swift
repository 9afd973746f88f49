// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Privacy

@Suite("Private selection")
struct SelectionTests {
    private func picks(
        _ scores: [Int128], sensitivity: Int128, epsilon: SelectionEpsilon, draws: Int
    ) throws -> [Int: Int] {
        var source = try NoiseSource()
        let mechanism = ExponentialMechanism(
            scores: scores, sensitivity: sensitivity, epsilon: epsilon)
        return tally((0..<draws).map { _ in Int64(mechanism.draw(from: &source)) })
    }

    private func keyed(_ probabilities: [Double]) -> [Int: Double] {
        Dictionary(uniqueKeysWithValues: probabilities.enumerated().map { ($0, $1) })
    }

    // False alarms: once in 6·10^7 runs each, see `ChiSquare.isPlausible`.
    @Test("choices fit the exponential mechanism and not one of twice the budget")
    func fit() throws {
        let scale: Int128 = 4 << 20
        let cases: [([Int128], String)] = [
            ([0, 1, 2, 5], "1"), ([10, 10, 3], "0.5"), ([-7, -7, -7, -7, -8], "3"),
            ([0, -3, 4, 4, 4, 1], "2.25"), ([1 << 60, 1 << 60 - 1], "0.5"),
        ]
        for (scores, text) in cases {
            let epsilon = try SelectionEpsilon(try #require(Rational(text)))
            let scaled = scores.map { $0 * scale }
            let observed = try picks(
                scaled, sensitivity: scale, epsilon: epsilon, draws: 100_000)
            let plain = try #require(Double(text))
            let right = Reference.exponential(
                scores: scaled, sensitivity: scale, epsilon: plain)
            #expect(ChiSquare(observed: observed, probabilities: keyed(right)).isPlausible)
            let wrong = Reference.exponential(
                scores: scaled, sensitivity: scale, epsilon: 2 * plain)
            #expect(!ChiSquare(observed: observed, probabilities: keyed(wrong)).isPlausible)
        }
    }

    @Test("ten thousand candidates, most of them tied, are chosen as often as they should be")
    func many() throws {
        let scores = (0..<10_000).map { Int128($0 % 7) }
        let epsilon = try SelectionEpsilon(1)
        let observed = try picks(scores, sensitivity: 1, epsilon: epsilon, draws: 600_000)
        let right = Reference.exponential(scores: scores, sensitivity: 1, epsilon: 1)
        // Every candidate on its own where it is expected often enough, else by its score.
        #expect(ChiSquare(observed: observed, probabilities: keyed(right)).isPlausible)
        var byScore: [Int: Int] = [:]
        for (index, count) in observed { byScore[index % 7, default: 0] += count }
        func shares(_ probabilities: [Double]) -> [Int: Double] {
            var sums: [Int: Double] = [:]
            for (index, share) in probabilities.enumerated() {
                sums[index % 7, default: 0] += share
            }
            return sums
        }
        #expect(ChiSquare(observed: byScore, probabilities: shares(right)).isPlausible)
        let wrong = Reference.exponential(scores: scores, sensitivity: 1, epsilon: 0.5)
        #expect(!ChiSquare(observed: byScore, probabilities: shares(wrong)).isPlausible)
    }

    @Test("one candidate is chosen, and equal scores leave no favourite")
    func degenerate() throws {
        var source = try NoiseSource()
        let epsilon = try SelectionEpsilon(1)
        #expect(source.choose(scores: [-5], sensitivity: 1, epsilon: epsilon) == 0)
        var counts = [Int: Int]()
        for _ in 0..<30_000 {
            let choice = source.choose(
                scores: [Int128](repeating: -(1 << 100), count: 3), sensitivity: 1,
                epsilon: epsilon)
            counts[choice, default: 0] += 1
        }
        let right = [0: 1.0 / 3, 1: 1.0 / 3, 2: 1.0 / 3]
        #expect(ChiSquare(observed: counts, probabilities: right).isPlausible)
    }

    @Test("scores at the ends of their range are compared without overflow")
    func extremes() throws {
        var source = try NoiseSource()
        let limit: Int128 = 1 << 119
        for text in ["65535.5", "1/1152921504606846975"] {
            let epsilon = try SelectionEpsilon(try #require(Rational(text)))
            // With the most exact ε the gap is still 2^100 too wide for the loser to be drawn.
            let choice = source.choose(
                scores: [-limit, limit, -limit], sensitivity: 1, epsilon: epsilon)
            #expect(choice == 1)
            let even = source.choose(
                scores: [limit, limit], sensitivity: (1 << 50) - 1, epsilon: epsilon)
            #expect(even == 0 || even == 1)
        }
    }

    @Test("the largest epsilon of a budget costs no more than it, and the next one does")
    func epsilons() throws {
        for text in ["1e-9", "1e-6", "0.0001", "0.01", "1/3", "1", "17.5", "1000"] {
            let rho = Rho(try #require(Rational(text)))
            let epsilon = try SelectionEpsilon(rho: rho)
            #expect(epsilon.cost <= rho)
            let step = Rational(numerator: 1, denominator: 1 << 19)
            let next = epsilon.value + epsilon.value * step + 1 / Rational(1 << 24)
            #expect(Rho(boundedRange: next) > rho)
            #expect(epsilon.mechanism(sensitivity: 3, candidates: 9).rho == epsilon.cost)
        }
    }

    @Test("an epsilon that the mechanism cannot use is refused")
    func refused() throws {
        for text in ["0", "-1", "65536", "1e-40", "1e40"] {
            let value = try #require(Rational(text))
            #expect(throws: NoiseError.self) { try SelectionEpsilon(value) }
        }
        #expect(throws: NoiseError.self) { try SelectionEpsilon(rho: .zero) }
        let huge = Rho(try #require(Rational("1e30")))
        #expect(throws: NoiseError.self) { try SelectionEpsilon(rho: huge) }
    }
}

@Suite("Known answers of selection", .enabled(if: Vectors.arePresent))
struct SelectionVectorTests {
    // False alarms: once in 6·10^7 runs each, see `ChiSquare.isPlausible`.
    @Test("probabilities of the exponential mechanism", arguments: Vectors.of("em_probabilities"))
    func probabilities(vector: Vector) throws {
        let scores = try vector.input["scores"].items.map { Int128(try #require($0.int)) }
        let sensitivity = Int128(try vector.int("sensitivity"))
        let exact = try vector.rational("epsilon")
        let claimed = Reference.exponential(
            scores: scores, sensitivity: sensitivity,
            epsilon: Double(exact, rounding: .toNearestOrEven))
        var known: [Int: Double] = [:]
        for (index, probability) in claimed.enumerated() {
            #expect(try vector.accepts(probability, at: index))
            known[index] = vector.reference.items[index].double
        }
        var source = try NoiseSource()
        let epsilon = try SelectionEpsilon(exact)
        var draws: [Int64] = []
        for _ in 0..<100_000 {
            let choice = source.choose(
                scores: scores, sensitivity: sensitivity, epsilon: epsilon)
            draws.append(Int64(choice))
        }
        #expect(ChiSquare(observed: tally(draws), probabilities: known).isPlausible)
    }

    @Test("the cost of a selection by its scale", arguments: Vectors.of("noisy_max_zcdp"))
    func cost(vector: Vector) throws {
        let sensitivity = Rational(try vector.int("linf_sensitivity"))
        let epsilon = try SelectionEpsilon(2 * sensitivity / (try vector.rational("scale")))
        #expect(epsilon.cost.value == vector.reference.rational)
    }
}
