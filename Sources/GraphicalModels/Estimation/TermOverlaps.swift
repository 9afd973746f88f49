// SPDX-License-Identifier: Apache-2.0

/// What terms share: attributes that several of them are over.
///
/// A function of shared attributes that is added to one term's parameters and taken from another's leaves
/// the distribution as it is, and the dual bends so little along it that no descent gets far. Both things
/// that this concerns have closed forms, one set of shared attributes at a time, large sets before small
/// ones: noisy tables are reconciled on what they share, and parameters are settled where they
/// cost least.
struct TermOverlaps: Sendable {
    private let overlaps: [[Part]]

    /// A term over the shared attributes and perhaps others.
    private struct Part: Sendable {
        let range: Range<Int>
        let projection: Projection
        /// For each cell of the shared attributes the variance of the term's sum over the others.
        let variances: [Double]
    }

    /// - Parameters:
    ///   - cliques: What each term is over.
    ///   - ranges: Where each term's cells stand.
    ///   - variances: Of all cells.
    ///   - domain: Cells of each attribute.
    init(cliques: [Clique], ranges: [Range<Int>], variances: [Double], domain: Domain) {
        var shared = Set(domain.sizes.indices.map { Clique([$0]) })
        // Every pair of terms: where there are very many, they share single attributes at most.
        for first in cliques.indices where cliques.count <= 1000 {
            for second in cliques[..<first] {
                let both = cliques[first].intersection(second)
                if both.attributes.count > 1 { shared.insert(both) }
            }
        }
        let ordered = shared.sorted {
            let (left, right) = ($0.attributes, $1.attributes)
            if left.count != right.count { return left.count > right.count }
            return left.lexicographicallyPrecedes(right)
        }
        overlaps = ordered.compactMap { clique in
            let holders = cliques.indices.filter { clique.isSubset(of: cliques[$0]) }
            guard holders.count > 1 else { return nil }
            return holders.map { holder in
                let projection = Projection(from: cliques[holder], to: clique, domain: domain)
                let masses = projection.reduce(
                    Sum.self, Array(variances[ranges[holder]]), crew: Crew(workers: 1))
                return Part(range: ranges[holder], projection: projection, variances: masses)
            }
        }
    }

    /// Gives noisy tables the same sums over shared attributes: their mean by inverse variance.
    ///
    /// What a sum changes by is shared out over its cells by their variance. That changes the squared loss of
    /// any distribution by the same constant, so the fit stays what it is.
    ///
    /// - Parameters:
    ///   - values: The noisy counts.
    ///   - variances: Their variances.
    /// - Returns: The constant.
    func reconcile(_ values: inout [Double], variances: [Double]) -> Double {
        var constant = 0.0
        for parts in overlaps {
            let sums = parts.map { sum(values, $0) }
            let cells = parts[0].variances.indices
            var means = [Double](repeating: 0, count: cells.count)
            for cell in cells {
                var weight = 0.0
                for (part, sum) in zip(parts, sums) {
                    means[cell] += sum[cell] / part.variances[cell]
                    weight += 1 / part.variances[cell]
                }
                means[cell] /= weight
            }
            for (part, sum) in zip(parts, sums) {
                var rates = means
                for cell in cells {
                    let change = means[cell] - sum[cell]
                    rates[cell] = change / part.variances[cell]
                    constant += change * rates[cell] / 2
                }
                var shares = Array(variances[part.range])
                part.projection.spread(
                    Multiplication.self, rates, onto: &shares, crew: Crew(workers: 1))
                for (cell, share) in zip(part.range, shares) { values[cell] += share }
            }
        }
        return constant
    }

    /// Moves functions of shared attributes between terms to where the dual is least.
    ///
    /// - Parameters:
    ///   - parameters: Get moved; the distribution stays.
    ///   - values: Reconciled counts.
    ///   - variances: Their variances.
    ///   - strength: The penalty's λ.
    func settle(
        _ parameters: inout [Double], values: [Double], variances: [Double], strength: Double
    ) {
        var slopes = values
        for cell in slopes.indices {
            slopes[cell] -= strength * variances[cell] * parameters[cell]
        }
        for parts in overlaps {
            let pulls = parts.map { sum(slopes, $0) }
            let cells = parts[0].variances.indices
            var means = [Double](repeating: 0, count: cells.count)
            for cell in cells {
                var weight = 0.0
                for (part, pull) in zip(parts, pulls) {
                    means[cell] += pull[cell] / part.variances[cell]
                    weight += 1 / part.variances[cell]
                }
                means[cell] /= weight
            }
            var left = [Double](repeating: 0, count: cells.count)
            for (index, part) in parts.enumerated() {
                var moves = left
                if index < parts.count - 1 {
                    for cell in cells {
                        moves[cell] =
                            (pulls[index][cell] - means[cell]) / (strength * part.variances[cell])
                        left[cell] -= moves[cell]
                    }
                }
                // The last one takes what the others gave, to the last bit: a small strength magnifies
                // the rounding of the means.
                move(part, moves, &parameters, &slopes, variances: variances, strength: strength)
            }
        }
    }

    private func move(
        _ part: Part, _ moves: [Double], _ parameters: inout [Double], _ slopes: inout [Double],
        variances: [Double], strength: Double
    ) {
        var table = [Double](repeating: 0, count: part.range.count)
        part.projection.spread(Assignment.self, moves, onto: &table, crew: Crew(workers: 1))
        for (cell, move) in zip(part.range, table) {
            parameters[cell] += move
            slopes[cell] -= strength * variances[cell] * move
        }
    }

    private func sum(_ values: [Double], _ part: Part) -> [Double] {
        part.projection.reduce(Sum.self, Array(values[part.range]), crew: Crew(workers: 1))
    }
}
