// SPDX-License-Identifier: Apache-2.0

import GraphicalModels

/// A distribution written out over every joint cell: slow and hard to get wrong.
struct Joint {
    let domain: Domain
    /// Row-major over all attributes, the last fastest.
    var values: [Double]

    var everything: Clique { Clique(domain.sizes.indices) }

    init(domain: Domain, _ value: ([Int]) -> Double) {
        self.domain = domain
        values = []
        values = cells(of: everything).map(value)
    }

    /// The codes of every cell of a clique in row-major order.
    func cells(of clique: Clique) -> [[Int]] {
        clique.attributes.reduce([[]]) { rows, attribute in
            rows.flatMap { row in (0..<domain.sizes[attribute]).map { row + [$0] } }
        }
    }

    /// The place of a joint cell in a clique's table.
    func place(of codes: [Int], in clique: Clique) -> Int {
        clique.attributes.reduce(0) { $0 * domain.sizes[$1] + codes[$1] }
    }

    func marginal(_ clique: Clique) -> [Double] {
        var sums = [Double](repeating: 0, count: domain.cellCount(of: clique))
        for (codes, value) in zip(cells(of: everything), values) {
            sums[place(of: codes, in: clique)] += value
        }
        return sums
    }

    func scaled(to total: Double) -> Joint {
        var copy = self
        let sum = values.reduce(0, +)
        copy.values = values.map { $0 * total / sum }
        return copy
    }
}

/// The largest absolute difference; infinite where the shapes differ.
func distance(_ left: [Double], _ right: [Double]) -> Double {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).reduce(0) { worst, pair in
        let gap = abs(pair.0 - pair.1)
        return gap.isNaN ? .infinity : max(worst, gap)
    }
}

/// Small random problems, the same in every run.
struct RandomModels {
    var generator: SeededGenerator

    init(_ seed: UInt64) { generator = SeededGenerator(seed: seed, stream: 0) }

    mutating func domain(attributes: ClosedRange<Int>, sizes: ClosedRange<Int>) -> Domain {
        let count = Int.random(in: attributes, using: &generator)
        return Domain(sizes: (0..<count).map { _ in Int.random(in: sizes, using: &generator) })
    }

    mutating func cliques(in domain: Domain, count: ClosedRange<Int>, width: ClosedRange<Int>)
        -> [Clique]
    {
        (0..<Int.random(in: count, using: &generator)).map { _ in
            let width = Int.random(in: width, using: &generator)
            return Clique(
                domain.sizes.indices.shuffled(using: &generator).prefix(width))
        }
    }

    mutating func joint(over domain: Domain, total: Double) -> Joint {
        let count = domain.sizes.reduce(1, *)
        var draws = (0..<count).map { _ in 0.05 + generator.unit() }
        draws.reverse()
        return Joint(domain: domain) { _ in draws.removeLast() }.scaled(to: total)
    }

    /// Roughly normal: twelve uniform numbers, less six.
    mutating func noise() -> Double { (0..<12).reduce(-6) { sum, _ in sum + generator.unit() } }
}
