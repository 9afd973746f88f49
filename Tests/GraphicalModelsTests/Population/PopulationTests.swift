// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GraphicalModels

/// A distribution of four attributes with a term for each pair of cells, and none for three.
private struct Truth {
    let domain = Domain(sizes: [3, 4, 2, 5])
    let cells: [Double]

    init() {
        var generator = SeededGenerator(seed: 9, stream: 3)
        var values = [Double](repeating: 0, count: 120)
        for (i, j) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
            let terms = (0..<25).map { _ in generator.unit() * 4 - 2 }
            for cell in 0..<120 {
                let codes = Self.codes(cell, [3, 4, 2, 5])
                values[cell] += terms[codes[i] * 5 + codes[j]]
            }
        }
        let powers = Numbers.exponentials(values)
        let sum = powers.reduce(0, +)
        cells = powers.map { $0 / sum }
    }

    static func codes(_ cell: Int, _ sizes: [Int]) -> [Int] {
        var rest = cell
        return sizes.reversed().map { size in
            defer { rest /= size }
            return rest % size
        }.reversed()
    }

    func marginal(_ attributes: [Int]) -> [Double] {
        var sums = [Double](repeating: 0, count: domain.cellCount(of: Clique(attributes)))
        for (cell, value) in cells.enumerated() {
            let codes = Self.codes(cell, domain.sizes)
            sums[attributes.reduce(0) { $0 * domain.sizes[$1] + codes[$1] }] += value
        }
        return sums
    }

    static let pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]

    func mixture() -> ProductMixture {
        var options = MixtureEstimation.Options(ratio: 1e6, cells: 14)
        options.components = 40
        options.steps = 600
        return MixtureEstimation.fit(
            pairs: Self.pairs.map {
                LinearMeasurement(
                    clique: Clique($0), values: marginal($0).map { $0 * 1e6 }, variance: 1)
            },
            marginals: (0..<4).map { marginal([$0]) }, variances: [1, 1, 1, 1], total: 1e6,
            domain: domain, options: options)
    }
}

private func shares(_ rows: [UInt16], _ count: Int, _ clique: [Int], _ sizes: [Int]) -> [Double] {
    var shares = [Double](repeating: 0, count: clique.reduce(1) { $0 * sizes[$1] })
    for row in 0..<count {
        let cell = clique.reduce(0) { $0 * sizes[$1] + Int(rows[$1 * count + row]) }
        shares[cell] += 1 / Double(count)
    }
    return shares
}

private func variation(_ one: [Double], _ other: [Double]) -> Double {
    zip(one, other).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
}

/// Invented rows of a mixture of two products.
private func invented(_ sizes: [Int], components: Int = 4) -> ProductMixture {
    var options = MixtureEstimation.Options(ratio: 100, cells: sizes.reduce(0, +))
    options.components = components
    options.steps = 100
    return MixtureEstimation.fit(
        pairs: [],
        marginals: sizes.map { size in
            (1...size).map { Double($0) / Double(size * (size + 1) / 2) }
        },
        variances: sizes.map { _ in 4 }, total: 1000, domain: Domain(sizes: sizes),
        options: options)
}

