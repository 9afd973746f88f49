// SPDX-License-Identifier: Apache-2.0

/// One run of a threshold over the counts of the keys that occur, paid for before the first draw.
///
/// Counts may come a batch at a time, as there may be more keys than memory; each key comes once. What
/// leaves is the place and the noisy count of those that reach the threshold, and nothing of the others,
/// not even their number.
public struct ThresholdedCounts: ~Copyable {
    private let plan: ThresholdPlan
    private var noise: NoiseSource
    /// The receipt.
    public let charge: Charge

    /// Pays for a run.
    ///
    /// Privacy: costs `plan.cost` when one unit adds at most k = `plan.noise.sensitivity` records to all
    /// counts together; see `ThresholdPlan` for the proof. Distribution: each count gets independent discrete
    /// Gaussian noise, and is kept iff the sum is at least `plan.threshold`.
    ///
    /// - Parameters:
    ///   - plan: Noise and threshold.
    ///   - noise: Where draws come from.
    ///   - grant: Pays, before anything is drawn; consumed whole.
    /// - Throws: `GrantError.overdrawn` when the grant does not cover the cost; nothing was drawn.
    public init(
        _ plan: ThresholdPlan, noise: consuming NoiseSource, paying grant: consuming PrivacyGrant
    ) throws(GrantError) {
        charge = try grant.spend(plan.mechanism)
        self.plan = plan
        self.noise = noise
    }

    /// Adds noise to the next counts and keeps what reaches the threshold.
    ///
    /// - Parameter counts: Exact counts of further keys, each at least 1.
    /// - Returns: Places in `counts`, ascending, with noisy counts.
    public mutating func named(among counts: [Int64]) -> [(place: Int, noisy: Int64)] {
        var noisy = counts
        noise.addGaussian(plan.noise, to: &noisy)
        #if MUTANTS
            if Mutation.active == .exactNames {
                return plan.kept(counts).map { ($0.place, noisy[$0.place]) }
            }
        #endif
        return plan.kept(noisy)
    }
}

extension ThresholdPlan {
    /// The places of noisy counts that reach the threshold.
    func kept(_ noisy: [Int64]) -> [(place: Int, noisy: Int64)] {
        #if MUTANTS
            let threshold =
                Mutation.active == .loweredThreshold ? self.threshold - 1 : self.threshold
        #endif
        return noisy.indices.filter { noisy[$0] >= Int64(threshold) }.map { ($0, noisy[$0]) }
    }
}
