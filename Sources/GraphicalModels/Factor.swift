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
        let projection = Projection(from: clique, to: target, domain: domain)
        return Factor(
            clique: target, domain: domain,
            values: projection.reduce(Sum.self, values, crew: Crew(workers: 1)))
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

    /// How far apart neighbouring codes of an attribute are; 0 for one that is not in the table.
    func stride(of attribute: Int) -> Int {
        guard let position = clique.attributes.firstIndex(of: attribute) else { return 0 }
        return shape[(position + 1)...].reduce(1, *)
    }
}
