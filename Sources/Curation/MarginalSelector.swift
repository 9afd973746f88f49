// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams

/// Chooses marginals that a public estimate gets wrong, by the exponential mechanism on exact scores.
///
/// Owns the exact scores; they cannot be read.
public struct MarginalSelector: ~Copyable {
    private let scores: [Int128]
    private let sensitivity: Int
    private var noise: NoiseSource

    init(scores: [Int128], sensitivity: Int, noise: consuming NoiseSource) {
        self.scores = scores
        self.sensitivity = sensitivity
        self.noise = noise
    }

    /// Chooses one candidate.
    ///
    /// Distribution: `P(i) ∝ exp(ε q_i / 2Δ)` exactly, over the given candidates and, where `floor` is
    /// given, one more whose score is that public number. Costs `ε²/8` (bounded range).
    ///
    /// - Parameters:
    ///   - candidates: Indices of candidates.
    ///   - floor: A public score, in 2²⁰ths of a record, at which choosing nothing competes.
    ///   - grant: Pays; consumed whole.
    /// - Returns: The chosen index, or `nil` for nothing.
    /// - Throws: `CurationError` when the grant is too small for a choice.
    public mutating func choose(
        among candidates: [Int], orNothingAt floor: Int64?, grant: consuming PrivacyGrant
    ) throws(CurationError) -> Int? {
        guard !candidates.isEmpty, candidates.allSatisfy(scores.indices.contains) else {
            grant.burn()
            throw .query("no candidates to choose from")
        }
        var competing = candidates.map { scores[$0] }
        if let floor { competing.append(Int128(floor)) }
        let epsilon: SelectionEpsilon
        do throws(CurationError) {
            try Part.training.requirePaid(by: grant.scope)
            epsilon = try Self.epsilon(grant.rho)
        } catch {
            grant.burn()
            throw error
        }
        let choice: Int
        do {
            let chosen = try noise.choose(
                scores: competing, sensitivity: sensitivity, epsilon: epsilon, paying: grant)
            charges.append(chosen.charge)
            choice = chosen.index
        } catch {
            throw .grant(error)
        }
        return choice < candidates.count ? candidates[choice] : nil
    }

    private static func epsilon(_ rho: Rho) throws(CurationError) -> SelectionEpsilon {
        do {
            return try SelectionEpsilon(rho: rho)
        } catch {
            throw .noise(error)
        }
    }

    /// What the choices so far cost, in order.
    public private(set) var charges: [Charge] = []
}

extension Curator {
    /// Fractional bits of the estimates that scores are computed against.
    public static let estimateBits = 20

    /// Prepares choices among marginals by how far public estimates are from the training part.
    ///
    /// Score of candidate c: `Σ_i |2²⁰ x_i − m_i| − B_c`, an integer. Adding or removing a unit changes
    /// the sum by at most `2²⁰ k` (triangle inequality, any estimate), so `Δ = 2²⁰ k` exactly. Nothing
    /// is released or spent before `choose`.
    ///
    /// - Parameters:
    ///   - candidates: Attribute indices of each candidate.
    ///   - estimates: For each candidate the public estimate of its cells, in 2²⁰ths of a record.
    ///   - penalties: Public numbers B, in 2²⁰ths of a record.
    ///   - recoding: Merges cells before counting.
    /// - Returns: The selector.
    /// - Throws: `CurationError` when a candidate does not fit the table or the spool cannot be read.
    /// - Complexity: O(rows × candidates + cells).
    public borrowing func selector(
        candidates: [[Int]], estimates: [[Int64]], penalties: [Int64], recoding: Recoding
    ) throws(CurationError) -> MarginalSelector {
        try checkRecoding(recoding)
        for clique in candidates { try check(clique, sizes: recoding.sizes) }
        let cells = candidates.map { Self.cellCount($0, recoding.sizes) }
        guard estimates.map(\.count) == cells, penalties.count == candidates.count else {
            throw .query("expected one estimate for each cell and one penalty for each candidate")
        }
        guard unitRows <= 1 << 30 else { throw .query("the cap per unit is too large") }
        var scores: [Int128] = []
        for range in Self.batches(cells) {
            let tallies = try tallies(
                of: Array(candidates[range]), in: .training, recoding: recoding)
            for (index, exact) in zip(range, tallies) {
                scores.append(
                    Self.distance(exact, estimates[index], bits: Self.estimateBits)
                        - Int128(penalties[index]))
            }
        }
        return MarginalSelector(
            scores: scores, sensitivity: unitRows << Self.estimateBits,
            noise: try Self.noiseSource())
    }

    /// `Σ_i |2^bits x_i − m_i|`.
    static func distance(_ exact: [Int64], _ estimate: [Int64], bits: Int) -> Int128 {
        var sum: Int128 = 0
        for index in exact.indices {
            let difference = Int128(exact[index]) << Int128(bits) - Int128(estimate[index])
            sum += difference < 0 ? -difference : difference
        }
        return sum
    }
}
