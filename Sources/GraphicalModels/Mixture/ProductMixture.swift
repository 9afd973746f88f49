// SPDX-License-Identifier: Apache-2.0

/// A mixture of products: rows are of one of some kinds, and columns are independent given the kind.
///
/// `p(x) = Σ_k w_k Π_j P_kj(x_j)`. It holds what all pairs of columns have in common without a clique that
/// grows with them, every marginal is a product of matrices, and rows are drawn column by column.
public struct ProductMixture: Sendable {
    /// Cells of each attribute.
    public let domain: Domain
    /// Each component's share of the rows; they sum to 1.
    public let weights: [Double]
    let layout: CellLayout
    /// `P_kj(x)` by component and place of the cell, each attribute's summing to 1.
    let tables: [Float]

    init(domain: Domain, layout: CellLayout, weights: [Double], tables: [Float]) {
        self.domain = domain
        self.layout = layout
        self.weights = weights
        self.tables = tables
    }

    /// How many components there are.
    public var componentCount: Int { weights.count }

    /// An attribute's distribution in one component.
    func distribution(of attribute: Int, in component: Int) -> ArraySlice<Float> {
        let range = layout.range(attribute)
        let start = component * layout.width
        return tables[start + range.lowerBound..<start + range.upperBound]
    }

    /// The distribution of some attributes.
    ///
    /// - Parameter clique: The attributes; the table over them has to fit in memory.
    /// - Returns: Probabilities, row-major. Complexity: O(components × cells of the clique).
    public func marginal(_ clique: Clique) -> Factor {
        var sums = [Double](repeating: 0, count: domain.cellCount(of: clique))
        for component in weights.indices {
            var product = [weights[component]]
            for attribute in clique.attributes {
                let distribution = self.distribution(of: attribute, in: component)
                product = product.flatMap { value in distribution.map { value * Double($0) } }
            }
            Numbers.add(1, product, to: &sums)
        }
        return Factor(clique: clique, domain: domain, values: sums)
    }

    /// The mutual information of each pair of attributes, in nats.
    ///
    /// - Returns: By first and second attribute; 0 on the diagonal. Complexity: O(components × cells²).
    public func mutualInformation() -> [[Double]] {
        let joint = MatrixProduct.weightedGram(tables, weights.map(Float.init), width: layout.width)
        let marginals = layout.attributes.map { marginal(Clique([$0])).values }
        return layout.attributes.map { first in
            layout.attributes.map { second in
                guard first != second else { return 0 }
                var sum = 0.0
                for (x, one) in zip(layout.range(first), marginals[first]) {
                    for (y, other) in zip(layout.range(second), marginals[second]) {
                        let both = Double(joint[x * layout.width + y])
                        if both > 0, one > 0, other > 0 {
                            sum += both * Numbers.log(both / (one * other))
                        }
                    }
                }
                return max(0, sum)
            }
        }
    }
}
