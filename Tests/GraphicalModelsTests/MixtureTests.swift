// SPDX-License-Identifier: Apache-2.0

import CKernels
import Testing

@testable import GraphicalModels

/// A joint distribution of three attributes that a mixture of two products is.
private struct Truth {
    let domain = Domain(sizes: [3, 4, 5])
    let weights = [0.35, 0.65]
    let tables: [[[Double]]] = [
        [[0.8, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4], [0.5, 0.1, 0.1, 0.1, 0.2]],
        [[0.1, 0.3, 0.6], [0.6, 0.2, 0.1, 0.1], [0.05, 0.05, 0.5, 0.2, 0.2]],
    ]

    func marginal(_ attributes: [Int]) -> [Double] {
        var sums = [Double](repeating: 0, count: domain.cellCount(of: Clique(attributes)))
        for (weight, table) in zip(weights, tables) {
            let product = attributes.reduce([weight]) { product, attribute in
                product.flatMap { value in table[attribute].map { value * $0 } }
            }
            for cell in sums.indices { sums[cell] += product[cell] }
        }
        return sums
    }

    func fit(total: Double, sigma: Double, workers: Int = 1, components: Int = 16) -> ProductMixture
    {
        let pairs = [[0, 1], [0, 2], [1, 2]].map { pair in
            LinearMeasurement(
                clique: Clique(pair), values: marginal(pair).map { $0 * total },
                variance: sigma * sigma)
        }
        var options = MixtureEstimation.Options(ratio: total / sigma, cells: 12)
        options.components = components
        options.steps = 400
        options.workers = workers
        return MixtureEstimation.fit(
            pairs: pairs, marginals: (0..<3).map { marginal([$0]) },
            variances: [1, 1, 1].map { $0 * sigma * sigma }, total: total, domain: domain,
            options: options)
    }
}

private func variation(_ one: [Double], _ other: [Double]) -> Double {
    zip(one, other).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
}

@Suite("A mixture of products")
struct MixtureTests {
    @Test("of rows that are kept by chance, a mixture is the joint times the probability to stay")
    func conditioned() throws {
        let model = Truth().fit(total: 1e6, sigma: 1)
        let shares = [0: [0, 1, 0.5], 2: [1, 0, 0, 0.25, 0]]
        var joint = model.marginal(Clique([0, 1, 2])).values
        for cell in joint.indices {
            joint[cell] *= (shares[0]?[cell / 20] ?? 1) * (shares[2]?[cell % 5] ?? 1)
        }
        let expected = joint.reduce(0, +)
        let (kept, share) = try model.weighted(by: shares)
        #expect(abs(share - expected) < 1e-6)
        let found = kept.marginal(Clique([0, 1, 2])).values
        #expect(variation(found, joint.map { $0 / expected }) < 1e-5)
        for (seed, count) in [(1, 1), (2, 7), (3, 4000)] {
            let rows = MixtureSampler(model: kept, seed: UInt64(seed)).block(0, rowCount: count)
            #expect(rows[..<count].allSatisfy { $0 > 0 })
            #expect(rows[(2 * count)...].allSatisfy { $0 == 0 || $0 == 3 })
        }
        #expect(throws: ModelError.impossible) { try model.weighted(by: [1: [0, 0, 0, 0]]) }
        #expect(try model.weighted(by: [:]).share == model.weights.reduce(0, +))
    }

