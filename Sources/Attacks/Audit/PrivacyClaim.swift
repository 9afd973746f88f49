// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Privacy

/// A statement about how well two neighbouring tables can be told apart, which experiments can contradict.
public enum PrivacyClaim: Sendable, Hashable {
    /// (ε, δ)-DP.
    case approximate(epsilon: Double, delta: Double)
    /// ρ-zCDP outside events of probability δ (Bun and Steinke 2016, Definition 8.1).
    case zeroConcentrated(rho: Double, delta: Double)
    /// The same statement, of which δ is looked at: what happens outside of what ρ covers, as when a key is named that
    /// one unit alone has.
    case exceptional(rho: Double, delta: Double)
    /// No better than telling N(0, 1) from N(μ, 1) (Dong, Roth and Su 2022, Definition 4), with error rates that may
    /// be smaller by `slack` each.
    case gaussian(mu: Double, slack: Double)

    /// The number that is claimed: ε, ρ, δ or μ.
    public var parameter: Double {
        switch self {
        case .approximate(let epsilon, _): epsilon
        case .zeroConcentrated(let rho, _): rho
        case .exceptional(_, let delta): delta
        case .gaussian(let mu, _): mu
        }
    }

    /// The letter of that number.
    public var symbol: String {
        switch self {
        case .approximate: "ε"
        case .zeroConcentrated: "ρ"
        case .exceptional: "δ"
        case .gaussian: "μ"
        }
    }

    /// The least parameter that error rates within bounds allow; the claim is contradicted where it is larger
    /// than `parameter`.
    ///
    /// Sound whatever the mechanism is: at smaller error rates than the bounds the least parameter is larger.
    ///
    /// - Parameter rates: Bounds on the error rates of a test of the two tables.
    /// - Returns: At least 0.
    public func leastParameter(allowing rates: ErrorRates) -> Double {
        let falsePositive = rates.falsePositive, falseNegative = rates.falseNegative
        guard falsePositive + falseNegative < 1 else { return 0 }
        switch self {
        case .approximate(_, let delta):
            // Kairouz, Oh and Viswanath 2015, Theorem 2.1: FPR·e^ε ≥ 1 − δ − FNR, and the same with roles changed.
            return max(
                0, log(max(0, 1 - falseNegative - delta) / falsePositive),
                log(max(0, 1 - falsePositive - delta) / falseNegative))
        case .zeroConcentrated(_, let delta):
            // Given the events that δ leaves out, rates differ from these by no more than that.
            guard delta < 1 else { return 0 }
            return Self.leastRho(
                truePositive: (1 - falseNegative - delta) / (1 - delta),
                falsePositive: falsePositive / (1 - delta))
        case .exceptional(let rho, _):
            return Self.leastDelta(rates, rho: rho)
        case .gaussian(_, let slack):
            // A bound on a rejected trade-off, not an estimate: other mechanisms have other curves.
            return max(
                0,
                -NormalDistribution.quantile(falsePositive + slack)
                    - NormalDistribution.quantile(falseNegative + slack))
        }
    }

    /// Orders of Rényi divergence that are looked at; each gives a valid bound.
    private static let orders = (0...80).map { 1 + exp(Double($0) * 0.2 - 6) }

    /// The least ρ at which one bit may have these rates: sup over α > 1 of D_α/α, in both directions.
    ///
    /// A bit computed from an output diverges no more than the output (data processing; van Erven and Harremoës 2014,
    /// Theorem 9).
    static func leastRho(truePositive: Double, falsePositive: Double) -> Double {
        guard truePositive > falsePositive else { return 0 }
        return orders.reduce(0) { best, order in
            max(
                best, renyi(truePositive, falsePositive, order) / order,
                renyi(falsePositive, truePositive, order) / order)
        }
    }

    /// The least δ at which one bit may have these rates, to 1e-9; the bit's ρ falls as δ grows.
    private static func leastDelta(_ rates: ErrorRates, rho: Double) -> Double {
        func allows(_ delta: Double) -> Bool {
            PrivacyClaim.zeroConcentrated(rho: rho, delta: delta).leastParameter(allowing: rates)
                <= rho
        }
        guard !allows(0) else { return 0 }
        var low = 0.0, high = 1.0
        while high - low > 1e-9 {
            let middle = low + (high - low) / 2
            if allows(middle) { high = middle } else { low = middle }
        }
        return low
    }

