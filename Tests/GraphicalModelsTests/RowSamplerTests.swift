// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GraphicalModels

@Suite("Row sampler")
struct RowSamplerTests {
    /// A model of the given marginals, close to them.
    private func model(_ tables: [([Int], [Double])], sizes: [Int], total: Double = 1000) throws
        -> MarkovRandomField
    {
        try Estimation.fit(
            tables.map { LinearMeasurement(clique: Clique($0.0), values: $0.1, variance: 0.01) },
            domain: Domain(sizes: sizes), total: total
        ).model
    }

    private func randomChain(_ sizes: [Int], seed: UInt64) throws -> MarkovRandomField {
        var random = RandomModels(seed)
        let tables = (1..<sizes.count).map { attribute in
            (
                [attribute - 1, attribute],
                (0..<sizes[attribute - 1] * sizes[attribute]).map { _ in
                    100 * random.generator.unit()
                }
            )
        }
        return try model(tables, sizes: sizes)
    }

    private func counts(_ rows: [UInt16], _ rowCount: Int, _ clique: Clique, _ domain: Domain)
        -> [Double]
    {
        var counts = [Double](repeating: 0, count: domain.cellCount(of: clique))
        for row in 0..<rowCount {
            counts[
                clique.attributes.reduce(0) {
                    $0 * domain.sizes[$1] + Int(rows[$1 * rowCount + row])
                }] += 1
        }
        return counts
    }

    @Test("every count of a single attribute is its expectation rounded down or up")
    func rounded() throws {
        let model = try model([([0], [10, 0.5, 333, 56.5, 600])], sizes: [5])
        let expected = model.marginal(Clique([0])).values
        for seed in 0..<40 as Range<UInt64> {
            let sampler = RowSampler(model: model, seed: seed)
            for rowCount in [1, 2, 7, 100, 1000, 4096] {
                let found = counts(
                    sampler.block(3, rowCount: rowCount), rowCount, Clique([0]), model.domain)
                for cell in expected.indices {
                    let expectation = expected[cell] * Double(rowCount) / 1000
                    #expect(abs(found[cell] - expectation) < 1 + 1e-9)
                }
            }
        }
    }

    @Test("counts of every clique stay far nearer to expectation than independent draws would")
    func lowVariance() throws {
        let model = try randomChain([6, 5, 7, 4, 6], seed: 20)
        let rowCount = 50_000
        let rows = RowSampler(model: model, seed: 5).block(0, rowCount: rowCount)
        for clique in model.tree.cliques {
            let found = counts(rows, rowCount, clique, model.domain)
            for (count, mean) in zip(found, model.marginal(clique).values) {
                // At most one row of rounding for the clique itself and, through its separator, one
                // for each clique above it; independent draws differ by forty.
                #expect(abs(count - mean * Double(rowCount) / 1000) < 6)
            }
        }
    }

    @Test("the expected count of every cell is the model's, even in blocks of seven rows")
    func unbiased() throws {
        let model = try randomChain([3, 4, 2], seed: 21)
        let sampler = RowSampler(model: model, seed: 9)
        let blocks = 20_000, rowCount = 7
        for clique in [Clique([0, 1]), Clique([1, 2]), Clique([0, 2])] {
            var sums = [Double](repeating: 0, count: model.domain.cellCount(of: clique))
            for block in 0..<blocks {
                let found = counts(
                    sampler.block(block, rowCount: rowCount), rowCount, clique, model.domain)
                for cell in sums.indices { sums[cell] += found[cell] }
            }
            for (sum, mean) in zip(sums, model.marginal(clique).values) {
                let probability = mean / 1000
                let draws = Double(blocks * rowCount)
                // Six standard deviations of independent draws, which these stay below: a false alarm
                // less than once in 10^7 runs over 26 cells.
                let bound = 6 * (draws * probability * (1 - probability)).squareRoot()
                #expect(abs(sum - draws * probability) < bound)
            }
        }
    }

