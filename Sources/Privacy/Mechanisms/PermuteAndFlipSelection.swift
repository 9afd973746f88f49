// SPDX-License-Identifier: Apache-2.0

extension SelectionEpsilon {
    /// What a grant pays for when a selection is made by permute-and-flip: ε²/2.
    ///
    /// - Parameters:
    ///   - sensitivity: By how much one privacy unit can move any score, at least 1.
    ///   - candidates: The number of scores, at least 1.
    /// - Returns: The mechanism with its true parameters.
    public func permuteAndFlip(sensitivity: Int, candidates: Int) -> Mechanism {
        .permuteAndFlip(epsilon: value, sensitivity: sensitivity, candidates: candidates)
    }
}

extension NoiseSource {
    /// Chooses a candidate by permute-and-flip.
    ///
    /// Distribution: McKenna and Sheldon 2020, Algorithm 1, exactly; at one ε never worse than the exponential
    /// mechanism, as they prove. Privacy: ε-DP when one unit moves every score by at
    /// most `sensitivity`, charged as any pure mechanism with ε²/2. That is four times the price of the
    /// exponential mechanism at the same ε, so under a ρ budget the latter is the better buy.
    ///
    /// - Parameters:
    ///   - scores: Whole-number scores, larger is better; at least one, below 2^120 in absolute value.
    ///   - sensitivity: From 1 to 2^50.
    ///   - epsilon: The parameter.
    ///   - grant: Pays, before anything is drawn; consumed whole.
    /// - Returns: An index into `scores`, and the receipt.
    /// - Throws: `GrantError.overdrawn` when the grant does not cover the cost; nothing was chosen.
    public mutating func permuteAndFlip(
        scores: [Int128], sensitivity: Int, epsilon: SelectionEpsilon,
        paying grant: consuming PrivacyGrant
    ) throws(GrantError) -> (index: Int, charge: Charge) {
        let charge = try grant.spend(
            epsilon.permuteAndFlip(sensitivity: sensitivity, candidates: scores.count))
        leaveParentBehind()
        let mechanism = PermuteAndFlip(
            scores: scores, sensitivity: Int128(sensitivity), epsilon: epsilon)
        return (mechanism.draw(from: &self), charge)
    }
}
