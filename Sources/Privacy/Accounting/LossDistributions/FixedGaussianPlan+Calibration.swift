// SPDX-License-Identifier: Apache-2.0

extension FixedGaussianPlan {
    /// The least noise within (ε, δ) for measurements that divide ρ by given shares.
    ///
    /// Each σ² lies on the grid a/2^f of `GaussianPlan`. One ρ is searched for all of them, so where
    /// shares are equal the result is the smallest σ² of the grid, and else every measurement is within one
    /// grid step of the largest common ρ. The plan is never noisier than the one of the same (ε, δ) by
    /// way of zCDP, and its own ρ is the larger for that. Takes some forty times `epsilon(delta:)`.
    ///
    /// - Parameters:
    ///   - shares: The share of ρ of each measurement, above zero; they sum to at most 1.
    ///   - epsilon: Above zero.
    ///   - delta: Above zero and below one.
    /// - Returns: The noise of each measurement, in order.
    /// - Throws: `NoiseError.unusable` when no noise that can be drawn is within (ε, δ).
    public static func calibrated(
        shares: [Rational], epsilon: Rational, delta: Rational
    ) throws(NoiseError) -> [GaussianPlan] {
        precondition(shares.allSatisfy { $0 > 0 } && !shares.isEmpty, "shares are above zero")
        precondition(shares.reduce(0, +) <= 1, "shares sum to at most one")
        let allowed = Double(epsilon, rounding: .down)
        let start = ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta)
        guard start > .zero else {
            throw .unusable("no noise is large enough; raise epsilon")
        }
        var best = try measurements(shares, rho: start)
        // The plan of zCDP is within (ε, δ); from there on ρ grows as long as the exact figure allows.
        var lower = start.value
        var upper = start.value * 2
        while let next = try? measurements(shares, rho: Rho(upper)),
            let plan = try? FixedGaussianPlan(next, relation: .addRemove),
            plan.epsilon(delta: delta) <= allowed
        {
            (best, lower, upper) = (next, upper, upper * 2)
        }
        // Beyond 2^−30 of ρ no σ² of the grid, which has 22 binary digits, can change but by one step.
        for _ in 0..<32 {
            let middle = (lower + upper) / 2
            guard let next = try? measurements(shares, rho: Rho(middle)),
                let plan = try? FixedGaussianPlan(next, relation: .addRemove),
                plan.epsilon(delta: delta) <= allowed
            else {
                upper = middle
                continue
            }
            (best, lower) = (next, middle)
        }
        return best
    }

    private static func measurements(
        _ shares: [Rational], rho: Rho
    ) throws(NoiseError) -> [GaussianPlan] {
        var known: [Rational: GaussianPlan] = [:]
        var plans: [GaussianPlan] = []
        for share in shares {
            let plan: GaussianPlan
            if let same = known[share] {
                plan = same
            } else {
                plan = try GaussianPlan(sensitivity: 1, rho: rho.scaled(by: share))
                known[share] = plan
            }
            plans.append(plan)
        }
        return plans
    }
}
