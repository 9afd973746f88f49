// SPDX-License-Identifier: Apache-2.0

import Privacy

/// Conversions, exact figures of Gaussian plans, and their calibration.
enum Accounting: Subject {
    static func measure() throws -> [Row] {
        let rho = Rho(Rational(numerator: 56_130_501_796, denominator: 1_000_000_000_000))
        let delta = Rational(numerator: 1, denominator: 1_000_000_000)
        let (low, high) = (
            Rational(numerator: 1, denominator: 1000), Rational(numerator: 2, denominator: 1)
        )
        let conversions = 10_000
        var sink = 0.0
        func repeated(_ name: String, _ body: () -> Double) -> Row {
            Row(name, operations: conversions) {
                for _ in 0..<conversions { sink += body() }
            }
        }
        var rows = [
            repeated("zCDP: epsilon of exact rho and delta") {
                ZeroConcentrated.epsilon(rho: rho, delta: delta)
            },
            repeated("zCDP: delta of exact rho and epsilon") {
                ZeroConcentrated.delta(rho: rho, epsilon: high)
            },
            repeated("zCDP: largest exact rho, epsilon 2") {
                ZeroConcentrated.largestRho(epsilon: high, delta: delta) > .zero ? 1 : 0
            },
            repeated("zCDP: largest exact rho, epsilon 0.001") {
                ZeroConcentrated.largestRho(epsilon: low, delta: delta) > .zero ? 1 : 0
            },
            repeated("continuous Gaussian: epsilon") {
                ExactGaussian.epsilon(mu: 0.3, delta: 1e-9)
            },
        ]
        for (sigma2, count) in [(50, 20), (2000, 20), (2000, 200)] {
            let noise = try GaussianPlan(sensitivity: 1, sigma2: Rational(sigma2))
            let plan = try FixedGaussianPlan(
                [GaussianPlan](repeating: noise, count: count), relation: .addRemove)
            rows.append(
                Row("exact epsilon, \(count) measurements, sigma2 \(sigma2)", operations: 1) {
                    sink += plan.epsilon(delta: delta)
                })
        }
        let several = try FixedGaussianPlan(
            (0..<20).map {
                try GaussianPlan(
                    sensitivity: 1, sigma2: Rational(numerator: 1000 + 7 * $0, denominator: 3))
            }, relation: .addRemove)
        rows.append(
            Row("exact epsilon, 20 measurements of 20 sigma2", operations: 1) {
                sink += several.epsilon(delta: delta)
            })
        for count in [20, 200] {
            let shares = [Rational](
                repeating: Rational(numerator: 1, denominator: count), count: count)
            rows.append(
                try Row("calibration of \(count) measurements, epsilon 2", operations: 1) {
                    sink += Double(
                        try FixedGaussianPlan.calibrated(
                            shares: shares, epsilon: high, delta: delta
                        )
                        .count)
                })
        }
        precondition(sink > 0, "what is timed is used")
        return rows
    }
}
