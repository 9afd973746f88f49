// SPDX-License-Identifier: Apache-2.0

import Glibc

extension RenyiCurve {
    /// Continuous Laplace noise of scale b over the sensitivity (Mironov 2017, Proposition 6).
    ///
    /// D = ln(α/(2α−1)·e^((α−1)/b) + (α−1)/(2α−1)·e^(−α/b))/(α−1).
    ///
    /// - Parameters:
    ///   - scale: b over the L1 sensitivity, above zero.
    ///   - orders: Each above 1.
    /// - Returns: The curve.
    public static func laplace(scale: Double, orders: [Double] = commonOrders) -> RenyiCurve {
        precondition(scale > 0, "a scale is above zero")
        return RenyiCurve(orders: orders) { order in
            let (grown, whole) = ((order - 1) / scale, 2 * order - 1)
            // The larger exponential is taken out; what stays under the logarithm is between ½ and 1.
            let rest = log1p((order - 1) / whole * expm1(-whole / scale))
            return (grown + rest + 4e-15 * (grown - rest)) / (order - 1)
        }
    }

    /// The noisy largest count of teachers' votes, D = α/σ² a query (Papernot, Song, Mironov, Raghunathan,
    /// Talwar and Erlingsson 2018, Proposition 8).
    ///
    /// One unit is in one teacher's part, whose changed vote moves two counts by one, so the sensitivity is
    /// √2. Data-dependent bounds are smaller and private themselves; there are none here.
    ///
    /// - Parameters:
    ///   - sigma2: σ² of the noise on each count, above zero.
    ///   - queries: How many are answered, at least 1; a query that is not answered is charged as one.
    /// - Returns: The exact zCDP cost, queries/σ².
    public static func gnMax(sigma2: Rational, queries: Int = 1) -> Rho {
        precondition(sigma2 > 0 && queries >= 1, "noise is above zero, and something is asked")
        return Rho(Rational(queries) / sigma2)
    }

    /// Gaussian noise on a Poisson sample of the units (Mironov, Talwar and Zhang 2019, Theorems 4 and 5).
    ///
    /// D = ln A/(α−1) with A = E over N(0, σ²) of (1 − q + q·e^((2z−1)/(2σ²)))^α. Every unit takes part
    /// with probability q, independently and anew at each step; batches of a shuffled set are not covered.
    ///
    /// - Parameters:
    ///   - rate: q, from above zero to one.
    ///   - noise: σ over the L2 sensitivity, above zero.
    ///   - orders: Each above 1.
    /// - Returns: The curve of one step under adding and removing a unit.
    public static func subsampledGaussian(
        rate: Double, noise: Double, orders: [Double] = commonOrders
    ) -> RenyiCurve {
        precondition(rate > 0 && rate <= 1 && noise > 0, "rate and noise are above zero")
        return RenyiCurve(orders: orders) { order in
            guard rate < 1 else { return order / (2 * noise * noise) * (1 + 4e-16) }
            let moment = SubsampledMoment(rate: rate, noise: noise)
            let logarithm =
                order == order.rounded() && order < 4096
                ? moment.whole(order: Int(order)) : moment.fractional(order: order)
            return logarithm / (order - 1) * (1 + 4e-16)
        }
    }
}
