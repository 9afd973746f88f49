// SPDX-License-Identifier: Apache-2.0

/// A distribution over all attributes: a junction tree with the marginals of its cliques.
public struct MarkovRandomField: Sendable {
    /// The structure.
    public let tree: JunctionTree
    /// What every marginal sums to.
    public let total: Double
    /// Log-potentials over the measured cliques, of which the distribution is the normalised product where
    /// nothing is forbidden; a later fit can start from them, whatever its tree.
    public let potentials: [Factor]
    /// The marginal of each node, and of what each node shares with its parent.
    let beliefs: [[Double]]
    let separators: [[Double]]

    /// Cells of each attribute.
    public var domain: Domain { tree.domain }

    init(_ calibrator: Calibrator, total: Double, potentials: [Factor]) {
        tree = calibrator.tree
        self.total = total
        self.potentials = potentials
        beliefs = tree.nodes.indices.map(calibrator.marginal)
        separators = tree.nodes.indices.map(calibrator.separator)
    }

    init(
        tree: JunctionTree, total: Double, potentials: [Factor], beliefs: [[Double]],
        separators: [[Double]]
    ) {
        self.tree = tree
        self.total = total
        self.potentials = potentials
        self.beliefs = beliefs
        self.separators = separators
    }

    /// The distribution of some log-potentials, one table a node of a tree.
    ///
    /// - Parameters:
    ///   - tree: The structure.
    ///   - tables: For each clique of the tree its log-potentials, row-major; −∞ is allowed.
    ///   - total: What every marginal sums to.
    ///   - workers: Threads; 0 for one a processor.
    init(tree: JunctionTree, tables: [[Double]], total: Double, workers: Int = 1) {
        let calibrator = Calibrator(tree: tree, crew: Crew(workers: workers))
        _ = calibrator.run(total: total) { node, table in table = tables[node] }
        self.init(
            calibrator, total: total,
            potentials: zip(tree.cliques, tables).map {
                Factor(clique: $0, domain: tree.domain, values: $1)
            })
    }

    /// The marginal over a clique.
    ///
    /// - Parameter clique: Any attributes.
    /// - Returns: Non-negative counts that sum to `total`. Complexity: O(cells) where one clique of the
    ///   tree holds them all; otherwise variable elimination, exponential in what has to be joined.
    public func marginal(_ clique: Clique) -> Factor {
        var elimination = VariableElimination(model: self)
        return elimination.marginal(clique)
    }

    /// The marginals over many cliques, which share what they have in common.
    ///
    /// - Parameters:
    ///   - cliques: Any attributes.
    ///   - workers: Threads; 0 for one a processor.
    /// - Returns: One table a clique, in order; equal to `marginal` of each.
    public func marginals(_ cliques: [Clique], workers: Int = 0) -> [Factor] {
        let crew = Crew(workers: workers)
        let parts = min(crew.workers, cliques.count)
        guard parts > 1 else {
            var elimination = VariableElimination(model: self)
            return cliques.map { elimination.marginal($0) }
        }
        let results = Results(count: parts)
        crew.perform(parts) { part in
            var elimination = VariableElimination(model: self)
            results.parts[part].tables = stride(from: part, to: cliques.count, by: parts).map {
                elimination.marginal(cliques[$0])
            }
        }
        return cliques.indices.map { results.parts[$0 % parts].tables[$0 / parts] }
    }

    /// What each thread makes.
    private final class Results: Sendable {
        /// Written by the one thread that has this part.
        final class Part: @unchecked Sendable { var tables: [Factor] = [] }
        let parts: [Part]
        init(count: Int) { parts = (0..<count).map { _ in Part() } }
    }

    /// The entropy of one row in nats.
    ///
    /// - Returns: The sum over cliques of their entropy given what they share with their parent.
    ///   Complexity: O(cells of the tree).
    public func entropy() -> Double {
        var sum = 0.0
        for (belief, separator) in zip(beliefs, separators) {
            sum += Self.entropy(belief, total: total) - Self.entropy(separator, total: total)
        }
        return sum
    }

    private static func entropy(_ table: [Double], total: Double) -> Double {
        let shares = table.map { $0 / total }
        return -zip(shares, Numbers.logarithms(shares)).reduce(0) {
            $1.0 > 0 ? $0 + $1.0 * $1.1 : $0
        }
    }
}
