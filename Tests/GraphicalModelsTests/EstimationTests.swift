// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import GraphicalModels

@Suite("Estimation")
struct EstimationTests {
    private func exact(_ joint: Joint, _ cliques: [Clique], variance: Double = 1)
        -> [LinearMeasurement]
    {
        cliques.map {
            LinearMeasurement(clique: $0, values: joint.marginal($0), variance: variance)
        }
    }

    @Test("marginals measured without noise are recovered")
    func recovers() throws {
        var random = RandomModels(10)
        for _ in 0..<30 {
            let domain = random.domain(attributes: 2...5, sizes: 1...4)
            let cliques = random.cliques(in: domain, count: 1...5, width: 1...2)
            let joint = random.joint(over: domain, total: 10_000)
            let (model, report) = try Estimation.fit(
                exact(joint, cliques), domain: domain, total: 10_000, tolerance: 1e-6)
            #expect(report.converged)
            for clique in cliques {
                #expect(distance(model.marginal(clique).values, joint.marginal(clique)) < 0.1)
            }
        }
    }

    @Test("a ring of measurements, which no tree of pairs holds, is recovered too")
    func ring() throws {
        var random = RandomModels(11)
        let joint = random.joint(over: Domain(sizes: [3, 2, 4, 2]), total: 1000)
        let ring = [[0, 1], [1, 2], [2, 3], [0, 3]].map { Clique($0) }
        let (model, report) = try Estimation.fit(
            exact(joint, ring), domain: joint.domain, total: 1000, tolerance: 1e-7)
        #expect(report.converged)
        for clique in ring {
            #expect(distance(model.marginal(clique).values, joint.marginal(clique)) < 0.05)
        }
    }

    @Test("two measurements of one attribute are averaged by the inverse of their variances")
    func weighs() throws {
        let clique = Clique([0])
        let (model, report) = try Estimation.fit(
            [
                LinearMeasurement(clique: clique, values: [100, 300, 600], variance: 4),
                LinearMeasurement(clique: clique, values: [200, 250, 550], variance: 12),
            ], domain: Domain(sizes: [3]), total: 1000, tolerance: 1e-8)
        #expect(report.converged)
        #expect(distance(model.marginal(clique).values, [125, 287.5, 587.5]) < 0.01)
        // What remains is the disagreement of the two: Σ difference² / (2 · (4 + 12)).
        #expect(abs(report.loss - (100 * 100 + 50 * 50 + 50 * 50) / 32) < 0.001)
    }

    @Test("a cell with more variance takes more of what the total demands")
    func cellVariances() throws {
        let clique = Clique([0])
        let (model, _) = try Estimation.fit(
            [LinearMeasurement(clique: clique, values: [100, 200, 300], variances: [1, 2, 7])],
            domain: Domain(sizes: [3]), total: 700, tolerance: 1e-8)
        #expect(distance(model.marginal(clique).values, [110, 220, 370]) < 0.01)
    }

    @Test("a table with negative counts ends at its projection onto the simplex")
    func simplex() throws {
        let clique = Clique([0])
        let (model, report) = try Estimation.fit(
            [LinearMeasurement(clique: clique, values: [60, -30, 50, 3, -2], variance: 9)],
            domain: Domain(sizes: [5]), total: 100, tolerance: 1e-7)
        // Keep the largest cells y − τ above 0: 60 + 50 − 2τ = 100 gives τ = 5, above all others.
        #expect(report.converged)
        #expect(distance(model.marginal(clique).values, [55, 0, 45, 0, 0]) < 0.05)
    }

    @Test("measurements that contradict each other reach the least-squares optimum")
    func leastSquares() throws {
        var random = RandomModels(12)
        for _ in 0..<12 {
            let domain = random.domain(attributes: 2...4, sizes: 1...3)
            let cliques = random.cliques(in: domain, count: 2...5, width: 1...2)
            let joint = random.joint(over: domain, total: 300)
            var measurements: [LinearMeasurement] = []
            for clique in cliques {
                let spread = 1 + 5 * random.generator.unit()
                measurements.append(
                    LinearMeasurement(
                        clique: clique,
                        values: joint.marginal(clique).map { $0 + spread * random.noise() },
                        variance: spread * spread))
            }
            let (_, report) = try Estimation.fit(
                measurements, domain: domain, total: 300, tolerance: 1e-4)
            let best = Self.leastLoss(measurements, domain: domain, total: 300)
            let cells = Double(measurements.reduce(0) { $0 + $1.values.count })
            #expect(report.converged)
            #expect(report.loss <= best + 1e-3 * cells)
            // The gap promises how far the optimum can be; the optimum must be inside.
            #expect(report.loss - best <= report.gap + 1e-6 * cells)
        }
    }

