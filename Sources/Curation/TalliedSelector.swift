// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// Chooses marginals again and again by how far changing public estimates are from them, each with a weight, by
/// the exponential mechanism on exact scores.
///
/// Owns exact tallies, which are counted once; neither they nor the scores can be read.
public struct TalliedSelector: ~Copyable {
    private let tallies: [[Int64]]
    private var distances: [Int128]
    private let unit: Int
    private var noise: NoiseSource
    /// What the choices so far cost, in order.
    public private(set) var charges: [Charge] = []

    init(tallies: [[Int64]], unit: Int, noise: consuming NoiseSource) {
        self.tallies = tallies
        distances = tallies.map { _ in 0 }
        self.unit = unit
        self.noise = noise
    }

    /// One that competes in a choice.
    public struct Competitor: Sendable, Hashable {
        /// Its index among the candidates.
        public let candidate: Int
        /// What its score is multiplied with, from 1 to `TalliedSelector.largestWeight`.
        public let weight: Int
        /// A public number that its distance is lowered by, in 2²⁰ths of a record.
        public let penalty: Int64

        /// Creates a competitor.
        ///
        /// - Parameters:
        ///   - candidate: Its index among the candidates.
        ///   - weight: What its score is multiplied with.
        ///   - penalty: What its distance is lowered by before, in 2²⁰ths of a record.
        public init(candidate: Int, weight: Int, penalty: Int64) {
            self.candidate = candidate
            self.weight = weight
            self.penalty = penalty
        }
    }

    /// The largest weight.
    public static let largestWeight = 1000

    /// Takes a public estimate of a candidate's cells in the place of the last one.
    ///
    /// Nothing is released or spent.
    ///
    /// - Parameters:
    ///   - candidate: Its index.
    ///   - estimate: Its cells, in 2²⁰ths of a record.
    /// - Throws: `CurationError.query` where the estimate has other cells.
    /// - Complexity: O(cells).
    public mutating func compare(
        _ candidate: Int, with estimate: [Int64]
    ) throws(CurationError) {
        guard tallies.indices.contains(candidate), tallies[candidate].count == estimate.count
        else { throw .query("expected one estimate for each cell of a candidate") }
        distances[candidate] = Curator.distance(
            tallies[candidate], estimate, bits: Curator.estimateBits)
    }

    /// Chooses one of some candidates.
    ///
    /// Score of a competitor: `w (Σ_i |2²⁰ x_i − m_i| − B)`, an integer. Adding or removing a unit changes
    /// the sum by at most `2²⁰ k` whatever the estimate m (triangle inequality), so `Δ = 2²⁰ k max w`
    /// exactly. Distribution: `P(i) ∝ exp(ε q_i / 2Δ)` exactly. Costs `ε²/8` (bounded range).
    ///
    /// - Parameters:
    ///   - competitors: Those that compete, at least one.
    ///   - grant: Pays; consumed whole.
    /// - Returns: The chosen candidate's index.
    /// - Throws: `CurationError` when the grant is too small for a choice.
    public mutating func choose(
        among competitors: [Competitor], grant: consuming PrivacyGrant
    ) throws(CurationError) -> Int {
        let epsilon: SelectionEpsilon
        do throws(CurationError) {
            try Part.training.requirePaid(by: grant.scope)
            guard !competitors.isEmpty,
                competitors.allSatisfy({
                    tallies.indices.contains($0.candidate)
                        && (1...Self.largestWeight).contains($0.weight)
                })
            else { throw CurationError.query("no candidates to choose from") }
            do {
                epsilon = try SelectionEpsilon(rho: grant.rho)
            } catch {
                throw CurationError.noise(error)
            }
        } catch {
            grant.burn()
            throw error
        }
        let most = competitors.reduce(1) { max($0, $1.weight) }
        do {
            let chosen = try noise.choose(
                scores: competitors.map {
                    Int128($0.weight) * (distances[$0.candidate] - Int128($0.penalty))
                }, sensitivity: unit * most, epsilon: epsilon, paying: grant)
            charges.append(chosen.charge)
            return competitors[chosen.index].candidate
        } catch {
            throw .grant(error)
        }
    }
}

extension Curator {
    /// Most cells of all candidates of a `TalliedSelector` together: 512 MiB of counts.
    public static let largestTallies = 1 << 26

    /// Counts candidates for choices that follow each other.
    ///
    /// Nothing is released or spent before `TalliedSelector.choose`. Without an estimate a candidate's distance
    /// is 0.
    ///
    /// - Parameters:
    ///   - candidates: Attribute indices of each candidate; all of at most `largestTallies` cells together.
    ///   - recoding: Merges cells before counting.
    /// - Returns: The selector.
    /// - Throws: `CurationError` when a candidate does not fit the table or the spool cannot be read.
    /// - Complexity: O(rows × candidates + cells).
    public borrowing func talliedSelector(
        candidates: [[Int]], recoding: Recoding
    ) throws(CurationError) -> TalliedSelector {
        try checkRecoding(recoding)
        for clique in candidates { try check(clique, sizes: recoding.sizes) }
        let cells = candidates.map { Self.cellCount($0, recoding.sizes) }
        guard cells.reduce(0, +) <= Self.largestTallies else {
            throw .query("the candidates have too many cells to keep them counted")
        }
        guard unitRows <= 1 << 20 else { throw .query("the cap per unit is too large") }
        var kept: [[Int64]] = []
        for range in Self.batches(cells) {
            kept += try tallies(of: Array(candidates[range]), in: .training, recoding: recoding)
        }
        return TalliedSelector(
            tallies: kept, unit: unitRows << Self.estimateBits, noise: try Self.noiseSource())
    }
}
