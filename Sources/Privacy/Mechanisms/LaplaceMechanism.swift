// SPDX-License-Identifier: Apache-2.0

extension NoiseSource {
    /// Adds an independent discrete Laplace draw to every count of one query.
    ///
    /// Distribution: P[x] ∝ exp(−|x|/scale) on the whole numbers, exactly. Privacy: costs `plan.cost` when
    /// one unit moves `counts` by at most `plan.sensitivity` in the L1 norm (Ghosh, Roughgarden and
    /// Sundararajan 2009; Bun and Steinke 2016, Proposition 1.4). Uses all processors for more than 2^16 counts; each
    /// thread draws from a source of its own.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - counts: The exact counts, at least one; replaced by noisy ones.
    ///   - grant: Pays, before anything is drawn; consumed whole.
    /// - Returns: The receipt.
    /// - Throws: `GrantError.overdrawn` when the grant does not cover the cost; `counts` are exact still and
    ///   must not leave the wall.
    public mutating func addLaplace(
        _ plan: LaplacePlan, to counts: inout MutableSpan<Int64>,
        paying grant: consuming PrivacyGrant
    ) throws(GrantError) -> Charge {
        let charge = try grant.spend(plan.mechanism(cells: counts.count))
        addLaplace(plan, to: &counts)
        return charge
    }

    /// Adds an independent discrete Laplace draw to every count of one query.
    ///
    /// As for a span.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - counts: The exact counts, at least one; replaced by noisy ones.
    ///   - grant: Pays, before anything is drawn; consumed whole.
    /// - Returns: The receipt.
    /// - Throws: `GrantError.overdrawn` when the grant does not cover the cost; `counts` are exact still and
    ///   must not leave the wall.
    public mutating func addLaplace(
        _ plan: LaplacePlan, to counts: inout [Int64], paying grant: consuming PrivacyGrant
    ) throws(GrantError) -> Charge {
        var span = counts.mutableSpan
        return try addLaplace(plan, to: &span, paying: grant)
    }

    /// The draws themselves, for mechanisms that have been paid.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - counts: The exact counts, replaced by noisy ones.
    mutating func addLaplace(_ plan: LaplacePlan, to counts: inout MutableSpan<Int64>) {
        leaveParentBehind()
        let sampler = plan.sampler
        forEachPart(of: &counts) { part, source in sampler.addDraws(to: &part, from: &source) }
    }

    /// The draws themselves, for mechanisms that have been paid.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - counts: The exact counts, replaced by noisy ones.
    mutating func addLaplace(_ plan: LaplacePlan, to counts: inout [Int64]) {
        var span = counts.mutableSpan
        addLaplace(plan, to: &span)
    }

    /// One discrete Laplace draw.
    ///
    /// - Parameter plan: The noise.
    /// - Returns: P[x] ∝ exp(−|x|/scale) on the whole numbers.
    mutating func laplace(_ plan: LaplacePlan) -> Int64 {
        var draw: [Int64] = [0]
        addLaplace(plan, to: &draw)
        return draw[0]
    }
}
