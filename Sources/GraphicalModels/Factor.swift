// SPDX-License-Identifier: Apache-2.0

/// A table of real numbers over a clique.
public struct Factor: Sendable {
    /// What the table is over.
    public let clique: Clique
    /// Cells of each attribute of the clique.
    public let shape: [Int]
    /// The entries, row-major: the last attribute varies fastest.
    public var values: [Double]

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - clique: What the table is over.
    ///   - domain: Cells of each attribute.
    ///   - values: The entries, row-major.
    public init(clique: Clique, domain: Domain, values: [Double]) {
        precondition(values.count == domain.cellCount(of: clique), "one value a cell")
        self.clique = clique
        shape = clique.attributes.map { domain.sizes[$0] }
        self.values = values
    }

    /// The table over fewer attributes, the others summed out.
    ///
    /// - Parameters:
    ///   - target: A subset of the clique.
    ///   - domain: Cells of each attribute.
    /// - Returns: The sums. Complexity: O(cells).
    public func projected(onto target: Clique, domain: Domain) -> Factor {
        let map = CellMap(from: clique, to: target, domain: domain)
        return Factor(clique: target, domain: domain, values: map.sums(of: values))
    }

    /// The product of two tables over the union of their cliques.
    ///
    /// - Parameters:
    ///   - other: The other table.
    ///   - domain: Cells of each attribute.
    /// - Returns: The product. Complexity: O(cells of the union).
    public func multiplied(by other: Factor, domain: Domain) -> Factor {
        product(with: other, summing: nil, domain: domain)
    }

    /// The product of two tables with one attribute of theirs summed out, without the table in between.
    ///
    /// - Parameters:
    ///   - other: The other table.
    ///   - attribute: An attribute of either table; `nil` sums out nothing.
    ///   - domain: Cells of each attribute.
    /// - Returns: The sums. Complexity: O(cells of the union) time, O(cells of the result) memory.
    func product(with other: Factor, summing attribute: Int?, domain: Domain) -> Factor {
        let union = Clique(clique.attributes + other.clique.attributes)
        let result = Clique(union.attributes.filter { $0 != attribute })
        let sizes = result.attributes.map { domain.sizes[$0] }
        let mine = result.attributes.map { stride(of: $0) }
        let theirs = result.attributes.map { other.stride(of: $0) }
        let depth = attribute.map { domain.sizes[$0] } ?? 1
        let myStep = attribute.map { stride(of: $0) } ?? 0
        let theirStep = attribute.map { other.stride(of: $0) } ?? 0
        var sums = [Double](repeating: 0, count: domain.cellCount(of: result))
        var codes = [Int](repeating: 0, count: sizes.count)
        var myCell = 0
        var theirCell = 0
        for cell in sums.indices {
            var sum = 0.0
            for step in 0..<depth {
                sum += values[myCell + step * myStep] * other.values[theirCell + step * theirStep]
            }
            sums[cell] = sum
            // Count up: the last attribute fastest.
            var position = sizes.count - 1
            while position >= 0 {
                codes[position] += 1
                myCell += mine[position]
                theirCell += theirs[position]
                guard codes[position] == sizes[position] else { break }
                codes[position] = 0
                myCell -= mine[position] * sizes[position]
                theirCell -= theirs[position] * sizes[position]
                position -= 1
            }
        }
        return Factor(clique: result, domain: domain, values: sums)
    }

    /// How far apart neighbouring codes of an attribute are; 0 for one that is not in the table.
    private func stride(of attribute: Int) -> Int {
        guard let position = clique.attributes.firstIndex(of: attribute) else { return 0 }
        return shape[(position + 1)...].reduce(1, *)
    }
}
