// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GraphicalModels

/// Columns of two kinds of records: `strength` says how much the kind decides.
private struct Kinds {
    let columns: Int
    let cells = 6
    let strength: Double

    private func tables(_ column: Int) -> [[Double]] {
        (0..<2).map { kind in
            (0..<cells).map { cell in
                let isHome = ((cell + column) % cells < 3) == (kind == 0)
                return (1 + (isHome ? strength : -strength)) / Double(cells)
            }
        }
    }

    func marginal(_ attributes: [Int]) -> [Double] {
        (0..<2).reduce([]) { sum, kind in
            let product = attributes.reduce([0.5]) { product, attribute in
                product.flatMap { value in tables(attribute)[kind].map { value * $0 } }
            }
            return sum.isEmpty ? product : zip(sum, product).map { $0 + $1 }
        }
    }

    /// Pairs with noise of a standard deviation, of 10,000 records.
    func problem(sigma: Double, seed: UInt64) -> MixtureProblem {
        var generator = SeededGenerator(seed: seed, stream: 0)
        let layout = CellLayout(sizes: Array(repeating: cells, count: columns))
        let pairs = (0..<columns).flatMap { first in
            (first + 1..<columns).map { second in
                LinearMeasurement(
                    clique: Clique([first, second]),
                    values: marginal([first, second]).map {
                        $0 * 10_000 + sigma * generator.normal()
                    }, variance: sigma * sigma)
            }
        }
        return MixtureProblem(
            layout: layout, pairs: pairs, marginals: (0..<columns).map { marginal([$0]) },
            variances: Array(repeating: sigma * sigma, count: columns), total: 10_000, seed: seed)
    }

    func choice(sigma: Double, seed: UInt64 = 1) -> PenaltyChoice {
        PenaltyChoice(
            problem: problem(sigma: sigma, seed: seed), components: 32, usual: 0.35, seed: seed,
            workers: 1)
    }
}

@Suite("The choice of a penalty")
struct PenaltyChoiceTests {
    @Test("is great where pairs are noise, and the usual one where all predict far better")
    func extremes() {
        let noise = Kinds(columns: 20, strength: 0).choice(sigma: 400)
        #expect(noise.best > 0.7, "\(noise.trials)")
        let exact = Kinds(columns: 8, strength: 0.9).choice(sigma: 1)
        #expect(exact.trials.allSatisfy { $0.excess < -1e6 }, "\(exact.trials)")
        #expect(exact.trials.contains { $0.penalty == exact.best })
    }

    @Test("leaves independent columns independent, however many there are")
    func independent() {
        let kinds = Kinds(columns: 30, strength: 0)
        var options = MixtureEstimation.Options(ratio: 25, cells: 180)
        options.workers = 1
        var generator = SeededGenerator(seed: 3, stream: 0)
        let pairs = (0..<30).flatMap { first in
            (first + 1..<30).map { second in
                LinearMeasurement(
                    clique: Clique([first, second]),
                    values: kinds.marginal([first, second]).map {
                        $0 * 10_000 + 400 * generator.normal()
                    }, variance: 160_000)
            }
        }
        let model = MixtureEstimation.fit(
            pairs: pairs, marginals: (0..<30).map { kinds.marginal([$0]) },
            variances: Array(repeating: 1600, count: 30), total: 10_000,
            domain: Domain(sizes: Array(repeating: 6, count: 30)), options: options)
        for pair in [[0, 1], [3, 17], [28, 29]] {
            let found = model.marginal(Clique(pair)).values
            let error = zip(found, kinds.marginal(pair)).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
            #expect(error < 0.01, "\(pair): \(error)")
        }
    }

    @Test("splits pairs in two parts that add up to them and whose noise is as said")
    func thinning() {
        let problem = Kinds(columns: 30, strength: 0.3).problem(sigma: 50, seed: 9)
        let (first, second) = problem.thinned(share: 0.8, seed: 4)
        let width = problem.layout.width
        var squares = 0.0, products = 0.0, count = 0.0
        for x in 0..<width {
            for y in x + 1..<width where problem.precisions[x * width + y] > 0 {
                let place = x * width + y
                let mean = 0.8 * first.targets[place] + 0.2 * second.targets[place]
                #expect(abs(mean - problem.targets[place]) < 1e-6)
                let one = Double(first.targets[place] - problem.targets[place])
                let other = Double(second.targets[place] - problem.targets[place])
                squares += one * one * Double(first.precisions[place])
                products += one * other * Double(problem.precisions[place])
                count += 1
                #expect(first.targets[place] == first.targets[y * width + x])
            }
        }
        // 15,660 cells: five standard deviations are 0.06 of the mean of squares (false alarm 6e-7).
        #expect(abs(squares / count - 0.2) < 0.2 * 0.06)
        #expect(abs(products / count + 1) < 0.06)
    }
}
