// SPDX-License-Identifier: Apache-2.0

import Curation
public import Privacy

/// Which marginals the rows are to be right in, and how much each of them counts.
///
/// Public: it is declared before any record is read.
public struct Workload: Sendable, Hashable {
    /// A set of columns that counts more, or less.
    public struct Weight: Sendable, Hashable {
        /// Attribute indices, ascending.
        public let attributes: [Int]
        /// The factor, above 0.
        public let factor: Rational

        /// Creates a weight.
        ///
        /// - Parameters:
        ///   - attributes: Attribute indices, ascending.
        ///   - factor: The factor, from 1/1000 to 1000.
        public init(attributes: [Int], factor: Rational) {
            precondition(factor > 0)
            self.attributes = attributes
            self.factor = factor
        }
    }

    /// Marginals of up to so many columns count.
    public let ways: Int
    /// Sets of columns that count otherwise than the rest; all marginals that hold a set are multiplied.
    public let weights: [Weight]
    /// Attributes that somebody will predict.
    public let targets: [Int]
    /// Cliques that are measured and kept in the model whatever it costs.
    public let preserved: [[Int]]

    /// What marginals that hold a target are multiplied with.
    public static let targetFactor = 4

    /// Creates a workload; by default all one-, two- and three-way marginals count alike.
    ///
    /// - Parameters:
    ///   - ways: Marginals of up to so many columns count; from 1 to 3.
    ///   - weights: Sets of columns that count otherwise.
    ///   - targets: Attributes that somebody will predict.
    ///   - preserved: Cliques that must be measured and kept in the model, ascending.
    public init(
        ways: Int = 3, weights: [Weight] = [], targets: [Int] = [], preserved: [[Int]] = []
    ) {
        precondition((1...3).contains(ways))
        self.ways = ways
        self.weights = weights
        self.targets = targets
        self.preserved = preserved
    }

    /// How much a marginal counts, beside 1 for the others: the product of the factors of all named sets
    /// that it holds, and `targetFactor` where it holds a target; from a millionth to a million.
    ///
    /// - Parameter clique: Attribute indices.
    public func weight(of clique: [Int]) -> Double {
        var weight = targets.contains(where: clique.contains) ? Double(Self.targetFactor) : 1
        for named in weights where named.attributes.allSatisfy(clique.contains) {
            weight *= Double(named.factor, rounding: .toNearestOrEven)
        }
        return min(max(weight, 1 / Self.mostWeight), Self.mostWeight)
    }

    /// Products of many factors end here, so that shares of a budget stay whole numbers.
    private static let mostWeight = 1e6

    /// All sets of a number of attributes, in order.
    static func sets(of count: Int, among attributes: Range<Int>) -> [[Int]] {
        guard count > 0 else { return [[]] }
        return attributes.flatMap { first in
            sets(of: count - 1, among: first + 1..<attributes.upperBound).map { [first] + $0 }
        }
    }

    /// The marginals that count: all of exactly `ways` columns, or of all columns where there are fewer; they
    /// hold the smaller ones.
    ///
    /// - Parameter columns: How many columns there are.
    func cliques(columns: Int) -> [[Int]] {
        Self.sets(of: min(ways, columns), among: 0..<columns)
    }

    /// What measuring a clique helps: `Σ_s c_s |r ∩ s|` over the workload's marginals s with their weights
    /// (McKenna, Mullins, Sheldon and Miklau 2022, section 3.3), up to a factor that all share.
    ///
    /// - Parameters:
    ///   - cliques: The cliques r.
    ///   - columns: How many columns there are.
    /// - Returns: One number a clique. Complexity: O(workload + cliques).
    func usefulness(of cliques: [[Int]], columns: Int) -> [Double] {
        // |r ∩ s| is a sum over the attributes of r, each alike where nothing counts more.
        guard !weights.isEmpty || !targets.isEmpty else {
            return cliques.map { Double($0.count) }
        }
        var sums = [Double](repeating: 0, count: columns)
        for marginal in self.cliques(columns: columns) {
            let weight = weight(of: marginal)
            for attribute in marginal { sums[attribute] += weight }
        }
        return cliques.map { clique in clique.reduce(0) { $0 + sums[$1] } }
    }
}
