// SPDX-License-Identifier: Apache-2.0

/// A set of attributes that a table is over.
public struct Clique: Sendable, Hashable, Codable {
    /// The attributes, ascending, each once.
    public let attributes: [Int]

    /// Creates a clique.
    ///
    /// - Parameter attributes: Attribute indices in any order.
    public init(_ attributes: some Sequence<Int>) {
        var sorted = Array(attributes)
        // Mostly they come in order, and a set costs more than everything else here.
        if zip(sorted, sorted.dropFirst()).contains(where: { $0 >= $1 }) {
            sorted = Set(sorted).sorted()
        }
        self.attributes = sorted
    }

    /// Whether an attribute is in the clique.
    ///
    /// - Parameter attribute: The attribute's index.
    /// - Returns: Whether it is. Complexity: O(attributes of the clique).
    public func contains(_ attribute: Int) -> Bool { attributes.contains(attribute) }

    /// Whether every attribute of this clique is in another.
    ///
    /// - Parameter other: The other clique.
    /// - Returns: Whether it is a subset.
    public func isSubset(of other: Clique) -> Bool {
        attributes.count <= other.attributes.count
            && attributes.allSatisfy(other.attributes.contains)
    }

    /// The attributes in both.
    ///
    /// - Parameter other: The other clique.
    /// - Returns: The common clique, empty where there is none.
    public func intersection(_ other: Clique) -> Clique {
        Clique(attributes.filter(other.attributes.contains))
    }

    /// The attributes in either.
    ///
    /// - Parameter other: The other clique.
    /// - Returns: The smallest clique that holds both.
    public func union(_ other: Clique) -> Clique { Clique(attributes + other.attributes) }

    /// The attributes that are not in another clique.
    ///
    /// - Parameter other: The other clique.
    /// - Returns: What is left, perhaps nothing.
    public func subtracting(_ other: Clique) -> Clique {
        Clique(attributes.filter { !other.attributes.contains($0) })
    }
}
