// SPDX-License-Identifier: Apache-2.0

/// Cliques arranged so that what two of them share is in all between: the running intersection
/// property that makes message passing exact (Lauritzen and Spiegelhalter 1988).
///
/// The tree is rooted at node 0, its largest clique, and nodes come after their parents. Parts that share
/// nothing are joined by an empty separator, so that a forest is a tree too.
public struct JunctionTree: Sendable {
    /// One clique of the tree.
    struct Node: Sendable {
        let clique: Clique
        /// The parent's index; −1 for the root.
        let parent: Int
        /// What is shared with the parent; empty for the root.
        let separator: Clique
        /// From the node's cells to the separator's, and from the parent's cells to the separator's.
        let toSeparator: Projection
        let parentToSeparator: Projection?
        /// Nodes whose parent this is, ascending.
        var children: [Int] = []

        var cellCount: Int { toSeparator.sourceCount }
    }

    /// Cells of each attribute.
    public let domain: Domain
    let nodes: [Node]
    /// Nodes at each distance from the root, which do not depend on each other.
    let levels: [[Int]]

    /// The cliques, root first.
    public var cliques: [Clique] { nodes.map(\.clique) }
    /// The separators between each clique but the first and its parent; they may be empty.
    public var separators: [Clique] { nodes.dropFirst().map(\.separator) }
    /// Cells of all cliques together.
    public var cellCount: Int { nodes.reduce(0) { $0 + $1.cellCount } }

    /// Builds a tree that contains every given clique and every attribute.
    ///
    /// Attributes are eliminated greedily by several costs, and the order that makes the fewest cells is
    /// taken; its maximal cliques are joined by a maximum spanning tree on separator size. Equal input
    /// gives an equal tree, in whatever order the cliques come.
    ///
    /// - Parameters:
    ///   - domain: Cells of each attribute.
    ///   - cliques: What the model has to represent.
    ///   - limit: The most cells a clique may have.
    /// - Throws: `ModelError.tooLarge` before anything of that size is allocated.
    public init(domain: Domain, cliques: [Clique], limit: Int = 50_000_000) throws(ModelError) {
        var graph = InteractionGraph(count: domain.sizes.count)
        for clique in cliques { graph.connect(clique.attributes) }
        let elimination = Elimination.smallest(graph, sizes: domain.sizes)
        var maximal: [(clique: Clique, cells: Int)] = []
        for attribute in elimination.maximal {
            var members: [Int] = []
            elimination.graph.forEachNeighbour(of: attribute) { members.append($0) }
            let clique = Clique(members)
            let cells = domain.cellCount(of: clique)
            guard cells <= limit else {
                throw .tooLarge(attributes: clique.attributes, cells: cells, limit: limit)
            }
            maximal.append((clique, cells))
        }
        // A domain without attributes has one joint cell, and so does its tree.
        if maximal.isEmpty { maximal = [(Clique([]), 1)] }
        maximal.sort {
            if $0.cells != $1.cells { return $0.cells > $1.cells }
            return $0.clique.attributes.lexicographicallyPrecedes($1.clique.attributes)
        }
        self.domain = domain
        nodes = Self.arranged(maximal.map(\.clique), domain: domain)
        var depths: [Int] = []
        var levels: [[Int]] = []
        for (index, node) in nodes.enumerated() {
            let depth = node.parent < 0 ? 0 : depths[node.parent] + 1
            depths.append(depth)
            if depth == levels.count { levels.append([]) }
            levels[depth].append(index)
        }
        self.levels = levels
    }

    /// Prim's algorithm on separator size; ties by index.
    private static func arranged(_ cliques: [Clique], domain: Domain) -> [Node] {
        var nodes: [Node] = []
        // For each clique not yet placed, the node that it shares most with.
        var shared = [Int](repeating: -1, count: cliques.count)
        var parents = [Int](repeating: -1, count: cliques.count)
        var rest = Array(cliques.indices)
        while !rest.isEmpty {
            var position = 0
            for other in rest.indices where shared[rest[other]] > shared[rest[position]] {
                position = other
            }
            let index = rest.remove(at: position)
            let clique = cliques[index]
            let parent = parents[index]
            let separator = parent < 0 ? Clique([]) : clique.intersection(nodes[parent].clique)
            let number = nodes.count
            nodes.append(
                Node(
                    clique: clique, parent: parent, separator: separator,
                    toSeparator: Projection(from: clique, to: separator, domain: domain),
                    parentToSeparator: parent < 0
                        ? nil
                        : Projection(
                            from: nodes[parent].clique, to: separator, domain: domain)))
            if parent >= 0 { nodes[parent].children.append(number) }
            for other in rest {
                let weight = cliques[other].intersection(clique).attributes.count
                if weight > shared[other] {
                    shared[other] = weight
                    parents[other] = number
                }
            }
        }
        return nodes
    }

    /// The smallest node that holds a clique.
    func node(holding clique: Clique) -> Int? {
        nodes.indices.filter { clique.isSubset(of: nodes[$0].clique) }
            .min { nodes[$0].cellCount < nodes[$1].cellCount }
    }
}
