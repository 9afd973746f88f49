// SPDX-License-Identifier: Apache-2.0

/// Exact inference on a junction tree, again and again in the same memory.
///
/// Messages run from the leaves to the root in log space, so that potentials of any size and of −∞ work;
/// what is kept of each node is its weights relative to the greatest one of its separator cell, from which
/// marginals follow root first without another logarithm. One exponential a cell (Shafer and Shenoy 1990).
/// Nodes at one distance from the root are worked on by several threads, each node in one order.
final class Calibrator: Sendable {
    let tree: JunctionTree
    let crew: Crew
    private let states: [State]

    /// The tables of one node; only the thread that works on the node touches them.
    private final class State: @unchecked Sendable {
        /// Log-potentials, then relative weights, then marginals.
        var table: [Double]
        /// The sum of the weights for each separator cell.
        var sums: [Double] = []
        /// The logarithm of the true sums, for the parent.
        var message: [Double] = []
        /// The marginal of the separator.
        var separator: [Double] = []

        init(cells: Int) { table = [Double](repeating: 0, count: cells) }
    }

    init(tree: JunctionTree, crew: Crew) {
        self.tree = tree
        self.crew = crew
        states = tree.nodes.map { State(cells: $0.cellCount) }
    }

    /// Computes the marginals of all nodes.
    ///
    /// - Parameters:
    ///   - total: What each marginal sums to.
    ///   - fill: Writes a node's log-potentials over whatever its table holds.
    /// - Returns: The logarithm of the sum of all joint weights; −∞ where nothing is possible, and then
    ///   all marginals are 0.
    func run(total: Double, fill: @Sendable (Int, inout [Double]) -> Void) -> Double {
        forEachNode(tree.levels.reversed()) { [self] index in
            let state = states[index]
            fill(index, &state.table)
            gather(index, state)
            weigh(tree.nodes[index].toSeparator, state)
        }
        forEachNode(tree.levels) { [self] index in
            distribute(index, total: total)
        }
        return states[0].message[0]
    }

    /// The greatest sum of one potential a node over all joint cells (max-sum).
    ///
    /// - Parameter fill: Writes a node's log-potentials over whatever its table holds.
    /// - Returns: The greatest sum. The tables mean nothing afterwards.
    func greatestSum(fill: @Sendable (Int, inout [Double]) -> Void) -> Double {
        forEachNode(tree.levels.reversed()) { [self] index in
            let state = states[index]
            fill(index, &state.table)
            gather(index, state)
            state.message = tree.nodes[index].toSeparator.reduce(
                Maximum.self, state.table, crew: crew)
        }
        return states[0].message[0]
    }

    /// A node's marginal after `run`.
    func marginal(_ index: Int) -> [Double] { states[index].table }

    /// Works on a node's marginal in place.
    func withMarginal<T>(_ index: Int, _ body: ([Double]) -> T) -> T { body(states[index].table) }

    /// The marginal of what a node shares with its parent after `run`; of the root its total.
    func separator(_ index: Int) -> [Double] { states[index].separator }

    private func gather(_ index: Int, _ state: State) {
        for child in tree.nodes[index].children {
            tree.nodes[child].parentToSeparator?.spread(
                Addition.self, states[child].message, onto: &state.table, crew: crew)
        }
    }

    private func weigh(_ toSeparator: Projection, _ state: State) {
        var tops = toSeparator.reduce(Maximum.self, state.table, crew: crew)
        // Where nothing is possible, any finite number keeps −∞ − (−∞) away.
        for cell in tops.indices where tops[cell] == -.infinity { tops[cell] = 0 }
        toSeparator.spread(Subtraction.self, tops, onto: &state.table, crew: crew)
        Numbers.exponentiate(&state.table, crew: crew)
        state.sums = toSeparator.reduce(Sum.self, state.table, crew: crew)
        state.message = Numbers.logarithms(state.sums)
        for cell in tops.indices { state.message[cell] += tops[cell] }
    }

    private func distribute(_ index: Int, total: Double) {
        let node = tree.nodes[index]
        let state = states[index]
        if let fromParent = node.parentToSeparator {
            state.separator = fromParent.reduce(Sum.self, states[node.parent].table, crew: crew)
        } else {
            state.separator = [state.sums[0] > 0 ? total : 0]
        }
        var scales = state.separator
        for cell in scales.indices {
            scales[cell] = state.sums[cell] > 0 ? scales[cell] / state.sums[cell] : 0
        }
        node.toSeparator.spread(Multiplication.self, scales, onto: &state.table, crew: crew)
    }

    /// Nodes of a level together where they are worth it.
    private func forEachNode(_ levels: [[Int]], _ body: @Sendable (Int) -> Void) {
        for level in levels {
            let cells = level.reduce(0) { $0 + tree.nodes[$1].cellCount }
            if cells >= Projection.largeTable / 4 {
                crew.perform(level.count) { body(level[$0]) }
            } else {
                for index in level { body(index) }
            }
        }
    }
}
