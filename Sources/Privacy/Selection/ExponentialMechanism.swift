// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Exact sampler of the exponential mechanism, P[i] ∝ exp(ε·score(i)/(2Δ)) (McSherry and Talwar 2007).
///
/// Candidates are proposed uniformly and kept with probability exp(−γ), γ = ε(best − score)/(2Δ): a fraction
/// of whole numbers, so there is no sum of exponentials to round. A candidate whose γ exceeds 2^12 is never
/// kept; it would be once in e^4096 proposals.
struct ExponentialMechanism {
    private let gaps: [UInt128]
    private let farthest: UInt128
    private let factor: UInt128
    private let denominator: UInt128
    private let width: Int

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
        width = UInt64.bitWidth - UInt64(scores.count - 1).leadingZeroBitCount
    }

    /// The index of the chosen candidate.
    @inline(__always)
    func draw<Source: BitSource & ~Copyable>(from source: inout Source) -> Int {
        while true {
            let index = Int(source.uniform(below: UInt64(gaps.count), width: width))
            guard gaps[index] <= farthest else { continue }
            if source.bernoulliExp(gaps[index] * factor, over: denominator) { return index }
        }
    }
}
