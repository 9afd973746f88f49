// SPDX-License-Identifier: Apache-2.0

/// Marginals of attributes that no clique of a tree holds together.
///
/// The smallest part of the tree that holds the wanted attributes is enough: above its highest clique
/// everything sums to one, and so does every subtree that holds nothing wanted. Each clique of that part is
/// first summed down to what is wanted or shared inside the part; the small tables are joined, and what is
/// not wanted is summed out, cheapest first (Zhang and Poole 1994). Summed tables are kept for later calls.
struct VariableElimination {
    let model: MarkovRandomField
    private var kept: [Key: Factor] = [:]

    private struct Key: Hashable {
        let node: Int
        let clique: Clique
        let isConditional: Bool
    }

    init(model: MarkovRandomField) { self.model = model }

    private var domain: Domain { model.domain }
    private var nodes: [JunctionTree.Node] { model.tree.nodes }

    /// The marginal over a clique.
    mutating func marginal(_ clique: Clique) -> Factor {
        if let node = model.tree.node(holding: clique) {
            return summed(node, onto: clique, isConditional: false)
        }
        let part = part(holding: clique)
        var factors: [Factor] = []
        for index in part {
            // What is wanted, and what the node shares with its neighbours inside the part.
            var needed = clique.intersection(nodes[index].clique)
            if index != part[0] { needed = needed.union(nodes[index].separator) }
            for child in nodes[index].children where part.contains(child) {
                needed = needed.union(nodes[child].separator)
            }
            factors.append(summed(index, onto: needed, isConditional: index != part[0]))
        }
        let all = Set(factors.flatMap(\.clique.attributes))
        var unwanted = all.subtracting(clique.attributes)
        while let next = cheapest(among: unwanted, in: factors) {
            unwanted.remove(next)
            let touched = factors.filter { $0.clique.contains(next) }
            factors.removeAll { $0.clique.contains(next) }
            factors.append(joined(touched, summing: next))
        }
        return joined(factors, summing: nil)
    }

    /// The nodes that are needed, the highest first.
    private func part(holding clique: Clique) -> [Int] {
        var isNeeded = nodes.map { node in
            clique.attributes.contains {
                node.clique.contains($0) && !node.separator.contains($0)
            }
        }
        for index in nodes.indices.dropFirst().reversed() where isNeeded[index] {
            isNeeded[nodes[index].parent] = true
        }
        var top = 0
        while true {
            let below = nodes[top].children.filter { isNeeded[$0] }
            let here = clique.intersection(nodes[top].clique)
            guard below.count == 1, here.isSubset(of: nodes[below[0]].clique) else { break }
            isNeeded[top] = false
            top = below[0]
        }
        return nodes.indices.filter { isNeeded[$0] }
    }

    /// A node's marginal, or its distribution given its separator, summed down.
    private mutating func summed(_ node: Int, onto clique: Clique, isConditional: Bool) -> Factor {
        let key = Key(node: node, clique: clique, isConditional: isConditional)
        if let table = kept[key] { return table }
        let one = Crew(workers: 1)
        let source = nodes[node].clique
        let projection = Projection(from: source, to: clique, domain: domain)
        var values = projection.reduce(Sum.self, model.beliefs[node], crew: one)
        if isConditional {
            // The separator is inside of what is kept, so that dividing comes after summing.
            let toSeparator = Projection(from: clique, to: nodes[node].separator, domain: domain)
            // The inverse of less than a normal number is infinite, and of no account.
            let inverses = model.separators[node].map {
                $0 >= .leastNormalMagnitude ? 1 / $0 : 0
            }
            toSeparator.spread(Multiplication.self, inverses, onto: &values, crew: one)
        }
        let table = Factor(clique: clique, domain: domain, values: values)
        kept[key] = table
        return table
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

    /// The product of tables, the smallest first, with one attribute summed out in the last step.
    private func joined(_ factors: [Factor], summing attribute: Int?) -> Factor {
        let sorted = factors.sorted { $0.values.count < $1.values.count }
        var product = sorted[0]
        if sorted.count == 1, let attribute {
            let rest = Clique(product.clique.attributes.filter { $0 != attribute })
            return product.projected(onto: rest, domain: domain)
        }
        for (position, factor) in sorted.enumerated().dropFirst() {
            let isLast = position == sorted.count - 1
            product = product.product(
                with: factor, summing: isLast ? attribute : nil, domain: domain)
        }
        return product
    }
}
