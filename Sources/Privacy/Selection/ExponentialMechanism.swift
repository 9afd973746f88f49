// SPDX-License-Identifier: Apache-2.0

/// Exact sampler of the exponential mechanism, P[i] ∝ exp(ε·score(i)/(2Δ)) (McSherry and Talwar 2007).
///
/// Candidates are proposed uniformly and kept with probability exp(ε(score − best)/(2Δ)): each round ends at
/// i with probability in proportion to exp(ε·score(i)/(2Δ)), and so does the whole. The best is always kept,
/// so there are as many proposals as candidates at most, on average.
struct ExponentialMechanism {
    private let coins: GapCoins
    private let width: Int

    /// - Parameters:
    ///   - scores: At least one, below 2^120 in absolute value.
    ///   - sensitivity: At least 1 and below 2^50.
    ///   - epsilon: The parameter.
    init(scores: [Int128], sensitivity: Int128, epsilon: SelectionEpsilon) {
        coins = GapCoins(scores: scores, sensitivity: sensitivity, epsilon: epsilon)
        width = UInt64.bitWidth - UInt64(scores.count - 1).leadingZeroBitCount
    }

    /// The index of the chosen candidate.
    @inline(__always)
    func draw<Source: BitSource & ~Copyable>(from source: inout Source) -> Int {
        while true {
            let index = Int(source.uniform(below: UInt64(coins.count), width: width))
            if coins.flip(index, &source) { return index }
        }
    }
}
