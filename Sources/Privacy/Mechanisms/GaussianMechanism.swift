// SPDX-License-Identifier: Apache-2.0

extension NoiseSource {
    /// Adds an independent discrete Gaussian draw to every count of one query.
    ///
    /// Distribution: P[x] ∝ exp(−x²/(2σ²)) on the whole numbers, exactly (Canonne, Kamath and Steinke 2020,
    /// Definition 1 and Theorem 4). Privacy: costs `plan.cost` when one unit moves `counts` by at most
    /// `plan.sensitivity` in the Euclidean norm. Uses all processors for more than 2^16 counts; each thread
    /// draws from a source of its own.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - counts: The exact counts, at least one; replaced by noisy ones. A sum beyond 64 bits stops the
    ///     program.
    ///   - grant: Pays, before anything is drawn; consumed whole.
    /// - Returns: The receipt.
    /// - Throws: `GrantError.overdrawn` when the grant does not cover the cost; `counts` are exact still and
    ///   must not leave the wall.
    public mutating func addGaussian(
        _ plan: GaussianPlan, to counts: inout MutableSpan<Int64>,
        paying grant: consuming PrivacyGrant
    ) throws(GrantError) -> Charge {
        let charge = try grant.spend(plan.mechanism(cells: counts.count))
        addGaussian(plan, to: &counts)
        return charge
    }

    /// Adds an independent discrete Gaussian draw to every count of one query.
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
    public mutating func addGaussian(
        _ plan: GaussianPlan, to counts: inout [Int64], paying grant: consuming PrivacyGrant
    ) throws(GrantError) -> Charge {
        var span = counts.mutableSpan
        return try addGaussian(plan, to: &span, paying: grant)
    }

    /// The draws themselves, for mechanisms that have been paid.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - counts: The exact counts, replaced by noisy ones.
    mutating func addGaussian(_ plan: GaussianPlan, to counts: inout MutableSpan<Int64>) {
        #if MUTANTS
            let plan = Mutation.active == .halvedSigma ? plan.halved : plan
        #endif
        leaveParentBehind()
        let sampler = GaussianSampler(plan, cells: counts.count)
        forEachPart(of: &counts) { part, source in sampler.addDraws(to: &part, from: &source) }
    }

    /// The draws themselves, for mechanisms that have been paid.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - counts: The exact counts, replaced by noisy ones.
    mutating func addGaussian(_ plan: GaussianPlan, to counts: inout [Int64]) {
        var span = counts.mutableSpan
        addGaussian(plan, to: &span)
    }

    /// One discrete Gaussian draw.
    ///
    /// - Parameter plan: The noise.
    /// - Returns: P[x] ∝ exp(−x²/(2σ²)) on the whole numbers.
    mutating func gaussian(_ plan: GaussianPlan) -> Int64 {
        var draw: [Int64] = [0]
        addGaussian(plan, to: &draw)
        return draw[0]
    }
}
