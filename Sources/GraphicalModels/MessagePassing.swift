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
            let map = node.toSeparator
            var tops = [Double](repeating: -.infinity, count: map.targetCount)
            for cell in map.cells.indices {
                let group = Int(map.cells[cell])
                if tables[index][cell] > tops[group] { tops[group] = tables[index][cell] }
            }
            var sums = [Double](repeating: 0, count: map.targetCount)
            for cell in map.cells.indices {
                let group = Int(map.cells[cell])
                let weight = tops[group] == -.infinity ? 1 : exp(tables[index][cell] - tops[group])
                tables[index][cell] = weight
                sums[group] += weight
            }
            for cell in map.cells.indices { tables[index][cell] /= sums[Int(map.cells[cell])] }
            if let parentMap = node.parentToSeparator {
                for group in sums.indices { sums[group] = tops[group] + log(sums[group]) }
                for cell in parentMap.cells.indices {
                    tables[node.parent][cell] += sums[Int(parentMap.cells[cell])]
                }
            }
        }
        return Conditionals(tables: tables)
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
            var shared = [Double](repeating: 0, count: parentMap.targetCount)
            parentMap.addSums(of: tables[node.parent], into: &shared)
            for cell in node.toSeparator.cells.indices {
                tables[index][cell] *= shared[Int(node.toSeparator.cells[cell])]
            }
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
            var least = [Double](repeating: .infinity, count: node.toSeparator.targetCount)
            for cell in node.toSeparator.cells.indices {
                let group = Int(node.toSeparator.cells[cell])
                if tables[index][cell] < least[group] { least[group] = tables[index][cell] }
            }
            if let parentMap = node.parentToSeparator {
                for cell in parentMap.cells.indices {
                    tables[node.parent][cell] += least[Int(parentMap.cells[cell])]
                }
            } else {
                result = least[0]
            }
        }
        return result
    }
}