    @Test("attributes that the model does not connect are independent in the rows")
    func independence() throws {
        let model = try model(
            [
                ([0], [400, 300, 200, 100]), ([1], [250, 250, 500]),
                ([2, 3], [100, 400, 400, 100]),
            ],
            sizes: [4, 3, 2, 2])
        let rowCount = 100_000
        let rows = RowSampler(model: model, seed: 77).block(0, rowCount: rowCount)
        for pair in [[0, 1], [0, 2], [1, 2], [1, 3]] {
            let clique = Clique(pair)
            let found = counts(rows, rowCount, clique, model.domain)
            let statistic = zip(found, model.marginal(clique).values).reduce(0) {
                let mean = $1.1 * Double(rowCount) / 1000
                return $0 + ($1.0 - mean) * ($1.0 - mean) / mean
            }
            // At most six degrees of freedom: above 45 once in 10^7.
            #expect(statistic < 45)
        }
        #expect(counts(rows, rowCount, Clique([2, 3]), model.domain)[1] > 39_000)
    }

    @Test("rows come in no order: halves of a block look alike")
    func shuffled() throws {
        let model = try randomChain([5, 6], seed: 22)
        let rowCount = 40_000
        let rows = RowSampler(model: model, seed: 1).block(0, rowCount: rowCount)
        for attribute in 0..<2 {
            let size = model.domain.sizes[attribute]
            var difference = [Double](repeating: 0, count: size)
            var sums = [Double](repeating: 0, count: size)
            for row in 0..<rowCount {
                let code = Int(rows[attribute * rowCount + row])
                difference[code] += row < rowCount / 2 ? 1 : -1
                sums[code] += 1
            }
            for code in 0..<size {
                // The difference has variance at most the sum: six deviations, once in 10^8.
                #expect(abs(difference[code]) < 6 * sums[code].squareRoot())
            }
        }
    }

