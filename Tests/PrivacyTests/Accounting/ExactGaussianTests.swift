// SPDX-License-Identifier: Apache-2.0

import Privacy
import Testing

@Suite("Exact Gaussian accounting")
struct ExactGaussianTests {
    @Test(
        "the largest mu is below the true one by less than one part in 10^10, over the whole grid")
    func mu() throws {
        for row in ReferenceTables.gaussianMu {
            let truth = try #require(Rational(row.mu))
            let found = ExactGaussian.mu(
                epsilon: try #require(Double(row.epsilon)), delta: try #require(Double(row.delta)))
            let exact = try #require(Rational(exactly: found))
            #expect(exact <= truth, "\(row)")
            #expect(
                exact >= truth * Rational(numerator: 9_999_999_999, denominator: 10_000_000_000),
                "\(row)")
        }
    }

    @Test("at the true mu, epsilon and delta come from above and closely")
    func fromAbove() throws {
        for row in ReferenceTables.gaussianMu {
            // Rounded up, so that the true figures of this μ are at least those of the table.
            let mu = Double(try #require(Rational(row.mu)), rounding: .up)
            let epsilon = try #require(Double(row.epsilon))
            let delta = try #require(Double(row.delta))
            let foundEpsilon = ExactGaussian.epsilon(mu: mu, delta: delta)
            #expect(foundEpsilon >= epsilon && foundEpsilon <= epsilon * (1 + 1e-8), "\(row)")
            let foundDelta = ExactGaussian.delta(mu: mu, epsilon: epsilon)
            #expect(foundDelta >= delta && foundDelta <= delta * (1 + 1e-8), "\(row)")
        }
    }

    @Test(
        "mu, epsilon and delta go round without ever promising more, from 1e-3 to 1e3 and to 1e-100"
    )
    func roundTrip() throws {
        for epsilon in [1e-3, 3e-3, 0.02, 0.3, 1, 7, 40, 200, 1000] {
            for delta in [1e-100, 1e-40, 1e-15, 1e-12, 1e-6, 1e-3, 0.1, 0.7] {
                let mu = ExactGaussian.mu(epsilon: epsilon, delta: delta)
                #expect(ExactGaussian.delta(mu: mu, epsilon: epsilon) <= delta)
                let back = ExactGaussian.epsilon(mu: mu, delta: delta)
                #expect(back <= epsilon * (1 + 1e-12) && back >= epsilon * (1 - 1e-6))
                let sigma = ExactGaussian.sigma(epsilon: epsilon, delta: delta, sensitivity: 3)
                #expect(sigma * mu >= 3 && sigma * mu < 3 * (1 + 1e-14))
            }
        }
    }

    @Test(
        "exact is never above the conversion from zCDP, and at most 40% below it"
    )
    func belowZeroConcentrated() {
        for mu in [1e-3, 0.05, 0.2, 1, 3, 20] {
            for delta in [1e-12, 1e-9, 1e-6, 1e-3] {
                let exact = ExactGaussian.epsilon(mu: mu, delta: delta)
                let loose = ZeroConcentrated.epsilon(rho: mu * mu / 2, delta: delta)
                #expect(exact <= loose && exact >= loose * 0.6)
            }
        }
    }

    @Test("no parameter at the ends overflows, hangs or gives a figure below zero")
    func ends() {
        #expect(ExactGaussian.delta(mu: 0, epsilon: 1) == 0)
        #expect(ExactGaussian.epsilon(mu: 0, delta: 1e-9) == 0)
        #expect(ExactGaussian.epsilon(mu: 1, delta: 0.5) == 0)
        #expect(ExactGaussian.delta(mu: 1e6, epsilon: 0) == 1)
        for mu in [1e-300, 1e-12, 1, 1e3, 1e6] {
            for epsilon in [0, 1e-300, 1, 1e6, 1e12] {
                let delta = ExactGaussian.delta(mu: mu, epsilon: epsilon)
                #expect(delta > 0 && delta <= 1)
            }
            for delta in [5e-308, 1e-300, 1e-280, 0.999999] {
                #expect(ExactGaussian.epsilon(mu: mu, delta: delta) >= 0)
            }
        }
        #expect(ExactGaussian.mu(epsilon: 0, delta: 1e-9) <= 2.5066282746310010e-9)
        #expect(ExactGaussian.mu(epsilon: 0, delta: 1e-9) > 2.506e-9)
        #expect(ExactGaussian.mu(epsilon: 1e300, delta: 1e-9) > 1e6)
    }

    @Test("less noise, less epsilon and less delta never mean less loss")
    func monotone() {
        let mus = (0..<50).map { 1e-4 * exp2(Double($0) / 3) }
        for (lower, higher) in zip(mus, mus.dropFirst()) {
            for epsilon in [0.001, 0.5, 20] {
                #expect(
                    ExactGaussian.delta(mu: lower, epsilon: epsilon)
                        <= ExactGaussian.delta(mu: higher, epsilon: epsilon) * (1 + 1e-9))
            }
            for delta in [1e-15, 1e-6] {
                #expect(
                    ExactGaussian.epsilon(mu: lower, delta: delta)
                        <= ExactGaussian.epsilon(mu: higher, delta: delta))
            }
        }
    }

    private func exp2(_ exponent: Double) -> Double {
        (0..<Int(exponent * 3 + 0.5)).reduce(1.0) { value, _ in value * 1.2599210498948732 }
    }
}