    /// D_α of two coins that are heads with probability `first` and `second`.
    static func renyi(_ first: Double, _ second: Double, _ order: Double) -> Double {
        func term(_ p: Double, _ q: Double) -> Double {
            if p <= 0 { return -.infinity }
            return q <= 0 ? .infinity : order * log(p) + (1 - order) * log(q)
        }
        let heads = term(first, second), tails = term(1 - first, 1 - second)
        let larger = max(heads, tails)
        guard larger.isFinite else { return larger > 0 ? .infinity : 0 }
        return max(0, (larger + log1p(exp(min(heads, tails) - larger))) / (order - 1))
    }
}

extension PrivacyClaim {
    /// Everything that a receipt claims of one mechanism.
    ///
    /// Its zCDP cost; beyond that (ε, 0)-DP for discrete Laplace, selections and above-threshold, the exact accountant's
    /// (ε, 0.01) for Gaussian queries of sensitivity 1, and for one discrete Gaussian query of σ ≥ 10 the trade-off of
    /// N(0, σ²) against N(Δ, σ²). Tails of the discrete Gaussian at whole numbers differ from those of the continuous
    /// one at half numbers by at most ∫|φ″_σ|/24 = 0.041/σ² (the error of the midpoint rule), so a slack of 1/(20σ²)
    /// covers it.
    ///
    /// - Parameter charge: The receipt.
    /// - Returns: At least one claim.
    public static func all(of charge: Charge) -> [PrivacyClaim] {
        var claims: [PrivacyClaim] = [.zeroConcentrated(charge.cost)]
        switch charge.mechanism {
        case .gaussian(let sigma2, let sensitivity, _, 1) where sigma2 >= 100:
            let variance = Double(sigma2, rounding: .down)
            claims.append(
                .gaussian(
                    mu: Double(sensitivity) / variance.squareRoot() * (1 + 1e-12),
                    slack: 0.05 / variance))
        case .gaussian(let sigma2, 1, _, let count):
            if let exact = exact(sigma2: sigma2, count: count) { claims.append(exact) }
        case .laplace(let scale, let sensitivity, _, let count):
            let epsilon = Rational(sensitivity) * Rational(count) / scale
            claims.append(.approximate(epsilon: Double(epsilon, rounding: .up), delta: 0))
        case .exponential(let epsilon, _, _), .permuteAndFlip(let epsilon, _, _),
            .aboveThreshold(let epsilon, _, _):
            claims.append(.approximate(epsilon: Double(epsilon, rounding: .up), delta: 0))
        default: break
        }
        return claims
    }

    /// What the exact accountant says of narrow noise and a unit of one record, at a δ where runs can contradict it.
    private static func exact(sigma2: Rational, count: Int) -> PrivacyClaim? {
        let delta = Rational(numerator: 1, denominator: 100)
        guard let noise = try? GaussianPlan(sensitivity: 1, sigma2: sigma2),
            let plan = try? FixedGaussianPlan(
                Array(repeating: noise, count: count), relation: .addRemove)
        else { return nil }
        return .approximate(epsilon: plan.epsilon(delta: delta), delta: 0.01)
    }

    /// The claim of an exact cost, rounded up.
    ///
    /// - Parameter cost: The cost.
    /// - Returns: The claim.
    public static func zeroConcentrated(_ cost: PrivacyCost) -> PrivacyClaim {
        .zeroConcentrated(
            rho: Double(cost.rho.value, rounding: .up), delta: Double(cost.delta, rounding: .up))
    }

    /// The claim of an exact cost as one about its δ, rounded up.
    ///
    /// - Parameter cost: The cost.
    /// - Returns: The claim.
    public static func exceptional(_ cost: PrivacyCost) -> PrivacyClaim {
        .exceptional(
            rho: Double(cost.rho.value, rounding: .up), delta: Double(cost.delta, rounding: .up))
    }
}
