// SPDX-License-Identifier: Apache-2.0

import Privacy
import Testing

@Suite("Composition of pure mechanisms")
struct CompositionTests {
    private static let millionth = Rational(numerator: 1, denominator: 1_000_000)

    @Test("basic composition is the exact sum")
    func basic() throws {
        let tenth = Rational(numerator: 1, denominator: 10)
        let sum = PureComposition.basic([(tenth, 0), (2 * tenth, Self.millionth), (tenth, 0)])
        #expect(sum.epsilon == 4 * tenth && sum.delta == Self.millionth)
        #expect(PureComposition.basic([]).epsilon == 0)
    }

    @Test("advanced composition adds every delta and its slack")
    func advanced() {
        let found = PureComposition.advanced(
            epsilon: Rational(numerator: 1, denominator: 10), delta: Self.millionth, count: 100,
            slack: Self.millionth)
        #expect(found.delta == 101 * Self.millionth)
        #expect(found.epsilon > 6.30823095051340 && found.epsilon < 6.30823095051343)
    }

    @Test("the optimal delta is above the binomial sum, and closely")
    func optimalDelta() throws {
        for row in ReferenceTables.optimalDelta {
            let epsilon = try #require(Rational(row.epsilon))
            let truth = try #require(Double(row.delta))
            let found = PureComposition.optimalDelta(
                epsilon: epsilon, count: row.count, total: try #require(Rational(row.total)))
            #expect(found >= truth * (1 - 1e-15) && found <= truth * (1 + 1e-9), "\(row)")
            guard row.total != "0" else { continue }
            let back = PureComposition.optimalEpsilon(
                epsilon: epsilon, count: row.count, delta: try #require(Rational(row.delta)))
            let known = try #require(Double(row.total))
            #expect(back >= known * (1 - 1e-15) && back <= known * (1 + 1e-9), "\(row)")
        }
    }

    @Test("optimal is at most basic and at most advanced, for one mechanism and for millions")
    func order() throws {
        for (epsilon, count) in [
            ("0.5", 1), ("0.001", 1_000_000), ("0.1", 37), ("3", 1000), ("800", 2), ("1e-6", 3),
        ] {
            let epsilon = try #require(Rational(epsilon))
            let found = PureComposition.optimalEpsilon(
                epsilon: epsilon, count: count, delta: Self.millionth)
            let basic = Double(epsilon * Rational(count), rounding: .up)
            let advanced = PureComposition.advanced(
                epsilon: epsilon, count: count, slack: Self.millionth)
            #expect(found > 0 || epsilon < Self.millionth * 2)
            #expect(found <= basic * (1 + 2e-15))
            #expect(found <= advanced.epsilon)
        }
    }

    @Test("beyond the sum of all epsilons nothing is left of delta")
    func beyond() {
        let tenth = Rational(numerator: 1, denominator: 10)
        #expect(PureComposition.optimalDelta(epsilon: tenth, count: 5, total: 1) == 0)
        #expect(
            PureComposition.optimalDelta(
                epsilon: tenth, count: 10, total: Rational(numerator: 1, denominator: 2)) > 0)
    }
}

@Suite("Known answers of composition", .enabled(if: Vectors.arePresent))
struct CompositionVectorTests {
    @Test("advanced composition", arguments: Vectors.of("advanced_epsilon"))
    func advanced(vector: Vector) throws {
        let found = PureComposition.advanced(
            epsilon: try vector.rational("epsilon"), count: try vector.int("k"),
            slack: try vector.rational("delta_slack"))
        #expect(try vector.accepts(found.epsilon))
        #expect(found.epsilon >= (try #require(vector.reference.double)) * (1 - 1e-15))
    }

    @Test("optimal composition", arguments: Vectors.of("optimal_homogeneous_epsilon"))
    func optimal(vector: Vector) throws {
        let found = PureComposition.optimalEpsilon(
            epsilon: try vector.rational("epsilon"), count: try vector.int("k"),
            delta: try vector.rational("delta"))
        #expect(try vector.accepts(found))
        #expect(found >= (try #require(vector.reference.double)) * (1 - 1e-15))
    }

    @Test(
        "discrete Laplace noise of sensitivity 1 composes optimally",
        arguments: Vectors.of("discrete_laplace_k_epsilon"))
    func discreteLaplace(vector: Vector) throws {
        let found = PureComposition.optimalEpsilon(
            epsilon: try vector.rational("parameter"), count: try vector.int("k"),
            delta: try vector.rational("delta"))
        #expect(try vector.accepts(found))
        #expect(found >= (try #require(vector.reference.double)) * (1 - 1e-15))
    }
}
