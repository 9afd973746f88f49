// SPDX-License-Identifier: Apache-2.0

/// Parameters near the optimum, straight from the measurements.
struct StartingPoint {
    let terms: MeasuredTerms
    let domain: Domain
    let total: Double

    /// Points worth trying: independent attributes, and the associations that were measured on top.
    func candidates() -> [[Double]] {
        let shares = oneWayShares()
        let independent = independentParameters(shares)
        return [independent, associated(independent, shares)]
    }

    /// The parameters of an earlier model where it measured the same, or part of the same.
    func warm(_ earlier: MarkovRandomField) -> [Double] {
        var result = [Double](repeating: 0, count: terms.values.count)
        for potential in earlier.potentials {
            let home =
                terms.terms.first { $0.clique == potential.clique }
                ?? terms.terms.first { potential.clique.isSubset(of: $0.clique) }
            guard let home else { continue }
            let projection = Projection(from: home.clique, to: potential.clique, domain: domain)
            guard projection.targetCount == potential.values.count else { continue }
            var table = Array(result[home.range])
            projection.spread(
                Addition.self, potential.values, onto: &table, crew: Crew(workers: 1))
            result.replaceSubrange(home.range, with: table)
        }
        return result
    }

    private struct Shares {
        var values: [Double]
        /// The term that carries the attribute's own parameters.
        let term: Int
    }

    /// For each measured attribute its density, from the term with the least noise.
    private func oneWayShares() -> [Int: Shares] {
        var result: [Int: Shares] = [:]
        for attribute in domain.sizes.indices {
            var best: (term: Int, noise: Double)?
            for (index, term) in terms.terms.enumerated() where term.clique.contains(attribute) {
                let noise = terms.variances[term.range].reduce(0, +)
                if noise < best?.noise ?? .infinity { best = (index, noise) }
            }
            guard let best else { continue }
            let term = terms.terms[best.term]
            let one = Clique([attribute])
            let projection = Projection(from: term.clique, to: one, domain: domain)
            let crew = Crew(workers: 1)
            let sums = projection.reduce(Sum.self, Array(terms.values[term.range]), crew: crew)
            let noise = projection.reduce(Sum.self, Array(terms.variances[term.range]), crew: crew)
            var shares = zip(sums, noise).map { max($0, min(0.3 * $1.squareRoot(), total)) }
            let sum = shares.reduce(0, +)
            for cell in shares.indices { shares[cell] /= sum }
            result[attribute] = Shares(values: shares, term: best.term)
        }
        return result
    }

    private func independentParameters(_ shares: [Int: Shares]) -> [Double] {
        var result = [Double](repeating: 0, count: terms.values.count)
        for (attribute, shares) in shares.sorted(by: { $0.key < $1.key }) {
            let term = terms.terms[shares.term]
            add(Numbers.logarithms(shares.values), of: Clique([attribute]), to: term, &result)
        }
        return result
    }

    /// Adds to each largest term the logarithm of what it measured beyond independence, shrunk where noise
    /// outweighs it.
    private func associated(_ independent: [Double], _ shares: [Int: Shares]) -> [Double] {
        var result = independent
        for (index, term) in terms.terms.enumerated() where term.clique.attributes.count > 1 {
            let isLargest = !terms.terms.enumerated().contains {
                $0 != index && term.clique.isSubset(of: $1.clique)
            }
            guard isLargest else { continue }
            var expected = [Double](repeating: 0, count: term.range.count)
            for attribute in term.clique.attributes {
                guard let own = shares[attribute] else { continue }
                Projection(from: term.clique, to: Clique([attribute]), domain: domain).spread(
                    Addition.self, Numbers.logarithms(own.values), onto: &expected,
                    crew: Crew(workers: 1))
            }
            var gains = Numbers.exponentials(expected)
            for (cell, place) in term.range.enumerated() {
                let mean = max(total * gains[cell], 1e-30)
                let size = max(mean, terms.values[place])
                let trust = size * size / (size * size + terms.variances[place])
                let fitted = mean + trust * (terms.values[place] - mean)
                gains[cell] = max(fitted, 0.05 * mean) / mean
            }
            for (place, gain) in zip(term.range, Numbers.logarithms(gains)) {
                result[place] += gain
            }
        }
        return result
    }

    private func add(
        _ values: [Double], of clique: Clique, to term: MeasuredTerms.Term, _ vector: inout [Double]
    ) {
        var table = Array(vector[term.range])
        Projection(from: term.clique, to: clique, domain: domain).spread(
            Addition.self, values, onto: &table, crew: Crew(workers: 1))
        vector.replaceSubrange(term.range, with: table)
    }
}
