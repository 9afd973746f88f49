// SPDX-License-Identifier: Apache-2.0

extension PairwiseField {
    /// The distribution of the rows that stay when each is kept with a probability that is a product over
    /// attributes.
    ///
    /// It is a field with the same terms, and one more for each conditioned cell; the pairs that rows are
    /// brought to are those of the conditioned mixture.
    ///
    /// - Parameter likelihoods: For each attribute with a condition the probability, 0 to 1, with which a row of
    ///   each code stays, independently of its other codes.
    /// - Returns: The conditional distribution, and the share of rows that stay.
    /// - Throws: `ModelError.impossible` where the mixture lets no row stay.
    /// - Complexity: O(components × cells + cells²).
    public func weighted(
        by likelihoods: [Int: [Double]]
    ) throws(ModelError) -> (model: PairwiseField, share: Double) {
        let (kept, share) = try mixture.weighted(by: likelihoods)
        var bias = self.bias
        for (position, attribute) in places.attributes.enumerated() {
            guard let weights = likelihoods[attribute] else { continue }
            for (place, logarithm) in zip(places.range(position), Numbers.logarithms(weights)) {
                bias[place] = max(-1000, bias[place] + Float(logarithm))
            }
        }
        let model = PairwiseField(
            mixture: kept, places: places, terms: terms, bias: bias,
            pairs: isUsable ? PairwiseEstimation.pairs(kept, places) : pairs)
        return (model, share)
    }
}
