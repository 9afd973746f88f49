// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@Suite("Rényi accounting")
struct RenyiTests {
    @Test("the subsampled Gaussian's divergence is above the integral's, at fractional orders too")
    func reference() throws {
        for row in ReferenceTables.subsampledRenyi {
            let truth = try #require(Double(row.divergence))
            let found = RenyiCurve.subsampledGaussian(
                rate: try #require(Double(row.rate)), noise: try #require(Double(row.noise)),
                orders: [try #require(Double(row.order))]
            ).divergences[0]
            #expect(found >= truth, "\(row)")
            // What is added for rounding is absolute: a tiny rate has less than that to lose.
            #expect(found <= truth * (1 + 1e-9) + 1e-12, "\(row)")
        }
    }

    @Test("whole orders and those just beside them agree, though computed by another formula")
    func neighbours() {
        for (rate, noise) in [(0.01, 1.0), (0.2, 0.7), (0.001, 3), (0.9, 2)] {
            for order in [2.0, 3, 8, 20, 63] {
                let curve = RenyiCurve.subsampledGaussian(
                    rate: rate, noise: noise, orders: [order, order + 1e-9])
                let (whole, beside) = (curve.divergences[0], curve.divergences[1])
                #expect(abs(whole - beside) <= whole * 1e-6 + 1e-12)
            }
        }
    }

    @Test("sampling every unit is no sampling")
    func fullRate() {
        let orders = [1.5, 2, 32]
        let all = RenyiCurve.subsampledGaussian(rate: 1, noise: 2, orders: orders)
        let plain = RenyiCurve(Rho(Rational(numerator: 1, denominator: 8)), orders: orders)
        for (sampled, direct) in zip(all.divergences, plain.divergences) {
            #expect(abs(sampled - direct) < 1e-14)
        }
        let nearly = RenyiCurve.subsampledGaussian(rate: 0.999999, noise: 2, orders: orders)
        for (sampled, direct) in zip(nearly.divergences, plain.divergences) {
            #expect(sampled < direct && sampled > direct * 0.999)
        }
    }

    @Test("curves add per order, and so do repetitions")
    func composition() {
        let curve = RenyiCurve.laplace(scale: 3)
        let twice = curve + curve
        for (sum, repeated) in zip(twice.divergences, curve.repeated(2).divergences) {
            #expect(abs(sum - repeated) <= 1e-15 * repeated)
        }
        #expect(twice.epsilon(delta: 1e-6) > curve.epsilon(delta: 1e-6))
    }

    @Test("a zCDP cost converts by orders to no less than by the best order, and not far above")
    func conversion() throws {
        for text in ["0.001", "0.05", "0.5", "3"] {
            let rho = Rho(try #require(Rational(text)))
            let curve = RenyiCurve(rho)
            for delta in [1e-12, 1e-9, 1e-5] {
                let best = ZeroConcentrated.epsilon(
                    rho: Double(rho.value, rounding: .up), delta: delta)
                let found = curve.epsilon(delta: delta)
                #expect(found >= best * (1 - 1e-14) && found < best * 1.2)
                #expect(curve.delta(epsilon: found) <= delta * (1 + 1e-9))
            }
        }
    }

    @Test("extreme rates, noises and orders end with finite figures of at least zero")
    func ends() {
        for rate in [1e-12, 1e-3, 0.5, 0.999999999] {
            for noise in [0.1, 1, 50] {
                let curve = RenyiCurve.subsampledGaussian(rate: rate, noise: noise)
                #expect(curve.divergences.allSatisfy { $0.isFinite && $0 >= 0 })
                let plain = RenyiCurve.subsampledGaussian(rate: 1, noise: noise)
                // Sampling never costs more than no sampling.
                for (sampled, direct) in zip(curve.divergences, plain.divergences) {
                    #expect(sampled <= direct * (1 + 1e-12) + 1e-11)
                }
                #expect(curve.epsilon(delta: 1e-9).isFinite)
            }
        }
    }
}

@Suite("Loss distributions on a grid")
struct LossGridTests {
    @Test("a finer grid brings the figure down towards the true one")
    func refinement() {
        let coarse = MixedLosses.laplaceEpsilon(scale: 5, count: 30, delta: 1e-6, cells: 20)
        let fine = MixedLosses.laplaceEpsilon(scale: 5, count: 30, delta: 1e-6, cells: 200)
        let finest = MixedLosses.laplaceEpsilon(scale: 5, count: 30, delta: 1e-6, cells: 1000)
        #expect(coarse > fine && fine > finest)
        #expect(fine - finest < (coarse - finest) / 50)
    }

    @Test("a Gaussian alone has at least its exact epsilon")
    func gaussian() {
        for mu in [0.05, 0.4, 2] {
            let exact = ExactGaussian.epsilon(mu: mu, delta: 1e-8)
            let found = MixedLosses.epsilon(mu: mu, pure: [], delta: 1e-8)
            #expect(found >= exact && found < exact * (1 + 1e-4))
        }
    }

    @Test("one step of a sampled Gaussian has its closed-form epsilon in both directions")
    func oneStep() {
        // Removing: P = (1−q)N(0) + qN(1) against N(0) is q times the unsampled pair at a larger ε.
        let (rate, noise, delta) = (0.1, 1.0, 1e-5)
        let inner = ExactGaussian.epsilon(mu: 1 / noise, delta: delta / rate)
        let known = log1p(rate * expm1(inner))
        let found = SubsampledGaussianLoss.epsilon(
            rate: rate, noise: noise, steps: 1, delta: delta, step: 1e-4)
        #expect(found >= known * (1 - 1e-9) && found < known * (1 + 1e-4))
    }

    @Test("the loss distribution is below the Rényi bound, for few steps and for many")
    func belowRenyi() {
        for (rate, noise, steps) in [(0.05, 1.0, 20), (0.02, 2.0, 600)] {
            let renyi = RenyiCurve.subsampledGaussian(rate: rate, noise: noise).repeated(steps)
                .epsilon(delta: 1e-6)
            let found = SubsampledGaussianLoss.epsilon(
                rate: rate, noise: noise, steps: steps, delta: 1e-6)
            #expect(found > renyi * 0.6 && found < renyi)
        }
    }
}

@Suite("Known answers of Rényi and grid accounting", .enabled(if: Vectors.arePresent))
struct RenyiVectorTests {
    @Test("the divergence of Laplace noise", arguments: Vectors.of("laplace_rdp"))
    func laplace(vector: Vector) throws {
        let scale = try vector.double("b") / vector.double("sensitivity")
        let found = RenyiCurve.laplace(scale: scale, orders: [try vector.double("alpha")])
        #expect(try vector.accepts(found.divergences[0]))
        #expect(found.divergences[0] >= (try #require(vector.reference.double)))
    }

    @Test(
        "the divergence of sampled Gaussian noise", arguments: Vectors.of("subsampled_gaussian_rdp")
    )
    func sampled(vector: Vector) throws {
        let found = RenyiCurve.subsampledGaussian(
            rate: try vector.double("q"), noise: try vector.double("noise_multiplier"),
            orders: [try vector.double("alpha")])
        #expect(try vector.accepts(found.divergences[0]))
        #expect(found.divergences[0] >= (try #require(vector.reference.double)))
    }

    @Test(
        "epsilon of sampled steps by orders",
        arguments: Vectors.of("subsampled_gaussian_rdp_epsilon"))
    func sampledEpsilon(vector: Vector) throws {
        let curve = RenyiCurve.subsampledGaussian(
            rate: try vector.double("q"), noise: try vector.double("noise_multiplier"))
        let found = curve.repeated(try vector.int("steps"))
            .epsilon(delta: try vector.double("delta"))
        #expect(try vector.accepts(found))
    }

    @Test(
        "epsilon of sampled steps by losses",
        arguments: Vectors.of("subsampled_gaussian_pld_epsilon"))
    func sampledLosses(vector: Vector) throws {
        let found = SubsampledGaussianLoss.epsilon(
            rate: try vector.double("q"), noise: try vector.double("noise_multiplier"),
            steps: try vector.int("steps"), delta: try vector.double("delta"))
        #expect(try vector.accepts(found))
    }

    @Test("the divergence of noisy votes", arguments: Vectors.of("gnmax_rdp_data_independent"))
    func votes(vector: Vector) throws {
        let sigma = try vector.rational("sigma")
        let curve = RenyiCurve(
            RenyiCurve.gnMax(sigma2: sigma * sigma), orders: [try vector.double("alpha")])
        #expect(try vector.accepts(curve.divergences[0]))
    }

    @Test("epsilon of many noisy votes", arguments: Vectors.of("gnmax_epsilon"))
    func votesEpsilon(vector: Vector) throws {
        let sigma = try vector.rational("sigma")
        let rho = RenyiCurve.gnMax(sigma2: sigma * sigma, queries: try vector.int("queries"))
        let found = ZeroConcentrated.epsilon(rho: rho, delta: try vector.rational("delta"))
        #expect(try vector.accepts(found))
        #expect(found >= (try #require(vector.reference.double)) * (1 - 1e-15))
    }

    @Test("epsilon of Laplace noise by losses", arguments: Vectors.of("laplace_k_epsilon"))
    func laplaceLosses(vector: Vector) throws {
        let scale = try vector.double("parameter") / vector.double("sensitivity")
        let found = MixedLosses.laplaceEpsilon(
            scale: scale, count: try vector.int("k"), delta: try vector.double("delta"))
        #expect(try vector.accepts(found))
    }

    @Test(
        "epsilon of Gaussian noise and selections by losses",
        arguments: Vectors.of("gaussian_plus_em_pld"))
    func mixture(vector: Vector) throws {
        let square = try vector.input["gaussians"].items.reduce(0.0) { sum, item in
            let sigma = try #require(item["sigma"].double)
            return sum + (try #require(item["k"].double)) / (sigma * sigma)
        }
        let pure = try vector.input["ems"].items.map {
            (epsilon: try #require($0["epsilon"].double), count: try #require($0["k"].int))
        }
        let found = MixedLosses.epsilon(
            mu: square.squareRoot(), pure: pure, delta: try vector.double("delta"))
        #expect(try vector.accepts(found))
    }
}