@Suite("Known answers of exact Gaussian accounting", .enabled(if: Vectors.arePresent))
struct ExactGaussianVectorTests {
    @Test("epsilon of one Gaussian query", arguments: Vectors.of("gaussian_epsilon"))
    func epsilon(vector: Vector) throws {
        let mu = try vector.double("sensitivity") / vector.double("sigma")
        let found = ExactGaussian.epsilon(mu: mu, delta: try vector.double("delta"))
        #expect(try vector.accepts(found))
        let truth = try #require(vector.reference.double)
        #expect(found >= truth * (1 - 1e-15) && found <= truth * (1 + 1e-9))
    }

    @Test("sigma of one Gaussian query", arguments: Vectors.of("gaussian_sigma"))
    func sigma(vector: Vector) throws {
        let found = ExactGaussian.sigma(
            epsilon: try vector.double("epsilon"), delta: try vector.double("delta"),
            sensitivity: try vector.double("sensitivity"))
        #expect(try vector.accepts(found))
        let truth = try #require(vector.reference.double)
        #expect(found >= truth * (1 - 1e-15) && found <= truth * (1 + 1e-9))
    }

    @Test("delta of one Gaussian query", arguments: Vectors.of("gaussian_delta"))
    func delta(vector: Vector) throws {
        let found = ExactGaussian.delta(
            mu: try vector.double("mu"), epsilon: try vector.double("epsilon"))
        #expect(try vector.accepts(found))
        #expect(found >= (try #require(vector.reference.double)) * (1 - 1e-15))
    }

    @Test("epsilon of many Gaussian queries", arguments: Vectors.of("gaussian_k_epsilon"))
    func many(vector: Vector) throws {
        let sigma = try vector.double("sigma")
        let mu = Double(try vector.int("k")).squareRoot() / sigma
        let found = ExactGaussian.epsilon(mu: mu, delta: try vector.double("delta"))
        #expect(try vector.accepts(found))
        #expect(found >= (try #require(vector.reference.double)) * (1 - 1e-15))
    }

    @Test(
        "epsilon of Gaussian queries of several sigmas",
        arguments: Vectors.of("gaussian_mixed_epsilon"))
    func mixed(vector: Vector) throws {
        let square = try vector.input["components"].items.reduce(0.0) { sum, item in
            let sigma = try #require(item["sigma"].double)
            return sum + (try #require(item["k"].double)) / (sigma * sigma)
        }
        let found = ExactGaussian.epsilon(
            mu: square.squareRoot(), delta: try vector.double("delta"))
        #expect(try vector.accepts(found))
    }

    @Test("delta at every sigma and epsilon of the table")
    func table() throws {
        let lines = try Vectors.table("gaussian_delta.csv")
        #expect(lines.count >= 50)
        for line in lines {
            let (sigma, epsilon) = (try #require(Double(line[0])), try #require(Double(line[1])))
            let truth = try #require(Double(line[2]))
            let found = ExactGaussian.delta(mu: 1 / sigma, epsilon: epsilon)
            // What lies below 1e-300 is reported as that.
            let known = max(truth, 1e-300)
            #expect(found >= known * (1 - 1e-15) && found <= known * (1 + 1e-8), "\(line)")
        }
    }
}
