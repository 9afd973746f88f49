// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@_spi(Minting) @testable import Privacy

@Suite("Permute-and-flip")
struct PermuteAndFlipTests {
    /// P[i] by its definition, over all orders: the sum over sets of candidates that were refused before.
    private func claimed(_ scores: [Int128], epsilon: Double, sensitivity: Double) -> [Double] {
        let best = scores.max() ?? 0
        let keep = scores.map { exp(-epsilon * Double(best - $0) / (2 * sensitivity)) }
        let count = scores.count
        return (0..<count).map { index in
            // The others in uniform order before `index`: each subset S comes first with probability
            // |S|!(n − 1 − |S|)!/n!, and all of it must be refused.
            let others = (0..<count).filter { $0 != index }
            var sum = 0.0
            for subset in 0..<(1 << others.count) {
                var refused = 1.0
                var size = 0
                for (bit, other) in others.enumerated() where subset >> bit & 1 == 1 {
                    refused *= 1 - keep[other]
                    size += 1
                }
                sum +=
                    refused * tgamma(Double(size + 1)) * tgamma(Double(count - size))
                    / tgamma(Double(count + 1))
            }
            return sum * keep[index]
        }
    }

    private func keyed(_ probabilities: [Double]) -> [Int: Double] {
        Dictionary(uniqueKeysWithValues: probabilities.enumerated().map { ($0, $1) })
    }

