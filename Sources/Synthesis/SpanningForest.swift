// SPDX-License-Identifier: Apache-2.0

/// A growing forest over attributes (Kruskal 1956), which tells the pairs that would close a cycle.
struct SpanningForest {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    /// Whether two attributes are not connected yet.
    func separates(_ first: Int, _ second: Int) -> Bool { root(of: first) != root(of: second) }

    /// Connects two attributes.
    mutating func join(_ first: Int, _ second: Int) { parents[root(of: first)] = root(of: second) }

    private func root(of attribute: Int) -> Int {
        var attribute = attribute
        while parents[attribute] != attribute { attribute = parents[attribute] }
        return attribute
    }
}
