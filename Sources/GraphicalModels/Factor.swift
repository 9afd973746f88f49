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
        var sums = [Double](repeating: 0, count: map.targetCount)
        map.addSums(of: values, into: &sums)
        return Factor(clique: target, domain: domain, values: sums)
    }

    /// The product of two tables over the union of their cliques.
    ///
    /// - Parameters:
    ///   - other: The other table.
    ///   - domain: Cells of each attribute.
    /// - Returns: The product. Complexity: O(cells of the union).
    public func multiplied(by other: Factor, domain: Domain) -> Factor {
        let union = Clique(clique.attributes + other.clique.attributes)
        let mine = CellMap(from: union, to: clique, domain: domain)
        let theirs = CellMap(from: union, to: other.clique, domain: domain)
        var product = [Double](repeating: 0, count: mine.sourceCount)
        for cell in product.indices {
            product[cell] = values[Int(mine.cells[cell])] * other.values[Int(theirs.cells[cell])]
        }
        return Factor(clique: union, domain: domain, values: product)
    }
}

/// For each cell of a clique, the cell of a smaller clique that it falls into.
struct CellMap: Sendable {
    let cells: [Int32]
    let targetCount: Int
    var sourceCount: Int { cells.count }

    /// Builds the map. Complexity: O(cells of the source).
    init(from source: Clique, to target: Clique, domain: Domain) {
        precondition(target.isSubset(of: source), "a projection drops attributes")
        var strides = [Int](repeating: 0, count: source.attributes.count)
        var stride = 1
        for attribute in target.attributes.reversed() {
            if let position = source.attributes.firstIndex(of: attribute) {
                strides[position] = stride
            }
            stride *= domain.sizes[attribute]
        }
        targetCount = stride
        // Grow the map attribute by attribute: each step repeats it with one more offset.
        var cells: [Int32] = [0]
        for (position, attribute) in source.attributes.enumerated() {
            var grown: [Int32] = []
            grown.reserveCapacity(cells.count * domain.sizes[attribute])
            for base in cells {
                for code in 0..<domain.sizes[attribute] {
                    grown.append(base + Int32(code * strides[position]))
                }
            }
            cells = grown
        }
        self.cells = cells
    }

    /// Adds each source entry to its target entry.
    func addSums(of values: [Double], into sums: inout [Double]) {
        precondition(values.count == cells.count)
        for cell in cells.indices { sums[Int(cells[cell])] += values[cell] }
    }
}