    // False alarms: once in 6·10^7 runs each, see `ChiSquare.isPlausible`.
    @Test("choices fit the definition and not the exponential mechanism")
    func fit() throws {
        for (scores, text) in [
            ([0, 1, 2, 5], "1"), ([4, 4, 1], "2"), ([-7, -7, -7, -8], "3"), ([3], "1"),
        ] as [([Int128], String)] {
            let epsilon = try SelectionEpsilon(try #require(Rational(text)))
            let mechanism = PermuteAndFlip(scores: scores, sensitivity: 1, epsilon: epsilon)
            var source = try NoiseSource()
            let draws = (0..<200_000).map { _ in Int64(mechanism.draw(from: &source)) }
            let right = claimed(scores, epsilon: try #require(Double(text)), sensitivity: 1)
            #expect(abs(right.reduce(0, +) - 1) < 1e-9)
            #expect(ChiSquare(observed: tally(draws), probabilities: keyed(right)).isPlausible)
            guard scores == [0, 1, 2, 5] else { continue }
            let other = Reference.exponential(scores: scores, sensitivity: 1, epsilon: 1)
            #expect(!ChiSquare(observed: tally(draws), probabilities: keyed(other)).isPlausible)
        }
    }

    @Test("choices have their probabilities, over all bit strings")
    func enumerated() throws {
        let scores: [Int128] = [4, 1, 4]
        let mechanism = PermuteAndFlip(
            scores: scores, sensitivity: 2, epsilon: try SelectionEpsilon(Rational("1.5") ?? 0))
        let found = enumerate(depth: 18) { Int64(mechanism.draw(from: &$0)) }
        #expect(found.open < 0.05)
        for (index, probability) in claimed(scores, epsilon: 1.5, sensitivity: 2).enumerated() {
            let least = found.mass[Int64(index)] ?? 0
            #expect(least <= probability + 1e-12 && probability <= least + found.open + 1e-12)
        }
    }

    @Test("the best of ten thousand is found wherever it is, and pays as a pure mechanism")
    func many() throws {
        let epsilon = try SelectionEpsilon(1)
        let cost = Rho(Rational(numerator: 1, denominator: 2))
        for place in [0, 5000, 9999] {
            let far = -(Int128(1) << 100)
            let scores = (0..<10_000).map { $0 == place ? 0 : far }
            var source = try NoiseSource()
            let grant = GrantAccount(reserving: PrivacyCost(cost)).mint()
            let (index, charge) = try source.permuteAndFlip(
                scores: scores, sensitivity: 1, epsilon: epsilon, paying: grant)
            #expect(index == place)
            #expect(charge.rho == cost)
        }
    }

    @Test("the largest epsilon of a budget costs no more than it")
    func budgets() throws {
        for text in ["1e-6", "0.01", "1/3", "10"] {
            let rho = Rho(try #require(Rational(text)))
            let epsilon = try SelectionEpsilon(permuteAndFlip: rho)
            let cost = epsilon.permuteAndFlip(sensitivity: 1, candidates: 5).rho
            #expect(cost <= rho)
            #expect(cost.value > rho.value * (try #require(Rational("0.999"))))
        }
    }

    @Test(
        "known probabilities", .enabled(if: Vectors.arePresent),
        arguments: Vectors.of("permute_and_flip_probabilities"))
    func known(vector: Vector) throws {
        let scores = try vector.input["scores"].items.map { Int128(try #require($0.int)) }
        let exact = try vector.rational("epsilon")
        let sensitivity = try vector.int("sensitivity")
        let right = claimed(
            scores, epsilon: Double(exact, rounding: .toNearestOrEven),
            sensitivity: Double(sensitivity))
        for (index, probability) in right.enumerated() {
            #expect(try vector.accepts(probability, at: index))
        }
        let mechanism = PermuteAndFlip(
            scores: scores, sensitivity: Int128(sensitivity), epsilon: try SelectionEpsilon(exact))
        var source = try NoiseSource()
        let draws = (0..<200_000).map { _ in Int64(mechanism.draw(from: &source)) }
        #expect(ChiSquare(observed: tally(draws), probabilities: keyed(right)).isPlausible)
    }
}

@Suite("Coins of candidates far behind")
struct GapCoinTests {
    @Test("a coin of a gap beyond 2^12 falls, and never overflows")
    func far() throws {
        let limit: Int128 = 1 << 119
        let coins = GapCoins(
            scores: [limit, -limit, limit - 5000], sensitivity: 1, epsilon: try SelectionEpsilon(2))
        var source = try NoiseSource()
        for _ in 0..<1000 {
            let flips = (coins.flip(0, &source), coins.flip(1, &source), coins.flip(2, &source))
            // exp(−5000) and less.
            #expect(flips == (true, false, false))
        }
    }

    @Test("bits that let every coin of 1/e succeed lead to the rest of the gap, which decides")
    func rest() throws {
        let coins = GapCoins(scores: [0, -4097], sensitivity: 1, epsilon: try SelectionEpsilon(2))
        var always = SucceedingBits(succeed: 4096)
        let first = coins.flip(1, &always)
        var more = SucceedingBits(succeed: 4097)
        let second = coins.flip(1, &more)
        #expect(!first && second)
        #expect(more.flips == 4097)
    }
}

/// Bits that make the first coins of 1/e succeed and all later ones fail.
///
/// A coin of 1/e is true when a run of coins 1/1, 1/2, 1/3, … ends at an odd place: 1/1 reads nothing, 1/2
/// reads one bit, 1/3 two at least. The bits 1, 1 after each other end the run at 1/2, place 2: false;
/// 1/2 is 0.1 in binary and succeeds on a bit 0 at its first digit; 1/3 is 0.0101… and fails on a first bit
/// of 1: the run 0, 1 ends at place 3: true.
private struct SucceedingBits: BitSource {
    private let succeed: Int
    private(set) var flips = 0
    private var isInside = false

    init(succeed: Int) { self.succeed = succeed }

    mutating func bit() -> Bool {
        if isInside {
            isInside = false
            return true
        }
        // The first bit of a coin: 0 goes on to 1/3, 1 ends it.
        if flips < succeed {
            flips += 1
            isInside = true
            return false
        }
        return true
    }

    mutating func bits(_ count: Int) -> UInt64 { fatalError("coins read single bits") }
    mutating func word() -> UInt64 { fatalError("coins read single bits") }
}
