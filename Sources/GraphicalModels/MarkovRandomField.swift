// SPDX-License-Identifier: Apache-2.0

/// A fitted distribution over all attributes: a junction tree with one conditional table a clique.
public struct MarkovRandomField: Sendable {
    /// The structure.
    public let tree: JunctionTree
    /// What every marginal sums to.
    public let total: Double
    let conditionals: JunctionTree.Conditionals
    let beliefs: [[Double]]

    /// Cells of each attribute.
    public var domain: Domain { tree.domain }

    init(tree: JunctionTree, conditionals: JunctionTree.Conditionals, total: Double) {
        self.tree = tree
        self.total = total
        self.conditionals = conditionals
        beliefs = tree.marginals(of: conditionals, total: total)
    }

    /// The marginal over a clique.
    ///
    /// - Parameter clique: Any attributes.
    /// - Returns: Non-negative counts that sum to `total`. Complexity: O(cells) where one clique of the
    ///   tree holds them all; otherwise variable elimination, exponential in what has to be joined.
    public func marginal(_ clique: Clique) -> Factor {
        for (index, node) in tree.nodes.enumerated() where clique.isSubset(of: node.clique) {
            return Factor(clique: node.clique, domain: domain, values: beliefs[index])
                .projected(onto: clique, domain: domain)
        }
        return eliminated(onto: clique)
    }

    /// Multiplies the conditional tables leaf by leaf, summing out each attribute as soon as nothing
    /// else needs it.
    private func eliminated(onto clique: Clique) -> Factor {
        var messages = [[Factor]](repeating: [], count: tree.nodes.count)
        for index in tree.nodes.indices.reversed() {
            let node = tree.nodes[index]
            let inside = Factor(
                clique: node.clique, domain: domain, values: conditionals.tables[index])
            // A subtree that holds no wanted attribute outside its separator sums to one.
            let wanted = Set(clique.attributes)
            let children = messages[index]
            let product = children.reduce(inside) { $0.multiplied(by: $1, domain: domain) }
            if node.parent < 0 {
                var result = product.projected(onto: clique, domain: domain)
                for cell in result.values.indices { result.values[cell] *= total }
                return result
            }
            let kept = Clique(
                product.clique.attributes.filter {
                    wanted.contains($0) || node.separator.attributes.contains($0)
                })
            let isPlain = children.isEmpty && kept == node.separator
            if !isPlain {
                messages[node.parent].append(product.projected(onto: kept, domain: domain))
            }
        }
        return Factor(clique: clique, domain: domain, values: [])
    }
}
