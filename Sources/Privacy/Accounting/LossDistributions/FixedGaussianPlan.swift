// SPDX-License-Identifier: Apache-2.0

import BigInt
import Glibc

/// Discrete Gaussian measurements whose noise was all fixed before any data is read: what the exact
/// accountant may be asked about.
///
/// The figures hold only under all of these, and this type cannot be made without them:
/// - one record per privacy unit: a whole-number query that one unit moves by at most 1 in the Euclidean
///   norm changes in one cell by one. For more records the worst change is another one, and no loss
///   distribution is claimed for it;
/// - adding and removing a unit, not replacing one;
/// - discrete Gaussian noise alone, with σ² fixed in advance. Which query gets which may depend on what
///   was released before; how much noise it gets may not. Selections by the exponential mechanism, as MST and
///   AIM make them, have no place here.
public struct FixedGaussianPlan: Sendable, Hashable {
    /// σ² of every measurement, and how many have it.
    public let counts: [Rational: Int]

    /// Fixes the noise of all measurements.
    ///
    /// - Parameters:
    ///   - measurements: The noise of each query, in any order; at least one.
    ///   - relation: What the figures are to speak of.
    /// - Throws: `Refusal` where exact accounting does not hold.
    public init(
        _ measurements: [GaussianPlan], relation: NeighbouringRelation
    ) throws(Refusal) {
        guard relation == .addRemove else { throw .relation }
        guard !measurements.isEmpty else { throw .empty }
        for plan in measurements where plan.sensitivity != 1 {
            throw .sensitivity(plan.sensitivity)
        }
        counts = measurements.reduce(into: [:]) { $0[$1.sigma2, default: 0] += 1 }
    }

    /// Why exact accounting does not hold.
    public enum Refusal: Error, Hashable, CustomStringConvertible {
        /// A unit moves a query by this much.
        case sensitivity(Int)
        /// Another relation than adding and removing.
        case relation
        /// Nothing is measured.
        case empty

        /// What was found and what is needed.
        public var description: String {
            switch self {
            case .sensitivity(let found):
                "exact accounting: sensitivity \(found), expected 1: it is proved for one record per "
                    + "privacy unit"
            case .relation:
                "exact accounting: neighbours by replacement, expected by adding and removing a unit"
            case .empty: "exact accounting: no measurement, expected at least one"
            }
        }
    }

    /// The zCDP cost, Σ 1/(2σ²), exact: what a ledger is charged.
    public var rho: Rho {
        counts.reduce(into: Rho.zero) { sum, part in
            sum += Rho(Rational(part.value) / (2 * part.key))
        }
    }

    /// The least ε at which the plan is (ε, δ)-DP, rounded up.
    ///
    /// With one σ² the loss distribution is exact; with several it is where their losses share a small
    /// grid, and else rounded up onto one of 4096 steps, which raises ε by a few parts in 10⁵. Never
    /// above the conversion from zCDP. Takes milliseconds.
    ///
    /// - Parameter delta: Above zero and below one.
    /// - Returns: At least the true ε.
    public func epsilon(delta: Rational) -> Double {
        precondition(delta > 0 && delta < 1, "delta lies between zero and one")
        let loose = ZeroConcentrated.epsilon(rho: rho, delta: delta)
        let lowered = Double(delta, rounding: .down)
        guard lowered > 1e-250, loose < 1e5 else { return loose }
        var best = loose
        if let mu = smoothMu {
            best = min(best, ExactGaussian.epsilon(mu: mu, delta: lowered * (1 - 1e-12)))
        }
        if let losses = losses(exponent: -log(lowered) + 30) {
            best = min(best, losses.epsilon(delta: lowered))
        }
        return best
    }

    /// The least δ at which the plan is (ε, δ)-DP, rounded up; see `epsilon(delta:)`.
    ///
    /// - Parameter epsilon: At least zero.
    /// - Returns: At least the true δ, and at most 1.
    public func delta(epsilon: Rational) -> Double {
        precondition(epsilon >= 0, "epsilon is at least zero")
        let loose = ZeroConcentrated.delta(rho: rho, epsilon: epsilon)
        let lowered = Double(epsilon, rounding: .down)
        guard loose > 1e-250, lowered < 1e5 else { return loose }
        var best = loose
        if let mu = smoothMu {
            best = min(best, ExactGaussian.delta(mu: mu, epsilon: lowered) * (1 + 1e-12))
        }
        // The true δ is not far below what zCDP says: a factor of e^20 leaves room enough.
        if let losses = losses(exponent: -log(loose) + 50) {
            best = min(best, losses.delta(epsilon: lowered))
        }
        return best
    }
}
