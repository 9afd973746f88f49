// SPDX-License-Identifier: Apache-2.0

/// The attributes of a model and how many cells each has.
public struct Domain: Sendable, Hashable {
    /// Cells of each attribute, each at least 1.
    public let sizes: [Int]

    /// Creates a domain.
    ///
    /// - Parameter sizes: Cells of each attribute, each at least 1.
    public init(sizes: [Int]) {
        precondition(sizes.allSatisfy { $0 >= 1 }, "each attribute has a cell")
        self.sizes = sizes
    }

    /// How many cells a table over a clique has.
    ///
    /// - Parameter clique: The clique.
    /// - Returns: The product of its sizes, cut at `Int.max`.
    public func cellCount(of clique: Clique) -> Int {
        var product = 1
        for attribute in clique.attributes {
            let (next, overflow) = product.multipliedReportingOverflow(by: sizes[attribute])
            if overflow { return .max }
            product = next
        }
        return product
    }
}

/// A set of attributes that a table is over.
public struct Clique: Sendable, Hashable, Codable {
    /// The attributes, ascending, each once.
    public let attributes: [Int]

    /// Creates a clique.
    ///
    /// - Parameter attributes: Attribute indices in any order.
    public init(_ attributes: some Sequence<Int>) {
        self.attributes = Set(attributes).sorted()
    }

    /// Whether every attribute of this clique is in another.
    ///
    /// - Parameter other: The other clique.
    /// - Returns: Whether it is a subset.
    public func isSubset(of other: Clique) -> Bool {
        attributes.allSatisfy(other.attributes.contains)
    }

    /// The attributes in both.
    ///
    /// - Parameter other: The other clique.
    /// - Returns: The common clique, empty where there is none.
    public func intersection(_ other: Clique) -> Clique {
        Clique(attributes.filter(other.attributes.contains))
    }
}