    @Test("equal seed, block and size give equal bytes from any thread; anything else does not")
    func reproducible() async throws {
        let model = try randomChain([5, 6, 4], seed: 23)
        let sampler = RowSampler(model: model, seed: 42)
        let forward = (0..<8).map { sampler.block($0, rowCount: 500) }
        let backward = (0..<8).reversed().map { sampler.block($0, rowCount: 500) }
        #expect(forward == backward.reversed())
        let elsewhere = await withTaskGroup(of: (Int, [UInt16]).self) { group in
            for block in 0..<8 {
                group.addTask { (block, sampler.block(block, rowCount: 500)) }
            }
            var blocks = [[UInt16]](repeating: [], count: 8)
            for await (block, rows) in group { blocks[block] = rows }
            return blocks
        }
        #expect(forward == elsewhere)
        #expect(Set(forward).count == 8)
        #expect(sampler.reseeded(43).block(0, rowCount: 500) != forward[0])
        #expect(
            RowSampler(model: model, seed: 43).reseeded(42).block(0, rowCount: 500) == forward[0])
    }

    @Test("no row and one row are blocks too")
    func tiny() throws {
        let model = try randomChain([5, 6], seed: 24)
        let sampler = RowSampler(model: model, seed: 1)
        #expect(sampler.block(0, rowCount: 0).isEmpty)
        let row = sampler.block(0, rowCount: 1)
        #expect(row.count == 2)
        #expect(row[0] < 5 && row[1] < 6)
    }

    @Test("a cell that cannot occur is never drawn, wherever it stands")
    func impossible() throws {
        let domain = Domain(sizes: [4, 3])
        let tree = try JunctionTree(domain: domain, cliques: [Clique([0, 1])])
        let potentials = [
            [-.infinity, -.infinity, -.infinity, 0, -.infinity, 0]
                + [Double](repeating: -.infinity, count: 6)
        ]
        let model = MarkovRandomField(
            tree: tree, tables: potentials, total: 1)
        for seed in 0..<200 as Range<UInt64> {
            let rows = RowSampler(model: model, seed: seed).block(0, rowCount: 10)
            #expect(rows[0..<10].allSatisfy { $0 == 1 })
            #expect(rows[10..<20].count { $0 == 0 } == 5)
            #expect(rows[10..<20].count { $0 == 2 } == 5)
        }
    }

    @Test("attributes of one cell hold code zero beside others")
    func single() throws {
        let model = try model([([0, 1], [100, 200, 700])], sizes: [1, 3, 1])
        let rows = RowSampler(model: model, seed: 1).block(0, rowCount: 1000)
        #expect(rows[0..<1000].allSatisfy { $0 == 0 })
        #expect(rows[2000..<3000].allSatisfy { $0 == 0 })
        #expect(abs(counts(rows, 1000, Clique([1]), model.domain)[2] - 700) < 2)
    }

    @Test("an attribute of ten thousand cells is drawn by expectation, with another one beside it")
    func wide() throws {
        let size = 10_000
        let truth = (0..<size).map { Double($0 % 7) }
        let total = truth.reduce(0, +)
        // The second attribute repeats whether the first is even.
        var pair = [Double](repeating: 0, count: 2 * size)
        for code in 0..<size { pair[2 * code + code % 2] = truth[code] }
        let model = try Estimation.fit(
            [LinearMeasurement(clique: Clique([0, 1]), values: pair, variance: 0.01)],
            domain: Domain(sizes: [size, 2]), total: total
        ).model
        let rowCount = Int(total)
        let rows = RowSampler(model: model, seed: 3).block(0, rowCount: rowCount)
        let found = counts(rows, rowCount, Clique([0]), model.domain)
        #expect(distance(found, truth) < 2)
        let wrong = (0..<rowCount).count { rows[$0] % 2 != rows[rowCount + $0] }
        #expect(wrong * 1000 < rowCount)
    }

    @Test(
        "a clique of several new attributes and many more cells than rows is drawn by expectation")
    func sparse() throws {
        let domain = Domain(sizes: [60, 50, 40, 2])
        let tree = try JunctionTree(
            domain: domain, cliques: [Clique([0, 1, 2]), Clique([0, 1, 3])])
        var random = RandomModels(71)
        let tables = tree.cliques.map { clique in
            (0..<domain.cellCount(of: clique)).map { _ in
                let draw = random.generator.unit()
                return draw < 0.5 ? -.infinity : 4 * draw
            }
        }
        let model = MarkovRandomField(tree: tree, tables: tables, total: 1000)
        let sampler = RowSampler(model: model, seed: 4)
        let rowCount = 2000
        let joint = model.marginal(Clique([0, 1, 2])).values
        for block in 0..<5 {
            let rows = sampler.block(block, rowCount: rowCount)
            for (cell, count) in counts(rows, rowCount, Clique([0, 1, 2]), domain).enumerated()
            where count > 0 {
                // A cell of the root is drawn as often as expected, rounded down or up.
                #expect(abs(count - joint[cell] * Double(rowCount) / 1000) < 1 + 1e-9)
                #expect(joint[cell] > 0)
            }
            let first = counts(rows, rowCount, Clique([0]), domain)
            for (count, mean) in zip(first, model.marginal(Clique([0])).values) {
                #expect(abs(count - mean * Double(rowCount) / 1000) < 1 + 1e-9)
            }
        }
    }

    @Test("roundings of many blocks cancel: their sum stays near to expectation")
    func blocksTogether() throws {
        let model = try model([([0], [10, 0.5, 333, 56.5, 600])], sizes: [5])
        let expected = model.marginal(Clique([0])).values
        let sampler = RowSampler(model: model, seed: 12)
        var sums = [Double](repeating: 0, count: 5)
        for block in 0..<1000 {
            for (cell, count) in counts(
                sampler.block(block, rowCount: 7), 7, Clique([0]), model.domain
            ).enumerated() { sums[cell] += count }
        }
        // Offsets drawn by themselves would be off by 15; successive golden sections by a few.
        for (sum, mean) in zip(sums, expected) { #expect(abs(sum - 7 * mean) < 8) }
    }
}
