// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@Suite("Exact accounting of discrete Gaussian plans")
struct FixedGaussianPlanTests {
    static func plan(_ parts: [(String, Int)]) throws -> FixedGaussianPlan {
        var measurements: [GaussianPlan] = []
        for (sigma2, count) in parts {
            let noise = try GaussianPlan(sensitivity: 1, sigma2: try #require(Rational(sigma2)))
            measurements += [GaussianPlan](repeating: noise, count: count)
        }
        return try FixedGaussianPlan(measurements, relation: .addRemove)
    }

    @Test("delta is above that of the exact convolution, closely where all share a grid")
    func reference() throws {
        for row in ReferenceTables.discreteGaussian {
            let truth = try #require(Double(row.delta))
            let epsilon = try #require(Rational(row.epsilon))
            let plan = try Self.plan(row.plan)
            let found = plan.delta(epsilon: epsilon)
            #expect(found >= truth * (1 - 1e-15) && found <= truth * (1 + 1e-9), "\(row)")
            // At the true δ the true ε is reached again, from above.
            let exact = try #require(Rational(row.delta))
            let back = plan.epsilon(delta: exact)
            let known = try #require(Double(row.epsilon))
            #expect(back >= known * (1 - 1e-15) && back <= known * (1 + 1e-9), "\(row)")
        }
    }

    @Test("one measurement has the delta of its closed form")
    func single() throws {
        // P[Y > εσ² − ½] − e^ε·P[Y > εσ² + ½] (Canonne, Kamath and Steinke 2020, Theorem 7).
        for (sigma2, epsilon) in [(1, 1.0), (9, 0.0), (9, 2.5), (64, 0.3), (900, 0.11)] {
            let weights = (-400...400).map { draw -> (Int, Double) in
                (draw, exp(-Double(draw * draw) / Double(2 * sigma2)))
            }
            let total = weights.reduce(0) { $0 + $1.1 }
            func above(_ limit: Double) -> Double {
                weights.filter { Double($0.0) > limit }.reduce(0) { $0 + $1.1 } / total
            }
            let middle = epsilon * Double(sigma2)
            let known = above(middle - 0.5) - exp(epsilon) * above(middle + 0.5)
            let found = try Self.plan([("\(sigma2)", 1)])
                .delta(epsilon: try #require(Rational(exactly: epsilon)))
            #expect(abs(found - known) < 1e-12 + known * 1e-9, "\(sigma2) \(epsilon)")
        }
    }

    @Test(
        "several sigmas on no common grid are a few parts in 10^5 above those of a near common one")
    func mixed() throws {
        let exact = try Self.plan([("25", 4), ("100", 10)])
        // The same but for one part in 10^12, which leaves no small grid.
        let grid = try Self.plan([("24.999999999975", 4), ("99.9999999999", 10)])
        for delta in ["1e-12", "1e-9", "1e-6", "0.001"] {
            let delta = try #require(Rational(delta))
            let (fine, coarse) = (exact.epsilon(delta: delta), grid.epsilon(delta: delta))
            #expect(coarse > fine && coarse < fine * (1 + 5e-5))
        }
    }

    @Test("the figure is below the conversion from zCDP")
    func belowZeroConcentrated() throws {
        for (sigma2, count) in [("1", 1), ("3", 5), ("50", 20), ("10000", 300), ("4000000", 12)] {
            let plan = try Self.plan([(sigma2, count)])
            for delta in ["1e-15", "1e-9", "1e-5"] {
                let delta = try #require(Rational(delta))
                let loose = ZeroConcentrated.epsilon(rho: plan.rho, delta: delta)
                #expect(plan.epsilon(delta: delta) < loose)
            }
        }
    }

    @Test("wide noise is close to continuous noise, from either side")
    func nearContinuous() throws {
        for (sigma2, count) in [(400, 9), (1 << 20, 50), (1 << 34, 7), (1_000_000, 1000)] {
            let plan = try Self.plan([("\(sigma2)", count)])
            let mu = (Double(count) / Double(sigma2)).squareRoot()
            let delta = Rational(numerator: 1, denominator: 1_000_000)
            let continuous = ExactGaussian.epsilon(mu: mu, delta: 1e-6)
            #expect(abs(plan.epsilon(delta: delta) / continuous - 1) < 1e-4)
        }
    }

    @Test("epsilon and delta go round from the safe side, from 1e-3 to 1e3 and to 1e-100")
    func roundTrip() throws {
        for parts in [
            [("1/2000", 1)], [("1/4", 3)], [("1", 40)], [("7", 2)], [("12345.5", 60)],
            [("60000000", 4)], [("1", 3), ("2", 5)], [("99.5", 3), ("1234567.25", 9), ("17", 1)],
        ] {
            let plan = try Self.plan(parts)
            for delta in ["1e-100", "1e-15", "1e-9", "1e-5", "0.01", "0.4"] {
                let delta = try #require(Rational(delta))
                let epsilon = plan.epsilon(delta: delta)
                #expect(epsilon >= 0 && epsilon.isFinite)
                let back = plan.delta(epsilon: try #require(Rational(exactly: epsilon)))
                // Both are rounded up on their own, so the way back may end a little above.
                #expect(back <= Double(delta, rounding: .up) * (1 + 1e-2), "\(parts) \(delta)")
            }
        }
    }

    @Test("more noise, fewer measurements and more delta mean less loss")
    func monotone() throws {
        let delta = Rational(numerator: 1, denominator: 1_000_000_000)
        let counts = try [1, 2, 3, 10, 30, 31].map {
            try Self.plan([("3.5", $0)]).epsilon(delta: delta)
        }
        #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 < $1 })
        let noises = try ["0.5", "1", "3.9", "4", "4.1", "50", "1048575", "1048600"].map {
            try Self.plan([($0, 6)]).epsilon(delta: delta)
        }
        #expect(zip(noises, noises.dropFirst()).allSatisfy { $0 > $1 })
    }

    @Test("a unit of several records, replacement and an empty plan have no exact figure")
    func refusals() throws {
        let one = try GaussianPlan(sensitivity: 1, sigma2: 5)
        let two = try GaussianPlan(sensitivity: 2, sigma2: 5)
        #expect(throws: FixedGaussianPlan.Refusal.sensitivity(2)) {
            try FixedGaussianPlan([one, two], relation: .addRemove)
        }
        #expect(throws: FixedGaussianPlan.Refusal.relation) {
            try FixedGaussianPlan([one], relation: .replaceOne)
        }
        #expect(throws: FixedGaussianPlan.Refusal.empty) {
            try FixedGaussianPlan([], relation: .addRemove)
        }
        #expect(
            "\(FixedGaussianPlan.Refusal.sensitivity(2))".contains("one record per privacy unit"))
    }

    @Test("the ledger's cost of a plan is the sum of its measurements' own")
    func cost() throws {
        let plan = try Self.plan([("8", 3), ("0.5", 1)])
        #expect(plan.rho == Rho(Rational(numerator: 19, denominator: 16)))
    }
}

@Suite("Known answers of discrete Gaussian accounting", .enabled(if: Vectors.arePresent))
struct FixedGaussianPlanVectorTests {
    @Test("epsilon of many measurements", arguments: Vectors.of("dgauss_k_epsilon"))
    func epsilon(vector: Vector) throws {
        let sigma2 = try #require(vector.input["sigma2"].rational)
        let plan = try FixedGaussianPlanTests.plan([("\(sigma2)", try vector.int("k"))])
        let found = plan.epsilon(delta: try vector.rational("delta"))
        #expect(try vector.accepts(found))
        if let truth = vector.truth?.value.double {
            #expect(found >= truth * (1 - 1e-9) && found <= truth * (1 + 1e-9))
        }
    }

    @Test("delta of one measurement", arguments: Vectors.of("dgauss_delta"))
    func delta(vector: Vector) throws {
        let plan = try FixedGaussianPlanTests.plan([("\(try vector.rational("sigma2"))", 1)])
        let found = plan.delta(epsilon: try vector.rational("epsilon"))
        #expect(try vector.accepts(found))
        #expect(found >= (try #require(vector.reference.double)) * (1 - 1e-15))
    }
}
