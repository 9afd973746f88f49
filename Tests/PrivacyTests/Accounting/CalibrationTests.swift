// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@Suite("Exact calibration of Gaussian plans")
struct CalibrationTests {
    private func equal(_ count: Int) -> [Rational] {
        [Rational](repeating: Rational(numerator: 1, denominator: count), count: count)
    }

    @Test("the calibrated sigma2 is within the promise, and one grid step less is not")
    func smallest() throws {
        for (count, epsilon, delta) in [
            (1, "0.5", "1e-9"), (5, "1", "1e-9"), (20, "3", "1e-6"), (12, "8", "1e-12"),
            (3, "0.01", "1e-6"), (2, "100", "1e-9"),
        ] {
            let (epsilon, delta) = (
                try #require(Rational(epsilon)), try #require(Rational(delta))
            )
            let found = try FixedGaussianPlan.calibrated(
                shares: equal(count), epsilon: epsilon, delta: delta)
            #expect(found.count == count && Set(found).count == 1)
            let plan = try FixedGaussianPlan(found, relation: .addRemove)
            #expect(try #require(Rational(exactly: plan.epsilon(delta: delta))) <= epsilon)
            // The grid has at least 21 binary digits: one part in 2^20 is a step or more below.
            let less = found[0].sigma2 * Rational(numerator: (1 << 20) - 1, denominator: 1 << 20)
            let noisy = try GaussianPlan(sensitivity: 1, sigma2: less)
            let over = try FixedGaussianPlan(
                [GaussianPlan](repeating: noisy, count: count), relation: .addRemove)
            #expect(try #require(Rational(exactly: over.epsilon(delta: delta))) > epsilon)
        }
    }

    @Test("exact calibration saves 3 to 20% of sigma against zCDP, and costs that much more rho")
    func gain() throws {
        for (epsilon, delta) in [("0.1", "1e-9"), ("1", "1e-9"), ("3", "1e-6"), ("10", "1e-6")] {
            let (epsilon, delta) = (
                try #require(Rational(epsilon)), try #require(Rational(delta))
            )
            let exact = try FixedGaussianPlan(
                FixedGaussianPlan.calibrated(shares: equal(10), epsilon: epsilon, delta: delta),
                relation: .addRemove)
            let loose = ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta)
            let ratio = Double(loose.value / exact.rho.value, rounding: .up).squareRoot()
            #expect(ratio > 0.8 && ratio < 0.97, "epsilon \(epsilon): \(ratio)")
        }
    }

    @Test("unequal shares keep their proportions, and the whole is within the promise")
    func shares() throws {
        let shares = ["1/2", "1/3", "1/6"].compactMap { Rational($0) }
        let delta = Rational(numerator: 1, denominator: 1_000_000_000)
        let found = try FixedGaussianPlan.calibrated(shares: shares, epsilon: 2, delta: delta)
        let plan = try FixedGaussianPlan(found, relation: .addRemove)
        #expect(plan.epsilon(delta: delta) <= 2 && plan.epsilon(delta: delta) > 1.9999)
        for (share, noise) in zip(shares, found) {
            let ratio = Double(noise.cost.value / plan.rho.value / share, rounding: .up)
            #expect(abs(ratio - 1) < 1e-5)
        }
    }

    @Test("a promise that no noise can keep is refused")
    func refusal() throws {
        let tiny = try #require(Rational("1e-320"))
        #expect(throws: NoiseError.self) {
            try FixedGaussianPlan.calibrated(
                shares: [1], epsilon: tiny, delta: Rational(numerator: 1, denominator: 1000))
        }
    }
}