    /// Exponentiated gradient over every joint cell, run far too long: the reference.
    private static func leastLoss(
        _ measurements: [LinearMeasurement], domain: Domain, total: Double
    ) -> Double {
        var joint = Joint(domain: domain) { _ in 1 }.scaled(to: total)
        let maps = measurements.map { measurement in
            joint.cells(of: joint.everything).map { joint.place(of: $0, in: measurement.clique) }
        }
        let steepest = measurements.reduce(0) { $0 + 1 / ($1.variances.min() ?? 1) }
        var loss = Double.infinity
        for _ in 0..<4000 {
            loss = 0
            var gradient = [Double](repeating: 0, count: joint.values.count)
            for (measurement, map) in zip(measurements, maps) {
                var residual = measurement.values.map { -$0 }
                for (cell, value) in zip(map, joint.values) { residual[cell] += value }
                for cell in residual.indices {
                    loss += residual[cell] * residual[cell] / measurement.variances[cell] / 2
                    residual[cell] /= measurement.variances[cell]
                }
                for (place, cell) in map.enumerated() { gradient[place] += residual[cell] }
            }
            let least = gradient.min() ?? 0
            for place in gradient.indices {
                // Safe at this step: the loss is (total · steepest)-smooth in the entropy's geometry.
                joint.values[place] *= exp(-(gradient[place] - least) / (total * steepest))
            }
            joint = joint.scaled(to: total)
        }
        return loss
    }

    @Test("it stops by the tolerance: a tighter one takes more steps and leaves a smaller gap")
    func tolerance() throws {
        var random = RandomModels(13)
        let joint = random.joint(over: Domain(sizes: [6, 5, 4]), total: 400)
        let measurements = [[0, 1], [1, 2], [0]].map { attributes in
            LinearMeasurement(
                clique: Clique(attributes),
                values: joint.marginal(Clique(attributes)).map { $0 + 10 * random.noise() },
                variance: 100)
        }
        var earlier = (iterations: 0, gap: Double.infinity)
        for tolerance in [1.0, 1e-2, 1e-4, 1e-6] {
            let (_, report) = try Estimation.fit(
                measurements, domain: joint.domain, total: 400, tolerance: tolerance,
                maximumIterations: 100_000)
            #expect(report.converged)
            #expect(report.iterations < 100_000)
            #expect(report.iterations >= earlier.iterations)
            #expect(report.gap <= earlier.gap)
            #expect(report.gap >= -1e-6)
            earlier = (report.iterations, report.gap)
        }
        let (_, cut) = try Estimation.fit(
            measurements, domain: joint.domain, total: 400, tolerance: 1e-6, maximumIterations: 3)
        #expect(!cut.converged)
        #expect(cut.iterations == 3)
    }

    @Test("every marginal sums to the total, however large or small", arguments: [0.5, 30, 4e7])
    func totals(total: Double) throws {
        var random = RandomModels(14)
        let joint = random.joint(over: Domain(sizes: [4, 3, 2]), total: total)
        let cliques = [[0, 1], [1, 2]].map { Clique($0) }
        let (model, report) = try Estimation.fit(
            exact(joint, cliques, variance: 25), domain: joint.domain, total: total)
        #expect(model.total == total)
        #expect(report.converged)
        for clique in cliques + [Clique([0, 2]), Clique([1])] {
            let sum = model.marginal(clique).values.reduce(0, +)
            #expect(abs(sum - total) <= 1e-9 * total)
        }
    }

    @Test("a total that noise has pushed to zero or below still gives a distribution")
    func noTotal() throws {
        for total in [0.0, -12] {
            let (model, _) = try Estimation.fit(
                [LinearMeasurement(clique: Clique([0]), values: [-3, 2], variance: 4)],
                domain: Domain(sizes: [2, 2]), total: total)
            let marginal = model.marginal(Clique([0])).values
            #expect(model.total > 0)
            #expect(marginal.allSatisfy { $0 >= 0 && $0.isFinite })
            #expect(abs(marginal.reduce(0, +) - model.total) <= 1e-9 * model.total)
        }
    }

    @Test("without measurements every cell is equally likely")
    func uniform() throws {
        let (model, report) = try Estimation.fit(
            [], domain: Domain(sizes: [2, 3]), total: 60)
        #expect(report.converged)
        #expect(distance(model.marginal(Clique([0, 1])).values, [10, 10, 10, 10, 10, 10]) < 1e-9)
    }

