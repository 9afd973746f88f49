// SPDX-License-Identifier: Apache-2.0

public import Privacy
import Streams

extension Curator {
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
            try part.requirePaid(by: grant.scope)
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
            try part.requirePaid(by: grant.scope)
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
            charge = try noise.addGaussian(plan, to: &cells, paying: grant)
        } catch {
            throw .grant(error)
        }
        return NoisyHistogram(
            shape: query.shape(sizes: sizes), cells: cells, sigma2: plan.sigma2, part: part,
            charge: charge)
    }
}
