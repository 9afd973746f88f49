// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams

extension Curator {
    /// How far fixed synthetic marginals are from real ones: noisy mean and noisy maximum.
    ///
    /// With `t_p = Σ_i |2^g x_i − m_i|`, one unit changes each `t_p` by at most `Δ = 2^g k`. The maximum
    /// changes by at most Δ. The mean of M of them changes by at most Δ before rounding, and
    /// rounding down keeps that: if `b ≤ a + Δ` with integer Δ then `⌊b⌋ ≤ ⌊a + Δ⌋ = ⌊a⌋ + Δ`. Both get
    /// discrete Gaussian noise with `σ² = Δ²/ρ`, half of the grant each. Total variation distance is
    /// `t / (2 · 2^g · n)`.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each marginal.
    ///   - synthetic: For each marginal the synthetic counts, scaled to the part's size, in 2^g ths.
    ///   - fractionBits: g, from 0 to 20.
    ///   - part: The records asked.
    ///   - grant: Pays; consumed whole.
    /// - Returns: Noisy integers.
    /// - Throws: `CurationError`; nothing was released then.
    public borrowing func discrepancy(
        of cliques: [[Int]], synthetic: [[Int64]], fractionBits: Int, in part: Part,
        grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyDiscrepancy {
        let plan: GaussianPlan
        do throws(CurationError) {
            for clique in cliques { try check(clique, sizes: sizes) }
            guard !cliques.isEmpty, (0...20).contains(fractionBits),
                synthetic.map(\.count) == cliques.map({ Self.cellCount($0, sizes) })
            else { throw CurationError.query("expected one synthetic count for each cell") }
            plan = try self.plan(
                grant.rho.scaled(by: Rational(numerator: 1, denominator: 2)),
                sensitivity: unitRows << fractionBits)
        } catch {
            grant.burn()
            throw error
        }
        var sum: Int128 = 0, worst: Int128 = 0
        for range in Self.batches(cliques.map { Self.cellCount($0, sizes) }) {
            let tallies = try tallies(of: Array(cliques[range]), in: part, recoding: nil)
            for (index, exact) in zip(range, tallies) {
                let distance = Self.distance(exact, synthetic[index], bits: fractionBits)
                sum += distance
                worst = max(worst, distance)
            }
        }
        let half = grant.rho.scaled(by: Rational(numerator: 1, denominator: 2))
        let charges = [
            try Self.spend(half, of: &grant, on: plan.mechanism(cells: 1)),
            try Self.spend(half, of: &grant, on: plan.mechanism(cells: 1)),
        ]
        grant.burn()
        var noise = try Self.noiseSource()
        return NoisyDiscrepancy(
            mean: Int64(sum / Int128(cliques.count)) + noise.gaussian(plan),
            worst: Int64(worst) + noise.gaussian(plan), sigma2: plan.sigma2, charges: charges)
    }

    /// Counts records by the bin of a score and, where a label is given, by its code.
    ///
    /// Every record of the part falls into one cell, so ℓ₂ sensitivity is k.
    ///
    /// - Parameters:
    ///   - score: The score; data, not code.
    ///   - label: An attribute, or `nil`.
    ///   - part: The records asked.
    ///   - grant: Pays; consumed whole.
    /// - Returns: Cells `label × bin`, row-major, with discrete Gaussian noise.
    /// - Throws: `CurationError`; nothing was released then.
    public borrowing func histogram(
        of score: AdditiveScore, by label: Int?, in part: Part, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyHistogram {
        let plan: GaussianPlan
        do {
            try check(score, label: label)
            plan = try self.plan(grant.rho)
        } catch {
            grant.burn()
            throw error
        }
        return try answer(.score(score, label: label), plan: plan, part: part, grant: grant)
    }

    /// Counts records by whether a lookup knows their key and guesses their target.
    ///
    /// Every record of the part falls into one of three cells, so ℓ₂ sensitivity is k.
    ///
    /// - Parameters:
    ///   - match: The lookup; data, not code.
    ///   - part: The records asked.
    ///   - grant: Pays; consumed whole.
    /// - Returns: Cells `no entry, wrong, right`, with discrete Gaussian noise.
    /// - Throws: `CurationError`; nothing was released then.
    public borrowing func histogram(
        of match: MatchQuery, in part: Part, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyHistogram {
        let plan: GaussianPlan
        do throws(CurationError) {
            let attributes = match.attributes + [match.target]
            guard attributes.allSatisfy(sizes.indices.contains),
                Self.cellCount(match.attributes, sizes) < .max
            else { throw CurationError.query("the lookup's attributes do not fit the table") }
            plan = try self.plan(grant.rho)
        } catch {
            grant.burn()
            throw error
        }
        return try answer(.match(match), plan: plan, part: part, grant: grant)
    }

    private func check(_ score: AdditiveScore, label: Int?) throws(CurationError) {
        let ascending = zip(score.thresholds, score.thresholds.dropFirst()).allSatisfy { $0 < $1 }
        guard ascending, label.map(sizes.indices.contains) ?? true else {
            throw .query("the score's thresholds or label do not fit the table")
        }
        for term in score.terms {
            guard term.attributes.allSatisfy(sizes.indices.contains),
                term.table.count == Self.cellCount(term.attributes, sizes)
            else { throw .query("a table of the score does not fit its attributes") }
        }
    }

    private func answer(
        _ query: RecordQuery, plan: GaussianPlan, part: Part, grant: consuming PrivacyGrant
    ) throws(CurationError) -> NoisyHistogram {
        var cells: [Int64]
        do {
            cells = try histogram(of: query, in: part)
        } catch {
            grant.burn()
            throw error
        }
        var noise = try Self.noiseSource()
        let charge: Charge
        do {
            charge = try grant.spend(plan.mechanism(cells: cells.count))
        } catch {
            throw .grant(error)
        }
        noise.addGaussian(plan, to: &cells)
        return NoisyHistogram(
            shape: query.shape(sizes: sizes), cells: cells, sigma2: plan.sigma2, part: part,
            charge: charge)
    }
}
