// SPDX-License-Identifier: Apache-2.0

import Testing

@_spi(Minting) @testable import Privacy

@Suite("What stops the program rather than break the promise")
struct RefusalTests {
    @Test("a negative rho cannot be made")
    func negativeRho() async {
        await #expect(processExitsWith: .failure) { _ = Rho(-1) }
        await #expect(processExitsWith: .failure) { _ = Rho(1) - Rho(2) }
        await #expect(processExitsWith: .failure) { _ = Rho(pureEpsilon: -1) }
    }

    @Test("a reservation cannot mint its budget twice, nor a delta be negative")
    func secondGrant() async {
        await #expect(processExitsWith: .failure) {
            let account = GrantAccount(reserving: PrivacyCost(Rho(1)))
            account.mint().burn()
            account.mint().burn()
        }
        await #expect(processExitsWith: .failure) { _ = PrivacyCost(Rho(1), delta: -1) }
    }

    @Test("a part of the records is not divided into parts again, which would double its budget")
    func secondDivision() async {
        await #expect(processExitsWith: .failure) {
            let parts = GrantAccount(reserving: PrivacyCost(Rho(1))).mint().inParallel()
            parts.holdout.burn()
            let again = parts.training.inParallel()
            again.training.burn()
            again.holdout.burn()
        }
    }

    @Test("division by zero cannot give a number")
    func zeroDenominator() async {
        await #expect(processExitsWith: .failure) { _ = Rational(1) / 0 }
    }

    @Test("zCDP is not converted at a delta of zero, nor a budget that is no number")
    func conversions() async {
        await #expect(processExitsWith: .failure) {
            _ = ZeroConcentrated.epsilon(rho: 1, delta: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = ZeroConcentrated.epsilon(rho: .nan, delta: 1e-9)
        }
        await #expect(processExitsWith: .failure) {
            _ = ZeroConcentrated.rho(epsilon: .nan, delta: 1e-9)
        }
        await #expect(processExitsWith: .failure) {
            _ = ZeroConcentrated.delta(rho: 1, epsilon: .nan)
        }
        await #expect(processExitsWith: .failure) {
            _ = ZeroConcentrated.largestRho(epsilon: 1, delta: 1)
        }
    }

    @Test("a mechanism without noise has no price")
    func noNoise() async {
        await #expect(processExitsWith: .failure) {
            _ = Mechanism.gaussian(sigma2: 0, sensitivity: 1, cells: 1, count: 1).rho
        }
        await #expect(processExitsWith: .failure) {
            _ = Mechanism.laplace(scale: 1, sensitivity: 0, cells: 1, count: 1).rho
        }
    }

    @Test("counts that noise would push past 64 bits stop the program instead of wrapping")
    func overflow() async {
        await #expect(processExitsWith: .failure) {
            var source = try NoiseSource()
            let plan = try GaussianPlan(sensitivity: 1, sigma2: Rational(1 << 40))
            var counts = [Int64](repeating: .max, count: 64)
            source.addGaussian(plan, to: &counts)
        }
    }
}
