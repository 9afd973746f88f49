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
