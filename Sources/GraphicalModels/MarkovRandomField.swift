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

    /// Variable elimination on the smallest part of the tree that holds the wanted attributes.
    ///
    /// Above the highest clique of that part everything sums to one, and so does every subtree that
    /// holds nothing wanted. What is not wanted is summed out cheapest first.
    private func eliminated(onto clique: Clique) -> Factor {
        let wanted = Set(clique.attributes)
        var isNeeded = tree.nodes.map { node in
            node.clique.attributes.contains {
                wanted.contains($0) && !node.separator.attributes.contains($0)
            }
        }
        for index in tree.nodes.indices.dropFirst().reversed() where isNeeded[index] {
            isNeeded[tree.nodes[index].parent] = true
        }
        var top = 0
        while true {
            let below = tree.nodes.indices.filter { tree.nodes[$0].parent == top && isNeeded[$0] }
            let here = tree.nodes[top].clique.attributes.filter(wanted.contains)
            guard below.count == 1, here.allSatisfy(tree.nodes[below[0]].clique.attributes.contains)
            else { break }
            isNeeded[top] = false
            top = below[0]
        }
        var factors = tree.nodes.indices.filter { isNeeded[$0] }.map { index in
            Factor(
                clique: tree.nodes[index].clique, domain: domain,
                values: index == top ? beliefs[index] : conditionals.tables[index])
        }
        var unwanted = Set(factors.flatMap(\.clique.attributes)).subtracting(wanted)
        while let next = cheapest(among: unwanted, in: factors) {
            unwanted.remove(next)
            let touched = factors.filter { $0.clique.attributes.contains(next) }
            factors.removeAll { $0.clique.attributes.contains(next) }
            factors.append(joined(touched, summing: next))
        }
        return joined(factors, summing: nil)
    }

    /// The attribute whose elimination makes the smallest table; ties by index.
    private func cheapest(among attributes: Set<Int>, in factors: [Factor]) -> Int? {
        var best: (attribute: Int, cells: Int)?
        for attribute in attributes.sorted() {
            let touched = factors.map(\.clique.attributes).filter { $0.contains(attribute) }
            let cells = domain.cellCount(of: Clique(touched.joined()))
            if cells < best?.cells ?? .max || best == nil { best = (attribute, cells) }
        }
        return best?.attribute
    }

    /// The product of tables, with one attribute summed out in the last step.
    private func joined(_ factors: [Factor], summing attribute: Int?) -> Factor {
        var product = Factor(clique: Clique([]), domain: domain, values: [1])
        for (position, factor) in factors.enumerated() {
            let isLast = position == factors.count - 1
            product = product.product(
                with: factor, summing: isLast ? attribute : nil, domain: domain)
        }
        return product
    }
}
