// SPDX-License-Identifier: Apache-2.0

/// Tells of any number of queries whether they are above one threshold, and halts after a few that are.
///
/// For gates that many figures must pass: only answers "above" use the budget up. Dwork and Roth 2014,
/// Algorithm 1, for one positive answer; Lyu, Su and Li 2017, Algorithm 1 and Theorem 2, for several. The
/// threshold is noised once, every query anew, and no noisy value leaves. Queries and threshold are whole
/// numbers and so is the noise: the proof shifts the threshold's noise by Δ and that of each positive query
/// by 2Δ, and every shift by d changes a discrete Laplace probability by at most exp(d/scale).
public struct AboveThreshold: ~Copyable {
    /// What was paid for all answers together.
    public let charge: Charge
    private let queryNoise: LaplacePlan
    private let threshold: Int128
    private var positivesLeft: Int
    private var noise: NoiseSource

    /// Pays for all answers and draws the threshold's noise.
    ///
    /// Privacy: costs `plan.cost`, whatever the number of queries, when one unit moves each of them by at most
    /// `plan.sensitivity`; they may depend on earlier answers.
    ///
    /// - Parameters:
    ///   - plan: The noise.
    ///   - threshold: What queries are compared with; public.
    ///   - noise: Where the draws come from.
    ///   - grant: Pays, before anything is drawn; consumed whole.
    /// - Throws: `GrantError.overdrawn` when the grant does not cover the cost; nothing was drawn.
    public init(
        _ plan: AboveThresholdPlan, threshold: Int64, noise: consuming NoiseSource,
        paying grant: consuming PrivacyGrant
    ) throws(GrantError) {
        charge = try grant.spend(plan.mechanism)
        queryNoise = plan.queryNoise
        self.threshold = Int128(threshold) + Int128(noise.laplace(plan.thresholdNoise))
        positivesLeft = plan.positives
        self.noise = noise
    }

    /// Whether the mechanism has given all its positive answers.
    public var isHalted: Bool { positivesLeft == 0 }

    /// Whether a query with fresh noise is at least the noisy threshold.
    ///
    /// - Parameter query: The exact value; a release of this room must not show it otherwise.
    /// - Returns: `nil` once the mechanism has halted, without looking at the query.
    public mutating func isAbove(_ query: Int64) -> Bool? {
        guard positivesLeft > 0 else { return nil }
        let noisy = Int128(query) + Int128(queryDraw())
        guard noisy >= threshold else { return false }
        positivesLeft -= 1
        return true
    }

    private mutating func queryDraw() -> Int64 {
        #if MUTANTS
            if Mutation.active == .bareQueries { return 0 }
        #endif
        return noise.laplace(queryNoise)
    }
}
