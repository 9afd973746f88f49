// SPDX-License-Identifier: Apache-2.0

extension NoiseSource {
    /// Chooses a candidate by the exponential mechanism.
    ///
    /// Distribution: P[i] ∝ exp(ε·score(i)/(2Δ)), exactly (McSherry and Talwar 2007).
    /// Privacy: costs `epsilon.cost` when one unit moves every score by at most
    /// `sensitivity`. The number of proposals is at most the number of scores on average: a fraction of a
    /// millisecond for 10,000.
    ///
    /// - Parameters:
    ///   - scores: Whole-number scores, larger is better; at least one, below 2^120 in absolute value.
    ///   - sensitivity: From 1 to 2^50.
    ///   - epsilon: The parameter.
    ///   - grant: Pays, before anything is drawn; consumed whole.
    /// - Returns: An index into `scores`, and the receipt.
    /// - Throws: `GrantError.overdrawn` when the grant does not cover the cost; nothing was chosen.
    public mutating func choose(
        scores: [Int128], sensitivity: Int, epsilon: SelectionEpsilon,
        paying grant: consuming PrivacyGrant
    ) throws(GrantError) -> (index: Int, charge: Charge) {
        let charge = try grant.spend(
            epsilon.mechanism(sensitivity: sensitivity, candidates: scores.count))
        return (choose(scores: scores, sensitivity: Int128(sensitivity), epsilon: epsilon), charge)
    }

    /// The choice itself, for mechanisms that have been paid.
    ///
    /// - Parameters:
    ///   - scores: Whole-number scores, larger is better; at least one, below 2^120 in absolute value.
    ///   - sensitivity: From 1 to 2^50.
    ///   - epsilon: The parameter.
    /// - Returns: An index into `scores`, with P[i] ∝ exp(ε·score(i)/(2Δ)).
    mutating func choose(
        scores: [Int128], sensitivity: Int128, epsilon: SelectionEpsilon
    ) -> Int {
        leaveParentBehind()
        let mechanism = ExponentialMechanism(
            scores: scores, sensitivity: sensitivity, epsilon: epsilon)
        return mechanism.draw(from: &self)
    }
}