    @Test("a clique asked for but not measured is held and stays without association")
    func structure() throws {
        let domain = Domain(sizes: [2, 2])
        let (model, _) = try Estimation.fit(
            [
                LinearMeasurement(clique: Clique([0]), values: [20, 80], variance: 1),
                LinearMeasurement(clique: Clique([1]), values: [50, 50], variance: 1),
            ], domain: domain, total: 100, structure: [Clique([0, 1])], tolerance: 1e-8)
        #expect(model.tree.cliques == [Clique([0, 1])])
        #expect(distance(model.marginal(Clique([0, 1])).values, [10, 10, 40, 40]) < 0.01)
    }

    @Test("attributes of one cell and of ten thousand are fitted together")
    func extremes() throws {
        var random = RandomModels(15)
        let truth = (0..<10_000).map { Double($0 % 100) }
        let total = truth.reduce(0, +)
        let noisy = truth.map { $0 + 20 * random.noise() }
        let (model, report) = try Estimation.fit(
            [
                LinearMeasurement(clique: Clique([1]), values: noisy, variance: 400),
                LinearMeasurement(clique: Clique([0, 1]), values: noisy, variance: 400),
                LinearMeasurement(clique: Clique([0]), values: [total], variance: 400),
            ], domain: Domain(sizes: [1, 10_000, 1]), total: total)
        #expect(report.converged)
        // Projecting onto the simplex brings noisy counts nearer to the truth, never further away.
        let fitted = model.marginal(Clique([1])).values
        let before = zip(noisy, truth).reduce(0) { $0 + abs($1.0 - $1.1) }
        let after = zip(fitted, truth).reduce(0) { $0 + abs($1.0 - $1.1) }
        #expect(after < before)
    }

    @Test("equal input gives a bit-identical model")
    func deterministic() throws {
        var random = RandomModels(16)
        let joint = random.joint(over: Domain(sizes: [5, 4, 3]), total: 200)
        let measurements = [[0, 1], [1, 2]].map { attributes in
            LinearMeasurement(
                clique: Clique(attributes),
                values: joint.marginal(Clique(attributes)).map { $0 + 5 * random.noise() },
                variance: 25)
        }
        let runs = try (0..<2).map { _ in
            try Estimation.fit(measurements, domain: joint.domain, total: 200)
        }
        #expect(runs[0].report == runs[1].report)
        for clique in runs[0].model.tree.cliques {
            #expect(runs[0].model.marginal(clique).values == runs[1].model.marginal(clique).values)
        }
    }

    @Test(
        "threads change nothing, to the last bit, even where tables are large enough to be shared")
    func workers() throws {
        var random = RandomModels(17)
        let domain = Domain(sizes: [40, 60, 70, 3])
        let measurements = [[0, 1], [1, 2], [0, 2], [2, 3]].map { attributes in
            let clique = Clique(attributes)
            return LinearMeasurement(
                clique: clique,
                values: (0..<domain.cellCount(of: clique)).map { _ in 10 * random.generator.unit()
                },
                variance: 4)
        }
        let runs = try [1, 2, 5].map { workers in
            try Estimation.fit(
                measurements, domain: domain, total: 20_000, maximumIterations: 4, workers: workers)
        }
        #expect(runs[0].model.tree.cellCount > 1 << 17)
        for run in runs.dropFirst() {
            #expect(run.report == runs[0].report)
            #expect(run.model.beliefs == runs[0].model.beliefs)
        }
    }

    @Test("forbidden cells stay empty, whatever was measured in them")
    func structuralZeros() throws {
        var random = RandomModels(18)
        let domain = Domain(sizes: [3, 4, 2])
        for _ in 0..<10 {
            let joint = random.joint(over: domain, total: 1000)
            let isForbidden = (0..<12).map { $0 % 4 > 1 && $0 / 4 != 1 }
            let (model, report) = try Estimation.fit(
                exact(joint, [Clique([0, 1]), Clique([1, 2]), Clique([0, 2])]), domain: domain,
                total: 1000,
                zeros: [StructuralZeros(clique: Clique([0, 1]), isForbidden: isForbidden)],
                tolerance: 1e-3)
            #expect(report.converged)
            let pair = model.marginal(Clique([0, 1])).values
            for (count, isForbidden) in zip(pair, isForbidden) where isForbidden {
                #expect(count == 0)
            }
            #expect(abs(pair.reduce(0, +) - 1000) < 1e-6)
        }
    }

