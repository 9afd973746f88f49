// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// Noisy L1 distances between public estimates and real marginals.
public struct NoisyErrors: Sendable, Codable, Hashable {
    /// For each marginal its noisy distance `Σ |2^g x − m|`, in 2^g ths of a record; may be negative.
    public let values: [Int64]
    /// g.
    public let fractionBits: Int
    /// σ² of the noise in each of them.
    public let sigma2: Rational
    /// What they cost together.
    public let charge: Charge
}

extension Curator {
    /// Fractional bits of the estimates that noisy errors are computed against.
    public static let errorBits = 6

    /// How far public estimates are from the training part, for many marginals in one query.
    ///
    /// With `t_p = Σ_i |2^g x_i − m_i|` over the cells of marginal p, one unit changes each of P distances by
    /// at most `Δ = 2^g k` (triangle inequality, any estimate), so the vector of them by at most `√P Δ`
    /// in the Euclidean norm. Distribution: `t_p` plus independent discrete Gaussian noise,
    /// `σ² = ⌈√P Δ⌉² / 2ρ` rounded up (Canonne, Kamath and Steinke 2020, Theorem 4).
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each marginal, at least one.
    ///   - recoding: Merges cells before counting.
    ///   - grant: Pays; consumed whole, also when the query is refused.
    ///   - estimate: The public estimate of the cells of the marginal of an index, in 2^g ths of a record with
    ///     g = `errorBits`; asked for one at a time, so that not all are held.
    /// - Returns: One noisy distance a marginal.
    /// - Throws: `CurationError`; nothing was released then.
    /// - Complexity: O(rows × cliques + cells).
    public borrowing func errors(
        of cliques: [[Int]], recoding: Recoding, grant: consuming PrivacyGrant,
        estimate: (Int) -> [Int64]
    ) throws(CurationError) -> NoisyErrors {
        let plan: GaussianPlan
        var values: [Int64] = []
        do throws(CurationError) {
            try Part.training.requirePaid(by: grant.scope)
            try checkRecoding(recoding)
            for clique in cliques { try check(clique, sizes: recoding.sizes) }
            let cells = cliques.map { Self.cellCount($0, recoding.sizes) }
            guard !cliques.isEmpty else {
                throw CurationError.query("expected marginals, found none")
            }
            // So that the sensitivity cannot overflow.
            guard unitRows <= 1 << 20, cliques.count <= 1 << 20 else {
                throw CurationError.query("too many marginals, or too large a cap per unit")
            }
            plan = try self.plan(grant.rho, sensitivity: errorSensitivity(cliques.count))
            // Far above any real distance, and a limit makes no difference larger.
            let limit: Int128 = 1 << 62
            for range in Self.batches(cells) {
                let tallies = try tallies(
                    of: Array(cliques[range]), in: .training, recoding: recoding)
                for (index, exact) in zip(range, tallies) {
                    let estimate = estimate(index)
                    guard estimate.count == cells[index] else {
                        throw CurationError.query(
                            "expected an estimate for each cell of a marginal")
                    }
                    let distance = Self.distance(exact, estimate, bits: Self.errorBits)
                    values.append(Int64(min(distance, limit)))
                }
            }
        } catch {
            grant.burn()
            throw error
        }
        var noise = try Self.noiseSource()
        do {
            let charge = try noise.addGaussian(plan, to: &values, paying: grant)
            return NoisyErrors(
                values: values, fractionBits: Self.errorBits, sigma2: plan.sigma2, charge: charge)
        } catch {
            throw .grant(error)
        }
    }

    /// `⌈√P Δ⌉` in whole numbers.
    private func errorSensitivity(_ count: Int) -> Int {
        let unit = Int128(unitRows << Self.errorBits)
        let square = unit * unit * Int128(count)
        var root = Int128(Double(square).squareRoot())
        while root * root < square { root += 1 }
        while root > 1, (root - 1) * (root - 1) >= square { root -= 1 }
        return Int(root)
    }
}
