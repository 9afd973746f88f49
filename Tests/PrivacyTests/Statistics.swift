// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import Privacy

/// Probabilities of the noise distributions, straight from their definitions.
enum Reference {
    /// exp(−x²/(2σ²)) over its sum.
    static func gaussian(sigma2: Double, farthest: Int) -> [Int: Double] {
        let reach = max(farthest, Int((40 * sigma2.squareRoot()).rounded(.up)) + 2)
        let weights = (-reach...reach).map { exp(-Double($0 * $0) / (2 * sigma2)) }
        // From the smallest terms inwards, so that nothing is lost in the sum.
        let sum = weights.sorted().reduce(0, +)
        return Dictionary(
            uniqueKeysWithValues: zip(-reach...reach, weights.map { $0 / sum }))
    }

    /// (1 − a)/(1 + a)·a^|x| with a = exp(−1/scale).
    static func laplace(scale: Double, farthest: Int) -> [Int: Double] {
        let centre = -expm1(-1 / scale) / (1 + exp(-1 / scale))
        return Dictionary(
            uniqueKeysWithValues: (-farthest...farthest).map {
                ($0, centre * exp(-Double(abs($0)) / scale))
            })
    }

    /// exp(ε·score/(2Δ)) over its sum.
    static func exponential(scores: [Int128], sensitivity: Int128, epsilon: Double) -> [Double] {
        let best = scores.max() ?? 0
        let weights = scores.map { exp(-epsilon * Double(best - $0) / (2 * Double(sensitivity))) }
        let sum = weights.sorted().reduce(0, +)
        return weights.map { $0 / sum }
    }
}

/// Pearson's test of goodness of fit.
struct ChiSquare {
    let statistic: Double
    let degrees: Int

    /// Pools what is expected fewer than 50 times, so that the limit distribution fits well.
    ///
    /// - Parameters:
    ///   - observed: How often each outcome came.
    ///   - probabilities: The claimed probability of each; what is missing to 1 is pooled.
    init(observed: [Int: Int], probabilities: [Int: Double]) {
        let draws = Double(observed.values.reduce(0, +))
        var statistic = 0.0
        var cells = 0
        var rest = (observed: draws, expected: draws)
        for (outcome, probability) in probabilities where probability * draws >= 50 {
            let expected = probability * draws
            let count = Double(observed[outcome] ?? 0)
            statistic += (count - expected) * (count - expected) / expected
            rest = (rest.observed - count, rest.expected - expected)
            cells += 1
        }
        if rest.expected >= 50 {
            statistic +=
                (rest.observed - rest.expected) * (rest.observed - rest.expected)
                / rest.expected
            cells += 1
        } else if rest.observed > 150 + 3 * rest.expected {
            // Below e^-40 for a Poisson count of mean at most 50.
            statistic = .infinity
        }
        self.statistic = statistic
        degrees = max(1, cells - 1)
    }

    /// Whether the draws can be those of a sampler with the claimed probabilities.
    ///
    /// It is false for such a sampler once in 6·10⁷ runs: P[X ≥ k + 2√(kt) + 2t] ≤ exp(−t) at t = 18
    /// (Laurent and Massart 2000, Lemma 1). That leaves a factor of 60 to a false alarm of 10⁻⁶ for
    /// what the limit distribution leaves out.
    var isPlausible: Bool {
        let degrees = Double(degrees)
        return statistic < degrees + 2 * (degrees * 18).squareRoot() + 36
    }
}

/// Counts outcomes.
func tally(_ draws: some Sequence<Int64>) -> [Int: Int] {
    var counts: [Int: Int] = [:]
    for draw in draws { counts[Int(draw), default: 0] += 1 }
    return counts
}

/// Bits from a tape, and then from a fixed sequence, so that a sampler always ends.
struct TapeBits: BitSource {
    private var tape: UInt64
    private var left: Int
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    /// Whether more was asked than the tape holds.
    private(set) var isExhausted = false

    /// - Parameters:
    ///   - tape: Read from the lowest bit.
    ///   - length: At most 63.
    ///   - seed: What follows the tape.
    init(_ tape: UInt64 = 0, length: Int = 0, seed: UInt64 = 0) {
        self.tape = tape
        left = length
        state ^= seed &* 0xD134_2543_DE82_EF95
    }

    mutating func bit() -> Bool {
        guard left == 0 else {
            left -= 1
            defer { tape >>= 1 }
            return tape & 1 == 1
        }
        isExhausted = true
        // SplitMix64, one bit a step.
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed >> 63 == 1
    }

    mutating func bits(_ count: Int) -> UInt64 {
        (0..<count).reduce(0) { value, place in value | (bit() ? 1 : 0) << UInt64(place) }
    }

    mutating func word() -> UInt64 { bits(64) }
}

/// The probability of each outcome of a sampler, bracketed by running it on every bit string.
///
/// - Parameters:
///   - depth: Strings still undecided at this length are left open.
///   - sampler: Reads bits and gives an outcome.
/// - Returns: The mass of the strings that lead to each outcome, and the mass left open.
func enumerate(depth: Int, _ sampler: (inout TapeBits) -> Int64) -> (
    mass: [Int64: Double], open: Double
) {
    var mass: [Int64: Double] = [:]
    var open = 0.0
    var pending: [(tape: UInt64, length: Int)] = [(0, 0)]
    while let (tape, length) = pending.popLast() {
        var bits = TapeBits(tape, length: length)
        let outcome = sampler(&bits)
        if !bits.isExhausted {
            mass[outcome, default: 0] += exp2(-Double(length))
        } else if length == depth {
            open += exp2(-Double(length))
        } else {
            pending.append((tape, length + 1))
            pending.append((tape | 1 << UInt64(length), length + 1))
        }
    }
    return (mass, open)
}