    @Test("zeros that leave nothing are refused")
    func impossible() {
        #expect(throws: ModelError.impossible) {
            try Estimation.fit(
                [LinearMeasurement(clique: Clique([0]), values: [4, 4], variance: 1)],
                domain: Domain(sizes: [2]), total: 8,
                zeros: [StructuralZeros(clique: Clique([0]), isForbidden: [true, true])])
        }
    }

    @Test("a fit that starts from its own result ends at once; one more measurement is a short way")
    func warmStart() throws {
        var random = RandomModels(19)
        let domain = Domain(sizes: [5, 6, 4, 3])
        let joint = random.joint(over: domain, total: 3000)
        let cliques = [[0, 1], [1, 2], [2, 3], [0, 3]].map { Clique($0) }
        let measurements = cliques.map { clique in
            LinearMeasurement(
                clique: clique, values: joint.marginal(clique).map { $0 + 8 * random.noise() },
                variance: 64)
        }
        let tolerance = 1e-3
        let fewer = try Estimation.fit(
            Array(measurements.dropLast()), domain: domain, total: 3000, tolerance: tolerance)
        let again = try Estimation.fit(
            Array(measurements.dropLast()), domain: domain, total: 3000,
            startingFrom: fewer.model, tolerance: tolerance)
        #expect(again.report.iterations <= 2)
        let cold = try Estimation.fit(
            measurements, domain: domain, total: 3000, tolerance: tolerance)
        let warm = try Estimation.fit(
            measurements, domain: domain, total: 3000, startingFrom: fewer.model,
            tolerance: tolerance)
        #expect(warm.report.converged && cold.report.converged)
        let expected = Double(measurements.reduce(0) { $0 + $1.values.count }) / 2
        #expect(abs(warm.report.loss - cold.report.loss) <= tolerance * expected)
    }

    @Test("measurements that contradict each other wildly end in a distribution")
    func contradictions() throws {
        let clique = Clique([0, 1])
        let (model, report) = try Estimation.fit(
            [
                LinearMeasurement(clique: clique, values: [1e6, 0, 0, 0], variance: 1e-6),
                LinearMeasurement(clique: Clique([0]), values: [0, 1e6], variance: 1e-6),
                LinearMeasurement(clique: Clique([1]), values: [-1e6, 3], variance: 1e6),
            ], domain: Domain(sizes: [2, 2]), total: 10)
        #expect(report.gap.isFinite)
        let values = model.marginal(clique).values
        #expect(values.allSatisfy { $0 >= 0 && $0.isFinite })
        #expect(abs(values.reduce(0, +) - 10) < 1e-8)
    }

    @Test("a table measured as nothing but zeros is spread evenly")
    func allZeros() throws {
        let (model, report) = try Estimation.fit(
            [LinearMeasurement(clique: Clique([0]), values: [0, 0, 0, 0], variance: 4)],
            domain: Domain(sizes: [4]), total: 100, tolerance: 1e-8)
        #expect(report.converged)
        #expect(distance(model.marginal(Clique([0])).values, [25, 25, 25, 25]) < 1e-3)
    }

    @Test("two columns that repeat each other are fitted as such")
    func dependent() throws {
        let size = 50
        let domain = Domain(sizes: [size, size])
        var pair = [Double](repeating: 0, count: size * size)
        for code in 0..<size { pair[code * size + code] = Double(20 * code) }
        let total = pair.reduce(0, +)
        let (model, report) = try Estimation.fit(
            [LinearMeasurement(clique: Clique([0, 1]), values: pair, variance: 1)],
            domain: domain, total: total, tolerance: 1e-3)
        #expect(report.converged)
        let fitted = model.marginal(Clique([0, 1])).values
        let wrong = zip(fitted, pair).reduce(0) { $1.1 == 0 ? $0 + $1.0 : $0 }
        #expect(wrong < total / 100)
    }

    @Test("two hundred attributes in a chain are one fit")
    func long() throws {
        let domain = Domain(sizes: [Int](repeating: 3, count: 200))
        let measurements = (1..<200).map { attribute in
            LinearMeasurement(
                clique: Clique([attribute - 1, attribute]),
                values: [300, 20, 10, 20, 200, 20, 10, 20, 400], variance: 25)
        }
        let (model, report) = try Estimation.fit(measurements, domain: domain)
        #expect(report.converged)
        #expect(abs(model.total - 1000) < 1e-9)
        // Each pair disagrees a little with its neighbours about what they share.
        #expect(abs(model.marginal(Clique([99])).values[2] - 430) < 15)
    }
}
