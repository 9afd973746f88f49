// SPDX-License-Identifier: Apache-2.0

import BigInt

/// For each candidate of a selection an exact coin of exp(−γ), γ = ε(best − score)/(2Δ): a fraction of whole
/// numbers, so there is no exponential to round.
struct GapCoins {
    private let gaps: [UInt128]
    private let farthest: UInt128
    private let factor: UInt128
    private let denominator: UInt128

    /// - Parameters:
    ///   - scores: At least one, below 2^120 in absolute value.
    ///   - sensitivity: At least 1 and below 2^50.
    ///   - epsilon: The parameter.
    init(scores: [Int128], sensitivity: Int128, epsilon: SelectionEpsilon) {
        precondition(sensitivity >= 1 && sensitivity < 1 << 50, "sensitivity is from 1 to 2^50")
        guard let best = scores.max() else { preconditionFailure("a selection needs candidates") }
        gaps = scores.map { UInt128(best - $0) }
        factor = UInt128(epsilon.value.numerator)
        // At most 2^(60+1+50): 2^12 times it leaves room in 128 bits.
        denominator = 2 * UInt128(epsilon.value.denominator) * UInt128(sensitivity)
        farthest = (denominator << 12) / factor
    }

    /// The number of candidates.
    var count: Int { gaps.count }

    /// True with probability exp(−γ) of the candidate.
    @inline(__always)
    func flip<Source: BitSource & ~Copyable>(_ index: Int, _ source: inout Source) -> Bool {
        let gap = gaps[index]
        guard gap <= farthest else { return flipFar(gap, &source) }
        return source.bernoulliExp(gap * factor, over: denominator)
    }

    /// The same for γ > 2^12, where products may pass 128 bits: exp(−γ) = exp(−1)^4096·exp(4096 − γ).
    @inline(never)
    private func flipFar<Source: BitSource & ~Copyable>(
        _ gap: UInt128, _ source: inout Source
    ) -> Bool {
        for _ in 0..<4096 {
            guard source.bernoulliExpOne() else { return false }
        }
        let rest = BigUInt(gap) * BigUInt(factor) - BigUInt(denominator) << 12
        return source.bernoulliExp(rest, over: BigUInt(denominator))
    }
}
