// SPDX-License-Identifier: Apache-2.0

/// Exact sampler of permute-and-flip (McKenna and Sheldon 2020, Algorithm 1).
///
/// Candidates come in an order drawn uniformly, as far as it is needed; the first whose coin of
/// exp(ε(score − best)/(2Δ)) succeeds is chosen. The coin of the best always does.
struct PermuteAndFlip {
    private let coins: GapCoins

    /// - Parameters:
    ///   - scores: At least one, below 2^120 in absolute value.
    ///   - sensitivity: At least 1 and below 2^50.
    ///   - epsilon: The parameter.
    init(scores: [Int128], sensitivity: Int128, epsilon: SelectionEpsilon) {
        coins = GapCoins(scores: scores, sensitivity: sensitivity, epsilon: epsilon)
    }

    /// The index of the chosen candidate.
    func draw<Source: BitSource & ~Copyable>(from source: inout Source) -> Int {
        var order = Array(0..<coins.count)
        // Fisher and Yates: each place takes one of those that are left, all equally likely.
        for place in order.indices {
            let left = UInt64(order.count - place)
            let width = UInt64.bitWidth - (left - 1).leadingZeroBitCount
            order.swapAt(place, place + Int(source.uniform(below: left, width: width)))
            if coins.flip(order[place], &source) { return order[place] }
        }
        preconditionFailure("the coin of the best candidate always succeeds")
    }
}