@Suite("A population of rows")
struct PopulationTests {
    @Test("has the mixture's pairs nearly to the row, and triples that only pairs decide")
    func accuracy() {
        let truth = Truth()
        let mixture = truth.mixture()
        let field = PairwiseEstimation.fit(
            mixture, options: .init(records: 1e6, domain: mixture.domain))
        let count = 20_000
        let plain = MixtureSampler(model: mixture, seed: 1).block(0, rowCount: count)
        let sampler = PopulationSampler(field: field, seed: 1)
        let sizes = truth.domain.sizes
        let rows = sampler.block(0, rowCount: count)
        for pair in Truth.pairs {
            // A row too many or too few in a cell.
            let wanted = mixture.marginal(Clique(pair)).values
            #expect(
                variation(shares(rows, count, pair, sizes), wanted)
                    < 0.5 * Double(wanted.count) / Double(count))
        }
        func triples(_ rows: [UInt16]) -> Double {
            [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]].reduce(0) {
                $0 + variation(shares(rows, count, $1, sizes), truth.marginal($1)) / 4
            }
        }
        let (found, before) = (triples(rows), triples(plain))
        #expect(found < 0.02, "\(found)")
        #expect(found < 0.5 * before, "\(found), \(before)")
    }

    @Test("of a large table has the same pairs and triples, from a pool")
    func pooled() {
        let truth = Truth()
        let field = PairwiseEstimation.fit(
            truth.mixture(), options: .init(records: 1e6, domain: truth.domain))
        let sampler = PopulationSampler(field: field, seed: 1)
        let most = PopulationSampler.mostRefined
        let count = 65_536
        let rows = sampler.block(6, rowCount: count, tableRows: most + 1)
        let sizes = truth.domain.sizes
        for clique in Truth.pairs + [[0, 1, 3], [1, 2, 3]] {
            let distance = variation(
                shares(rows, count, clique, sizes), truth.marginal(clique))
            #expect(distance < 0.03, "\(clique): \(distance)")
        }
        #expect(rows == sampler.block(6, rowCount: count, tableRows: 1 << 40))
        let again = PopulationSampler(field: field, seed: 3, workers: 1).reseeded(1)
        #expect(rows == again.block(6, rowCount: count, tableRows: most + 1))
        for other in [
            sampler.block(2, rowCount: count, tableRows: most + 1),
            sampler.reseeded(2).block(6, rowCount: count, tableRows: most + 1),
            sampler.block(6, rowCount: count, tableRows: most),
        ] {
            #expect(rows != other)
        }
    }

    @Test("is the same to the bit with any number of threads, whenever a block is asked for")
    func threads() async {
        let mixture = Truth().mixture()
        var options = PairwiseEstimation.Options(records: 3000, domain: mixture.domain)
        options.workers = 1
        let one = PairwiseEstimation.fit(mixture, options: options)
        options.workers = 5
        let other = PairwiseEstimation.fit(mixture, options: options)
        #expect(one.terms.values == other.terms.values)
        let sampler = PopulationSampler(field: one, seed: 7, workers: 1)
        let expected = (0..<4).map { sampler.block($0, rowCount: 1000) }
        let crowd = PopulationSampler(field: other, seed: 7, workers: 3)
        await withTaskGroup(of: (Int, [UInt16]).self) { group in
            for block in (0..<4).reversed() {
                group.addTask { (block, crowd.block(block, rowCount: 1000)) }
            }
            for await (block, rows) in group { #expect(rows == expected[block]) }
        }
        #expect(Set(expected).count == 4)
        #expect(sampler.reseeded(8).block(0, rowCount: 1000) != expected[0])
    }

    @Test("may have no row, one row, one column, constants or one cell with all the mass")
    func small() {
        for sizes in [[1], [4], [1, 1, 1], [1, 3, 1], [2, 1, 3], [9, 17]] {
            let mixture = invented(sizes)
            let field = PairwiseEstimation.fit(
                mixture, options: .init(records: 50, domain: mixture.domain))
            let sampler = PopulationSampler(field: field, seed: 1)
            for count in [0, 1, 2, 300] {
                for table in [0, 1 << 30] {
                    let rows = sampler.block(1, rowCount: count, tableRows: table)
                    #expect(rows.count == count * sizes.count)
                    for (attribute, size) in sizes.enumerated() {
                        #expect(
                            rows[attribute * count..<(attribute + 1) * count]
                                .allSatisfy { Int($0) < size })
                    }
                }
            }
        }
        let certain = ProductMixture(
            domain: Domain(sizes: [2, 3]), layout: CellLayout(sizes: [2, 3]), weights: [1],
            tables: [0, 1, 1, 0, 0] + [Float](repeating: 0, count: 11))
        let field = PairwiseEstimation.fit(
            certain, options: .init(records: 1e5, domain: certain.domain))
        let rows = PopulationSampler(field: field, seed: 1).block(0, rowCount: 500)
        #expect(rows == Array(repeating: 1, count: 500) + Array(repeating: 0, count: 500))
    }

    @Test("of more cells than a field holds is the mixture's")
    func wide() {
        let layout = CellLayout(sizes: [4000, 4000])
        let mixture = ProductMixture(
            domain: Domain(sizes: [4000, 4000]), layout: layout, weights: [1],
            tables: layout.joined([4000, 4000].map { Array(repeating: 1 / $0, count: Int($0)) }))
        let field = PairwiseEstimation.fit(
            mixture, options: .init(records: 1e5, domain: mixture.domain))
        #expect(
            PopulationSampler(field: field, seed: 4).block(0, rowCount: 100)
                == MixtureSampler(model: mixture, seed: 4).block(0, rowCount: 100))
    }
}
