// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Privacy

/// What the conversion to (ε, δ) promises against exact values of other accountants: never less loss.
@Suite("Known answers that bound the conversion", .enabled(if: Vectors.arePresent))
struct BoundsVectorTests {
    /// ε of noise of a given σ², drawn `count` times.
    private func epsilon(sigma2: Rational, count: Int, delta: Rational) -> Double {
        let rho = Mechanism.gaussian(sigma2: sigma2, sensitivity: 1, cells: 1, count: count).rho
        return ZeroConcentrated.epsilon(rho: rho, delta: delta)
    }

    /// Valid means at least the exact loss; of use means not far above it.
    private func expectBound(_ found: Double, _ vector: Vector, slack: Double) throws {
        let truth = try #require(vector.reference.double)
        #expect(found >= truth, "\(vector.id)")
        #expect(found <= truth * slack, "\(vector.id)")
    }

    @Test("the epsilon of Gaussian noise is at least the exact one and at most a sixth above it")
    func gaussian() throws {
        var graded = 0
        for vector in Vectors.of("gaussian_epsilon") + Vectors.of("gaussian_k_epsilon") {
            let sigma = try vector.rational("sigma")
            let count = vector.input["k"].int ?? 1
            let found = epsilon(
                sigma2: sigma * sigma, count: count, delta: try vector.rational("delta"))
            try expectBound(found, vector, slack: 1.17)
            graded += 1
        }
        for vector in Vectors.of("gaussian_mixed_epsilon") {
            var rho = Rho.zero
            for item in vector.input["components"].items {
                let sigma = try #require(item["sigma"].rational)
                rho +=
                    Mechanism.gaussian(
                        sigma2: sigma * sigma, sensitivity: 1, cells: 1,
                        count: try #require(item["k"].int)
                    ).rho
            }
            let delta = try vector.rational("delta")
            try expectBound(
                ZeroConcentrated.epsilon(rho: rho, delta: delta), vector, slack: 1.17)
            graded += 1
        }
        #expect(graded >= 9)
    }

    @Test("the epsilon of discrete Gaussian noise is at least that of its exact loss distribution")
    func discreteGaussian() throws {
        let vectors = Vectors.of("dgauss_k_epsilon")
        #expect(vectors.count >= 6)
        for vector in vectors {
            let found = epsilon(
                sigma2: try vector.rational("sigma2"), count: try vector.int("k"),
                delta: try vector.rational("delta"))
            try expectBound(found, vector, slack: 1.2)
        }
    }

    @Test("the epsilon of Laplace noise is at least the exact one")
    func laplace() throws {
        // Here `parameter` is ε for the discrete noise and the scale for the continuous one.
        for vector in Vectors.of("discrete_laplace_k_epsilon") {
            let scale = 1 / (try vector.rational("parameter"))
            let rho = Mechanism.laplace(
                scale: scale, sensitivity: 1, cells: 1, count: try vector.int("k")
            ).rho
            let delta = try vector.rational("delta")
            try expectBound(
                ZeroConcentrated.epsilon(rho: rho, delta: delta), vector, slack: 4)
        }
        for vector in Vectors.of("laplace_k_epsilon") {
            let scale = try vector.rational("parameter")
            let rho = Mechanism.laplace(
                scale: scale, sensitivity: 1, cells: 1, count: try vector.int("k")
            ).rho
            let delta = try vector.rational("delta")
            try expectBound(
                ZeroConcentrated.epsilon(rho: rho, delta: delta), vector, slack: 4)
        }
    }