    @Test("follows exact pairs, and the triple that they are of")
    func exact() {
        let truth = Truth()
        let model = truth.fit(total: 1e6, sigma: 1)
        for pair in [[0], [1], [2], [0, 1], [0, 2], [1, 2]] {
            let found = model.marginal(Clique(pair))
            #expect(variation(found.values, truth.marginal(pair)) < 0.003, "\(pair)")
            #expect(abs(found.values.reduce(0, +) - 1) < 1e-5)
        }
        #expect(
            variation(model.marginal(Clique([0, 1, 2])).values, truth.marginal([0, 1, 2])) < 0.02)
        #expect(abs(model.weights.reduce(0, +) - 1) < 1e-9)
    }

    @Test("is the product of columns where noise could explain the pairs")
    func shrunk() {
        let truth = Truth()
        let model = truth.fit(total: 1000, sigma: 2000)
        for pair in [[0, 1], [0, 2], [1, 2]] {
            let product = truth.marginal([pair[0]]).flatMap { one in
                truth.marginal([pair[1]]).map { one * $0 }
            }
            #expect(variation(model.marginal(Clique(pair)).values, product) < 0.02)
        }
        #expect(model.mutualInformation().joined().allSatisfy { $0 < 0.01 })
    }

    @Test("is the same to the bit with any number of threads")
    func threads() {
        let truth = Truth()
        let one = truth.fit(total: 1e4, sigma: 10, workers: 1, components: 50)
        for workers in [2, 5] {
            let other = truth.fit(total: 1e4, sigma: 10, workers: workers, components: 50)
            #expect(one.weights == other.weights && one.tables == other.tables)
        }
    }

    @Test("gives rows that have its marginals to a few rows, and repeats them from the seed")
    func rows() {
        let model = Truth().fit(total: 1e6, sigma: 1)
        let sampler = MixtureSampler(model: model, seed: 5)
        let count = 60_000
        let rows = sampler.block(3, rowCount: count)
        #expect(rows == sampler.block(3, rowCount: count))
        #expect(rows != sampler.block(4, rowCount: count))
        #expect(rows != sampler.reseeded(6).block(3, rowCount: count))
        for pair in [[0], [1], [2], [0, 1], [0, 2], [1, 2]] {
            let expected = model.marginal(Clique(pair)).values
            var found = [Double](repeating: 0, count: expected.count)
            for row in 0..<count {
                let cell = pair.reduce(0) { cell, attribute in
                    cell * model.domain.sizes[attribute] + Int(rows[attribute * count + row])
                }
                found[cell] += 1 / Double(count)
            }
            // One-way: each component rounds by a row. Two-way: nine standard deviations of plain draws.
            let bound = pair.count == 1 ? 17.0 * 5 / Double(count) : 0.02
            #expect(variation(found, expected) < bound, "\(pair)")
        }
    }

    @Test("of one attribute, of constants and of no pairs is what the columns say")
    func small() {
        for sizes in [[4], [1, 1], [1, 3, 1]] {
            let marginals = sizes.map { size -> [Double] in
                let sum = Double(size * (size + 1) / 2)
                return (1...size).map { Double($0) / sum }
            }
            var options = MixtureEstimation.Options(ratio: 100, cells: 5)
            options.components = 3
            let model = MixtureEstimation.fit(
                pairs: [], marginals: marginals, variances: sizes.map { _ in 4 }, total: 1000,
                domain: Domain(sizes: sizes), options: options)
            for attribute in sizes.indices {
                let found = model.marginal(Clique([attribute])).values
                #expect(variation(found, marginals[attribute]) < 0.01)
            }
            let rows = MixtureSampler(model: model, seed: 1).block(0, rowCount: 7)
            #expect(rows.count == 7 * sizes.count)
            for attribute in sizes.indices {
                #expect(
                    rows[attribute * 7..<attribute * 7 + 7].allSatisfy {
                        Int($0) < sizes[attribute]
                    })
            }
        }
    }

    @Test("is finite for contradictory, huge and negative counts")
    func contradictions() {
        let domain = Domain(sizes: [2, 3])
        let clique = Clique([0, 1])
        for values in [[Double](repeating: -1e6, count: 6), [1e12, 0, 0, 0, 0, -1e12]] {
            let pairs = [
                LinearMeasurement(clique: clique, values: values, variance: 1),
                LinearMeasurement(clique: clique, values: values.map { -$0 }, variance: 1e-6),
            ]
            var options = MixtureEstimation.Options(ratio: 1e9, cells: 5)
            options.steps = 50
            let model = MixtureEstimation.fit(
                pairs: pairs, marginals: [[0.5, 0.5], [1, 0, 0]], variances: [1, 1], total: 1,
                domain: domain, options: options)
            let sum = model.marginal(clique).values.reduce(0, +)
            #expect(abs(sum - 1) < 1e-4)
        }
    }
}

@Suite("Products of matrices")
struct MatrixProductTests {
    @Test("are those of three plain loops to the last bit, in either orientation")
    func plain() {
        var generator = SeededGenerator(seed: 1, stream: 1)
        for (rows, columns, terms) in [
            (1, 16, 1), (3, 16, 5), (4, 32, 7), (9, 48, 100), (18, 16, 0),
        ] {
            let a = (0..<max(1, rows * terms)).map { _ in Float(generator.unit() - 0.5) }
            let b = (0..<max(1, terms * columns)).map { _ in Float(generator.unit() - 0.5) }
            for isTransposed in [false, true] {
                let (step, stride) = isTransposed ? (rows, 1) : (1, terms)
                var c = [Float](repeating: 9, count: rows * columns)
                unsafe semblance_product(
                    a, step, stride, b, columns, &c, columns, rows, columns, terms)
                for row in 0..<rows {
                    for column in 0..<columns {
                        var sum: Float = 0
                        for term in 0..<terms {
                            sum += b[term * columns + column] * a[term * step + row * stride]
                        }
                        #expect(c[row * columns + column].bitPattern == sum.bitPattern)
                    }
                }
            }
        }
    }
}
