// SPDX-License-Identifier: Apache-2.0

import Privacy
import Synthesis
import Tables

/// How a release's noise is calibrated to its (ε, δ).
///
/// The ledger is charged the exact ρ of what is drawn either way.
public enum Accountant: String, Sendable, CaseIterable {
    /// By zCDP: the largest ρ whose conversion is within (ε, δ). Holds for every method.
    case zcdp
    /// By the exact loss distribution of discrete Gaussian noise: less noise for the same (ε, δ), and a
    /// larger ρ on the ledger. Holds for fixed Gaussian measurements of one record per unit alone.
    case exact
}

extension PreparedRelease {
    /// ρ of the whole release by its accountant.
    static func rho(
        of file: ReleaseFile, method: SynthesisMethod, columns: Int, discovery: DiscoveryBudget,
        path: String
    ) throws(ReleaseError) -> Rho {
        let rho: Rho
        switch file.accountant {
        case .zcdp:
            rho = ZeroConcentrated.largestRho(
                epsilon: file.epsilon, delta: file.delta - discovery.delta)
        case .exact:
            if let obstacle = obstacle(to: file, method: method, discovery: discovery) {
                throw ReleaseError(
                    .configuration,
                    "exact accounting does not hold: \(path): \(obstacle); write accountant: zcdp")
            }
            rho = exactRho(of: file, columns: columns)
        }
        guard rho > .zero else {
            throw ReleaseError(
                .configuration,
                "privacy too small to use: \(path): no noise is large enough; raise epsilon")
        }
        return rho
    }

    /// Why the exact loss distribution says nothing about a release, or `nil` where it holds.
    private static func obstacle(
        to file: ReleaseFile, method: SynthesisMethod, discovery: DiscoveryBudget
    ) -> String? {
        if discovery.share > 0 {
            return
                "found domains to discover, whose answers decide what is measured, expected declared ones"
        }
        if method != .independent {
            return
                "found method \(method.rawValue), which chooses what it measures and with what noise, "
                + "expected independent"
        }
        if !file.reuse.isEmpty {
            return "found reuse of earlier measurements, which add their own loss, expected none"
        }
        if file.unitRows != 1 {
            return "found \(file.unitRows) records per unit, expected unit.rows 1"
        }
        if file.evidence != nil {
            return
                "found evidence, whose queries are of other sensitivities, expected evidence: off"
        }
        return nil
    }

    /// Σ 1/(2σ²) of the least equal noise on all columns that is within (ε, δ); zero where none is.
    private static func exactRho(of file: ReleaseFile, columns: Int) -> Rho {
        let share = Rational(numerator: 1, denominator: max(1, columns))
        let measurements = try? FixedGaussianPlan.calibrated(
            shares: [Rational](repeating: share, count: max(1, columns)), epsilon: file.epsilon,
            delta: file.delta)
        return (measurements ?? []).reduce(Rho.zero) { $0 + $1.cost }
    }

    /// The measurements of the release where their noise is fixed and exact accounting holds.
    var fixedPlan: FixedGaussianPlan? {
        guard Self.obstacle(to: file, method: method, discovery: discovery) == nil else {
            return nil
        }
        let count = schema.measured.count
        let share = rho.scaled(by: Rational(numerator: 1, denominator: count))
        guard let noise = try? GaussianPlan(sensitivity: 1, rho: share) else { return nil }
        return try? FixedGaussianPlan(
            [GaussianPlan](repeating: noise, count: count), relation: .addRemove)
    }

    /// ε of those measurements at the release's δ, rounded up to four digits.
    var exactEpsilon: String? {
        guard let epsilon = fixedPlan?.epsilon(delta: file.delta) else { return nil }
        // The calibrated figure is within the promise, which four digits might pass.
        if epsilon <= Double(file.epsilon, rounding: .down),
            epsilon > Double(file.epsilon, rounding: .down) * 0.9999
        {
            return file.epsilon.reading()
        }
        return BudgetWords.reading(epsilon)
    }

    /// ε by the conversion of ρ at the δ that thresholds leave, rounded up to four digits.
    var convertedEpsilon: String {
        let epsilon = ZeroConcentrated.epsilon(cost, delta: file.delta)
        return BudgetWords.reading(epsilon)
    }
}