    @Test("the delta of Gaussian noise is at least the exact one, at every sigma and epsilon")
    func gaussianDelta() throws {
        let lines = try Vectors.table("gaussian_delta.csv")
        #expect(lines.count >= 50)
        for line in lines {
            let sigma = try #require(Rational(line[0]))
            let plan = try GaussianPlan(sensitivity: 1, sigma2: sigma * sigma)
            let found = ZeroConcentrated.delta(
                rho: plan.cost, epsilon: try #require(Rational(line[1])))
            #expect(found >= (try #require(Double(line[2]))), "\(line)")
        }
    }

    @Test("approximate zCDP adds both and converts at what delta is left")
    func plusDelta() throws {
        for vector in Vectors.of("zcdp_plus_delta") {
            var rho = Rho.zero
            var delta = try vector.rational("delta_total")
            for item in vector.input["releases"].items {
                rho += Rho(try #require(item["rho"].rational))
                delta -= try #require(item["delta"].rational)
            }
            #expect(try vector.accepts(ZeroConcentrated.epsilon(rho: rho, delta: delta)))
        }
    }

    @Test("a rolling window is the sum of its last releases")
    func rollingWindow() throws {
        for vector in Vectors.of("rolling_window_4") {
            let rhos = try vector.input["rhos"].items.map { Rho(try #require($0.rational)) }
            let window = try vector.int("window")
            let delta = try vector.rational("delta")
            for (index, item) in vector.input["at"].items.enumerated() {
                let last = try #require(item.int)
                let sum = rhos[max(0, last - window + 1)...last].reduce(.zero, +)
                let found = ZeroConcentrated.epsilon(rho: sum, delta: delta)
                #expect(try vector.accepts(found, at: index))
            }
        }
    }

    @Test("a cap refuses what is above it by one part in 10^15")
    func filter() throws {
        for vector in Vectors.of("filter_refuses") {
            let spent = try vector.input["spent"].items.reduce(Rho.zero) {
                $0 + Rho(try #require($1.rational))
            }
            let left = Rho(try vector.rational("cap_rho")) - spent
            #expect(left.value == vector.reference["remaining"].rational)
            let isGranted = Rho(try vector.rational("ask")) <= left
            guard case .truth(let expected) = vector.reference["granted"] else {
                Issue.record("\(vector.id): no verdict")
                continue
            }
            #expect(isGranted == expected)
        }
    }

    @Test("the parts of an MST plan cost what they should and buy what they should")
    func mstPlan() throws {
        for vector in Vectors.of("mst_plan") {
            let rho = Rho(try vector.rational("rho"))
            let count = try vector.int("attributes")
            let third = rho.scaled(by: Rational(numerator: 1, denominator: 3))
            let oneWay = try GaussianPlan(
                sensitivity: 1, rho: third.scaled(by: Rational(numerator: 1, denominator: count)))
            let edge = third.scaled(by: Rational(numerator: 1, denominator: count - 1))
            let pair = try GaussianPlan(sensitivity: 1, rho: edge)
            let selection = try SelectionEpsilon(rho: edge)
            func expectClose(_ found: Double, _ key: String) throws {
                let known = try #require(vector.reference[key].double)
                // Parameters are on a grid, which is within one part in 2^19 of the ideal.
                #expect(abs(found - known) <= known / Double(1 << 19), "\(key)")
            }
            func root(_ value: Rational) -> Double {
                Double(value, rounding: .toNearestOrEven).squareRoot()
            }
            try expectClose(root(oneWay.sigma2), "sigma_one_way")
            try expectClose(root(pair.sigma2), "sigma_two_way")
            try expectClose(
                Double(selection.value, rounding: .toNearestOrEven), "em_epsilon")
            let spent =
                oneWay.mechanism(cells: 1, count: count).rho
                + pair.mechanism(cells: 1, count: count - 1).rho
                + selection.cost.scaled(by: Rational(count - 1))
            #expect(spent <= rho)
            let known = try #require(vector.reference["epsilon"].double)
            let found = ZeroConcentrated.epsilon(rho: rho, delta: try vector.rational("delta"))
            #expect(found >= known * (1 - 1e-12) && found <= known * (1 + 1e-9))
        }
    }

    @Test("the parts of an AIM plan cost what they should and buy what they should")
    func aimPlan() throws {
        for vector in Vectors.of("aim_plan") {
            let rho = Rho(try vector.rational("rho"))
            let (count, rounds) = (try vector.int("attributes"), try vector.int("rounds"))
            // Nine tenths of a round's share for its measurement, one tenth for its choice.
            let round = rho.scaled(by: Rational(numerator: 1, denominator: rounds))
            let noise = try GaussianPlan(
                sensitivity: 1, rho: round.scaled(by: Rational(numerator: 9, denominator: 10)))
            let selection = try SelectionEpsilon(
                rho: round.scaled(by: Rational(numerator: 1, denominator: 10)))
            func expectClose(_ found: Rational, _ key: String, squared: Bool = false) throws {
                let known = try #require(vector.reference[key].double)
                let value = Double(found, rounding: .toNearestOrEven)
                // Parameters are on a grid, which is within one part in 2^19 of the ideal.
                let root = squared ? value.squareRoot() : value
                #expect(abs(root - known) <= known / Double(1 << 19), "\(key)")
            }
            try expectClose(noise.sigma2, "sigma0", squared: true)
            try expectClose(selection.value, "em_epsilon0")
            let start = noise.cost.scaled(by: Rational(count))
            try expectClose(start.value, "rho_used_after_init")
            let spent = noise.cost + selection.cost
            #expect(spent <= round)
            try expectClose(spent.value, "rho_per_round")
            let known = try #require(vector.reference["epsilon"].double)
            let found = ZeroConcentrated.epsilon(rho: rho, delta: try vector.rational("delta"))
            #expect(found >= known * (1 - 1e-12) && found <= known * (1 + 1e-9))
        }
    }

    @Test("a noisy count passes its threshold as often as known, and the next threshold less often")
    func thresholds() throws {
        let draws = 300_000
        var source = try NoiseSource()
        var graded = 0
        for vector in Vectors.of("dlaplace_threshold_delta")
            + Vectors.of("dgauss_threshold_delta")
        {
            let known = try #require(vector.reference.double)
            // The known delta joins l0 partitions; below 10^-4 no draw would tell.
            guard try vector.int("l0") == 1, known > 1e-4 else { continue }
            var counts = [Int64](repeating: Int64(try vector.int("linf")), count: draws)
            if vector.op == "dlaplace_threshold_delta" {
                source.addLaplace(
                    try LaplacePlan(sensitivity: 1, scale: try vector.rational("scale")),
                    to: &counts)
            } else {
                source.addGaussian(
                    try GaussianPlan(sensitivity: 1, sigma2: try vector.rational("sigma2")),
                    to: &counts)
            }
            let threshold = Int64(try vector.int("threshold"))
            let mean = known * Double(draws)
            let kept = Double(counts.count { $0 >= threshold })
            // Bernstein: a deviation of 6√mean + 12 comes once in 10^7 runs at most.
            #expect(abs(kept - mean) < 6 * mean.squareRoot() + 12, "\(vector.id)")
            let further = Double(counts.count { $0 > threshold })
            #expect(further < mean - 6 * mean.squareRoot() - 12 || mean < 100, "\(vector.id)")
            graded += 1
        }
        #expect(graded >= 2)
    }

    @Test("draws have the known variance at every sigma2 of the table")
    func variances() throws {
        var source = try NoiseSource()
        let draws = 60_000
        for line in try Vectors.table("discrete_gaussian_variance.csv") {
            let plan = try GaussianPlan(sensitivity: 1, sigma2: try #require(Rational(line[0])))
            let known = try #require(Double(line[1]))
            var noise = [Int64](repeating: 0, count: draws)
            source.addGaussian(plan, to: &noise)
            let found = noise.reduce(0) { $0 + Double($1 * $1) } / Double(draws)
            // The fourth moment is at most 3σ⁴, and for small σ at most the variance plus that:
            // seven deviations, a false alarm below 10^-9.
            let deviation = ((known + 3 * known * known) / Double(draws)).squareRoot()
            #expect(abs(found - known) < 7 * deviation, "sigma2 \(line[0])")
        }
    }
}
