// SPDX-License-Identifier: Apache-2.0

/// A refusal of a model.
public enum ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A clique of the tree would have more cells than allowed.
    case tooLarge(attributes: [Int], cells: Int, limit: Int)

    /// One line for a person.
    public var description: String {
        switch self {
        case .tooLarge(let attributes, let cells, let limit):
            "model too large: a clique of \(attributes.count) attributes has \(cells) cells, "
                + "expected at most \(limit); use fewer bins or another method"
        }
    }
}

/// Cliques arranged so that what two of them share is in all between: the running intersection
/// property that makes message passing exact (Lauritzen and Spiegelhalter 1988).
///
/// The tree is rooted at node 0 and nodes come after their parents. Parts that share nothing are
/// joined by an empty separator, so that a forest is a tree too.
public struct JunctionTree: Sendable {
    /// One clique of the tree.
    struct Node: Sendable {
        let clique: Clique
        /// The parent's index; −1 for the root.
        let parent: Int
        /// What is shared with the parent; empty for the root.
        let separator: Clique
        /// From the node's cells to the separator's, and from the parent's cells to the separator's.
        let toSeparator: CellMap
        let parentToSeparator: CellMap?
    }

    /// Cells of each attribute.
    public let domain: Domain
    let nodes: [Node]

    /// The cliques, root first.
    public var cliques: [Clique] { nodes.map(\.clique) }
    /// The separators between each clique but the first and its parent; they may be empty.
    public var separators: [Clique] { nodes.dropFirst().map(\.separator) }
    /// Cells of all cliques together.
    public var cellCount: Int { nodes.reduce(0) { $0 + $1.toSeparator.sourceCount } }

    /// Builds a tree that contains every given clique and every attribute.
    ///
    /// Attributes are eliminated by smallest resulting clique, ties by fewest neighbours and then by
    /// index, so that equal input gives an equal tree; maximal cliques are joined by a maximum
    /// spanning tree on separator size.
    ///
    /// - Parameters:
    ///   - domain: Cells of each attribute.
    ///   - cliques: What the model has to represent.
    ///   - limit: The most cells a clique may have.
    /// - Throws: `ModelError.tooLarge` before anything of that size is allocated.
    public init(domain: Domain, cliques: [Clique], limit: Int = 50_000_000) throws(ModelError) {
        var maximal: [Clique] = []
        for clique in Self.eliminationCliques(domain: domain, cliques: cliques) {
            guard !maximal.contains(where: clique.isSubset(of:)) else { continue }
            let cells = domain.cellCount(of: clique)
            guard cells <= limit else {
                throw .tooLarge(attributes: clique.attributes, cells: cells, limit: limit)
            }
            maximal.append(clique)
        }
        // A domain without attributes has one joint cell, and so does its tree.
        if maximal.isEmpty { maximal = [Clique([])] }
        self.domain = domain
        nodes = Self.arranged(maximal, domain: domain)
    }

    private static func eliminationCliques(domain: Domain, cliques: [Clique]) -> [Clique] {
        var neighbours = domain.sizes.indices.map { Set([$0]) }
        for clique in cliques {
            for attribute in clique.attributes {
                neighbours[attribute].formUnion(clique.attributes)
            }
        }
        var remaining = Set(domain.sizes.indices)
        var result: [Clique] = []
        while !remaining.isEmpty {
            var best = -1
            var bestCost = (Double.infinity, Int.max)
            for attribute in remaining.sorted() {
                let cells = neighbours[attribute].reduce(1.0) { $0 * Double(domain.sizes[$1]) }
                let cost = (cells, neighbours[attribute].count)
                if cost < bestCost {
                    bestCost = cost
                    best = attribute
                }
            }
            let clique = neighbours[best]
            result.append(Clique(clique))
            remaining.remove(best)
            for attribute in clique where attribute != best {
                neighbours[attribute].formUnion(clique)
                neighbours[attribute].remove(best)
            }
        }
        // Larger cliques first, so that a smaller one inside is recognised as such.
        return result.sorted {
            ($1.attributes.count, $0.attributes) < ($0.attributes.count, $1.attributes)
        }
    }

    /// Prim's algorithm on separator size; ties by index.
    private static func arranged(_ cliques: [Clique], domain: Domain) -> [Node] {
        var nodes: [Node] = []
        var placed: [Int] = []
        var rest = Array(cliques.indices)
        while !rest.isEmpty {
            var choice = (child: 0, parent: -1, weight: -1)
            if !placed.isEmpty {
                for (position, candidate) in rest.enumerated() {
                    for (parent, other) in placed.enumerated() {
                        let weight = cliques[candidate].intersection(cliques[other]).attributes
                            .count
                        if weight > choice.weight { choice = (position, parent, weight) }
                    }
                }
            }
            let index = rest.remove(at: choice.child)
            let clique = cliques[index]
            let parent = choice.parent
            let separator = parent < 0 ? Clique([]) : clique.intersection(cliques[placed[parent]])
            nodes.append(
                Node(
                    clique: clique, parent: parent, separator: separator,
                    toSeparator: CellMap(from: clique, to: separator, domain: domain),
                    parentToSeparator: parent < 0
                        ? nil
                        : CellMap(
                            from: cliques[placed[parent]], to: separator, domain: domain)))
            placed.append(index)
        }
        return nodes
    }
}

private func < (left: (Int, [Int]), right: (Int, [Int])) -> Bool {
    left.0 != right.0 ? left.0 < right.0 : left.1.lexicographicallyPrecedes(right.1)
}
