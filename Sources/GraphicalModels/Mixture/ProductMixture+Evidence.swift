// SPDX-License-Identifier: Apache-2.0

extension ProductMixture {
    /// The distribution of the rows that stay when each is kept with a probability that is a product over
    /// attributes.
    ///
    /// It is a mixture again: a component's share is multiplied by the part of it that stays, its distribution
    /// of a conditioned attribute is cut down to what stays, and components of which nothing stays are gone.
    ///
    /// - Parameter likelihoods: For each attribute with a condition the probability, 0 to 1, with which a row of
    ///   each code stays, independently of its other codes.
    /// - Returns: The conditional distribution, and the share of rows that stay.
    /// - Throws: `ModelError.impossible` where the mixture lets no row stay.
    /// - Complexity: O(components × cells).
    public func weighted(
        by likelihoods: [Int: [Double]]
    ) throws(ModelError) -> (model: ProductMixture, share: Double) {
        var kept: [Double] = []
        var tables: [Float] = []
        let conditions = likelihoods.sorted { $0.key < $1.key }
        for component in weights.indices {
            var weight = weights[component]
            let start = component * layout.width
            var table = Array(self.tables[start..<start + layout.width])
            for (attribute, shares) in conditions where weight > 0 {
                precondition(shares.count == domain.sizes[attribute], "one number a code")
                let left = zip(distribution(of: attribute, in: component), shares)
                    .map { Double($0) * $1 }
                let sum = left.reduce(0, +)
                weight *= sum
                for (place, value) in zip(layout.range(attribute), left) where sum > 0 {
                    table[place] = Float(value / sum)
                }
            }
            guard weight > 0 else { continue }
            kept.append(weight)
            tables += table
        }
        let share = kept.reduce(0, +)
        guard share > 0 else { throw .impossible }
        let model = ProductMixture(
            domain: domain, layout: layout, weights: kept.map { $0 / share }, tables: tables)
        return (model, share)
    }
}
