// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams

extension Curator {
    /// Cells that may be tallied in one pass over the spool; more take further passes.
    public static let passCells = 16_000_000
    /// Cells that one marginal may have.
    public static let largestMarginal = 50_000_000
    /// Cells of a marginal up to which every one of them is counted, whether it occurs or not; the tallies of
    /// larger ones are sparse where no noise is added to each cell, and no method looks at larger pairs.
    public static let largestDense = 1_000_000

    /// Measures marginals with exact discrete Gaussian noise.
    ///
    /// Distribution: `cells[i] = x_i + X_i` with independent `X_i`, `P[X = x] ∝ exp(−x²/2σ²)` on the
    /// integers, `σ² = k²/2ρ_m` rounded up (Canonne, Kamath and Steinke 2020). A unit adds at
    /// most k to one cell or is spread over several, so ℓ₂ sensitivity is k (PRIVACY: normal for small
    /// marginals).
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each marginal, ascending and distinct.
    ///   - weights: Each marginal's share of the grant; they sum to at most 1. `nil` for equal shares.
    ///   - recoding: Merges cells before counting; `nil` for none.
    ///   - part: The records asked.
    ///   - grant: Pays; consumed whole, also when the query is refused.
    /// - Returns: One noisy marginal a clique.
    /// - Throws: `CurationError`; nothing was released then.
    /// - Complexity: O(rows × Σ clique lengths + cells).
    public borrowing func measure(
        _ cliques: [[Int]], weights: [Rational]?, recoding: Recoding?, in part: Part,
        grant: consuming PrivacyGrant
    ) throws(CurationError) -> [NoisyMarginal] {
        guard !cliques.isEmpty else {
            grant.burn()
            return []
        }
        let recoding = recoding ?? .identity(sizes: sizes)
        let shares =
            weights
            ?? cliques.map { _ in Rational(numerator: 1, denominator: cliques.count) }
        var plans: [GaussianPlan] = []
        do throws(CurationError) {
            try part.requirePaid(by: grant.scope)
            try checkRecoding(recoding)
            for clique in cliques { try check(clique, sizes: recoding.sizes) }
            guard shares.count == cliques.count else {
                throw CurationError.query("expected one weight for each marginal")
            }
            for share in shares {
                plans.append(try plan(grant.rho.scaled(by: share)))
            }
        } catch {
            // Refused before any noise: the charge stays, the grant ends here.
            grant.burn()
            throw error
        }
        let rho = grant.rho
        var answers: [NoisyMarginal] = []
        var noise = try Self.noiseSource()
        for range in Self.batches(cliques.map { Self.cellCount($0, recoding.sizes) }) {
            let tallies = try tallies(of: Array(cliques[range]), in: part, recoding: recoding)
            for (index, exact) in zip(range, tallies) {
                var cells = exact
                let charge: Charge
                do {
                    charge = try noise.addGaussian(
                        plans[index], to: &cells,
                        paying: try grant.take(rho.scaled(by: shares[index])))
                } catch {
                    throw .grant(error)
                }
                #if MUTANTS
                    Mutation.corrupt(&cells, exact: exact, index: index)
                #endif
                answers.append(
                    NoisyMarginal(
                        attributes: cliques[index], cells: cells, sigma2: plans[index].sigma2,
                        charge: charge))
            }
        }
        grant.burn()
        return answers
    }

    /// Noise for a query of ℓ₂ sensitivity k.
    func plan(_ rho: Rho, sensitivity: Int? = nil) throws(CurationError) -> GaussianPlan {
        #if MUTANTS
            let sensitivity = Mutation.active == .forgottenRows ? 1 : sensitivity
        #endif
        do {
            return try GaussianPlan(sensitivity: sensitivity ?? unitRows, rho: rho)
        } catch {
            throw .noise(error)
        }
    }

    /// A fresh noise source.
    static func noiseSource() throws(CurationError) -> NoiseSource {
        do {
            return try NoiseSource()
        } catch {
            throw .noise(error)
        }
    }

    /// Runs a body and turns its stream errors into this room's.
    static func mapping<Result>(
        _ body: () throws(StreamError) -> Result
    ) throws(CurationError) -> Result {
        do {
            return try body()
        } catch {
            throw .stream(error)
        }
    }

    func checkRecoding(_ recoding: Recoding) throws(CurationError) {
        guard recoding.maps.map(\.count) == sizes else {
            throw .query("the recoding is for another table")
        }
    }

    func check(
        _ clique: [Int], sizes: [Int], most: Int = Curator.largestMarginal
    ) throws(CurationError) {
        guard !clique.isEmpty, clique.allSatisfy(sizes.indices.contains),
            zip(clique, clique.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw .query("a marginal's attributes are not ascending indices of the table") }
        guard Self.cellCount(clique, sizes) <= most else {
            let limit = most >= .max - 1 ? "2^63 cells or more" : "more than \(most) cells"
            throw .query(
                "too many cells: a marginal of \(clique.count) columns: found \(limit), expected fewer; "
                    + "use fewer bins or columns")
        }
    }

    /// Cells of a clique: the product of its attributes' sizes.
    ///
    /// - Parameters:
    ///   - clique: Attribute indices.
    ///   - sizes: Cells of each attribute.
    /// - Returns: The product; `Int.max` where it is not below 2⁶³.
    public static func cellCount(_ clique: [Int], _ sizes: [Int]) -> Int {
        clique.reduce(1) { product, attribute in
            let (next, overflow) = product.multipliedReportingOverflow(by: sizes[attribute])
            return overflow ? .max : next
        }
    }

    /// Runs of marginals whose tallies fit in memory together.
    static func batches(_ cells: [Int]) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = 0, sum = 0
        for (index, count) in cells.enumerated() {
            if sum + count > passCells, index > start {
                batches.append(start..<index)
                start = index
                sum = 0
            }
            sum += count
        }
        if start < cells.count { batches.append(start..<cells.count) }
        return batches
    }
}
