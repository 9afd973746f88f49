// SPDX-License-Identifier: Apache-2.0

extension ProductMixture {
    /// How far each pair of attributes is from the product of its columns, in total variation.
    ///
    /// - Returns: By first and second attribute, symmetric, 0 on the diagonal. Complexity: O(components × cells²).
    public func dependence() -> [[Double]] {
        let joint = MatrixProduct.weightedGram(tables, weights.map(Float.init), width: layout.width)
        let marginals = layout.attributes.map { marginal(Clique([$0])).values }
        var distances = [[Double]](
            repeating: [Double](repeating: 0, count: marginals.count), count: marginals.count)
        for first in layout.attributes {
            for second in layout.attributes.dropFirst(first + 1) {
                var sum = 0.0
                for (x, one) in zip(layout.range(first), marginals[first]) {
                    for (y, other) in zip(layout.range(second), marginals[second]) {
                        sum += abs(Double(joint[x * layout.width + y]) - one * other)
                    }
                }
                distances[first][second] = sum / 2
                distances[second][first] = sum / 2
            }
        }
        return distances
    }
}
