// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Exact inference on a junction tree.
///
/// Messages run from the leaves to the root in log space; what is kept of each node is its conditional
/// distribution given its separator, from which marginals follow root first without another
/// logarithm. One exponential a cell.
extension JunctionTree {
    /// A distribution over all attributes, as one conditional table a node.
    struct Conditionals: Sendable {
        /// `p(clique | separator)` for each node, row-major over its clique.
        var tables: [[Double]]
    }

    /// Normalises log-potentials.
    ///
    /// - Parameter potentials: One log-potential a node; −∞ is allowed.
    /// - Returns: Conditional tables; a separator cell that nothing can reach gets the uniform
    ///   conditional, which is never used.
    func conditionals(of potentials: [[Double]]) -> Conditionals {
        var tables = potentials
        for index in nodes.indices.reversed() {
            let node = nodes[index]
            let messages = Self.normalise(&tables[index], groups: node.toSeparator)
            if let parentMap = node.parentToSeparator {
                parentMap.spread(messages, onto: &tables[node.parent])
            }
        }
        return Conditionals(tables: tables)
    }

    /// Turns log-weights into probabilities within each group, and returns the log of each group's sum.
    private static func normalise(_ table: inout [Double], groups: CellMap) -> [Double] {
        precondition(table.count == groups.cells.count)
        var tops = [Double](repeating: -.infinity, count: groups.targetCount)
        for cell in table.indices {
            let group = Int(groups.cells[cell])
            if table[cell] > tops[group] { tops[group] = table[cell] }
        }
        var sums = [Double](repeating: 0, count: groups.targetCount)
        for cell in table.indices {
            let group = Int(groups.cells[cell])
            let weight = tops[group] == -.infinity ? 1 : exp(table[cell] - tops[group])
            table[cell] = weight
            sums[group] += weight
        }
        var scales = sums
        for group in sums.indices {
            scales[group] = 1 / sums[group]
            sums[group] = tops[group] + log(sums[group])
        }
        groups.scale(&table, by: scales)
        return sums
    }

    /// Marginals of all nodes.
    ///
    /// - Parameters:
    ///   - conditionals: A distribution.
    ///   - total: What each marginal sums to.
    /// - Returns: One table a node, consistent on separators.
    func marginals(of conditionals: Conditionals, total: Double) -> [[Double]] {
        var tables = conditionals.tables
        for index in nodes.indices {
            let node = nodes[index]
            guard let parentMap = node.parentToSeparator else {
                for cell in tables[index].indices { tables[index][cell] *= total }
                continue
            }
            node.toSeparator.scale(&tables[index], by: parentMap.sums(of: tables[node.parent]))
        }
        return tables
    }

    /// The least value that a sum of one table entry a node takes over all joint cells (min-sum).
    ///
    /// - Parameter costs: One table a node.
    /// - Returns: The least sum.
    func leastSum(of costs: [[Double]]) -> Double {
        var tables = costs
        var result = 0.0
        for index in nodes.indices.reversed() {
            let node = nodes[index]
            let least = node.toSeparator.minima(of: tables[index])
            if let parentMap = node.parentToSeparator {
                parentMap.spread(least, onto: &tables[node.parent])
            } else {
                result = least[0]
            }
        }
        return result
    }
}
