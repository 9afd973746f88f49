// SPDX-License-Identifier: Apache-2.0

import GraphicalModels

/// The tree of pairs that have most in common in a model (Chow and Liu 1968): the tree-shaped distribution
/// that is nearest to it.
enum DependenceTree {
    /// The tree's cliques and separators.
    ///
    /// - Parameters:
    ///   - mixture: The model.
    ///   - candidates: Pairs that may be in the tree.
    /// - Returns: Pairs, and attributes that are in none; and each attribute as often as it is in more than
    ///   one pair.
    static func cliques(
        _ mixture: ProductMixture, candidates: [[Int]]
    ) -> (cliques: [[Int]], separators: [[Int]]) {
        cliques(strengths: mixture.mutualInformation(), candidates: candidates)
    }

    /// The tree of pairs that are strongest together.
    ///
    /// - Parameters:
    ///   - information: How much two attributes have in common, for each two of them.
    ///   - candidates: Pairs that may be in the tree.
    /// - Returns: As above.
    static func cliques(
        strengths information: [[Double]], candidates: [[Int]]
    ) -> (cliques: [[Int]], separators: [[Int]]) {
        let count = information.count
        // The most first; equal ones in their order.
        let order = candidates.indices.sorted { one, other in
            let first = information[candidates[one][0]][candidates[one][1]]
            let second = information[candidates[other][0]][candidates[other][1]]
            return first != second ? first > second : one < other
        }
        var forest = SpanningForest(count: count)
        var pairs: [[Int]] = []
        var uses = [Int](repeating: 0, count: count)
        for index in order
        where forest.separates(candidates[index][0], candidates[index][1]) {
            let pair = candidates[index]
            forest.join(pair[0], pair[1])
            pairs.append(pair)
            for attribute in pair { uses[attribute] += 1 }
        }
        let alone = uses.indices.filter { uses[$0] == 0 }.map { [$0] }
        let separators = uses.indices.flatMap { attribute in
            Array(repeating: [attribute], count: max(0, uses[attribute] - 1))
        }
        return (pairs + alone, separators)
    }
}
