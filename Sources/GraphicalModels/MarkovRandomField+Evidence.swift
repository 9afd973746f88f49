// SPDX-License-Identifier: Apache-2.0

extension MarkovRandomField {
    /// The distribution of the rows that meet a condition.
    ///
    /// - Parameters:
    ///   - allowed: For each attribute with a condition the codes that meet it.
    ///   - workers: Threads; 0 for one a processor.
    /// - Returns: The conditional distribution on the same tree; its total is the count of rows that the
    ///   model expects to meet the condition.
    /// - Throws: `ModelError.impossible` where the model gives the condition no probability.
    /// - Complexity: O(cells of the tree).
    public func restricted(to allowed: [Int: Set<Int>], workers: Int = 0) throws(ModelError)
        -> MarkovRandomField
    {
        try weighted(
            by: allowed.reduce(into: [:]) { weights, item in
                weights[item.key] = (0..<domain.sizes[item.key]).map {
                    item.value.contains($0) ? 1 : 0
                }
            }, workers: workers)
    }

    /// The distribution of the rows that stay when each is kept with a probability that is a product over
    /// attributes.
    ///
    /// - Parameters:
    ///   - likelihoods: For each attribute with a condition the probability, 0 to 1, with which a row of each
    ///     code stays, independently of its other codes.
    ///   - workers: Threads; 0 for one a processor.
    /// - Returns: The conditional distribution on the same tree; its total is the count of rows that the
    ///   model expects to stay.
    /// - Throws: `ModelError.impossible` where the model lets no row stay.
    /// - Complexity: O(cells of the tree).
    public func weighted(by likelihoods: [Int: [Double]], workers: Int = 0) throws(ModelError)
        -> MarkovRandomField
    {
        let crew = Crew(workers: workers)
        var masks: [Int: [(Projection, [Double])]] = [:]
        for (attribute, shares) in likelihoods.sorted(by: { $0.key < $1.key }) {
            precondition(shares.count == domain.sizes[attribute], "one number a code")
            let one = Clique([attribute])
            let mask = Numbers.logarithms(shares)
            guard let node = tree.node(holding: one) else { continue }
            let projection = Projection(from: tree.nodes[node].clique, to: one, domain: domain)
            masks[node, default: []].append((projection, mask))
        }
        let calibrator = Calibrator(tree: tree, crew: crew)
        let finished = masks
        let share = calibrator.run(total: 1) { index, table in
            // The joint is the product of each clique given its separator.
            table = Numbers.logarithms(beliefs[index])
            tree.nodes[index].toSeparator.spread(
                Addition.self, Numbers.logarithms(separators[index]).map { $0.isFinite ? -$0 : 0 },
                onto: &table, crew: crew)
            for (projection, mask) in finished[index] ?? [] {
                projection.spread(Addition.self, mask, onto: &table, crew: crew)
            }
        }
        guard share > -.infinity else { throw .impossible }
        let expected = total * Numbers.exponentials([share])[0]
        return MarkovRandomField(
            tree: tree, total: expected, potentials: potentials,
            beliefs: tree.nodes.indices.map { index in
                calibrator.marginal(index).map { $0 * expected }
            },
            separators: tree.nodes.indices.map { index in
                calibrator.separator(index).map { $0 * expected }
            })
    }
}
