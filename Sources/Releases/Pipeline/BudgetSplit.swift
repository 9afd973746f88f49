// SPDX-License-Identifier: Apache-2.0

import Privacy

/// How a release's ρ is divided among its stages, exactly.
///
/// The training part and the holdout part hold disjoint privacy units, chosen by a rule that does not
/// look at the data, so each may spend the whole of ρ (parallel composition, McSherry 2009) and the
/// ledger is charged ρ once.
struct BudgetSplit {
    /// Of the training part: finding domains out; its δ is the only one.
    let discovery: PrivacyCost
    /// Of the training part: the synthesizer's measurements, and units by how many records they have.
    let synthesis: Rho, units: Rho
    /// Of the training part: two-way distances, membership histogram, linkage histograms.
    let distances: Rho, members: Rho, linkedMembers: Rho
    /// Of the holdout part: the downstream model's histogram, and the controls of the two attacks.
    let model: Rho, controls: Rho, linkedControls: Rho

    /// Divides ρ.
    ///
    /// - Parameters:
    ///   - rho: ρ of the release.
    ///   - share: The share of ρ that evidence takes from the training part; 0 without evidence.
    ///   - discovery: What discovery takes of the training part; nothing where domains are declared.
    ///   - hasUnits: Whether units are counted by their records. That takes a fiftieth of what is left for the
    ///     synthesis: its sensitivity is 1, whatever the cap.
    init(rho: Rho, share: Rational, discovery: DiscoveryBudget, hasUnits: Bool) {
        func part(_ numerator: Int, _ denominator: Int, of rho: Rho) -> Rho {
            rho.scaled(by: Rational(numerator: numerator, denominator: denominator))
        }
        let evidence = rho.scaled(by: share)
        self.discovery = PrivacyCost(
            rho.scaled(by: discovery.share), delta: discovery.delta)
        let rest = rho.scaled(by: Rational(1) - share - discovery.share)
        units = part(hasUnits ? 1 : 0, 50, of: rest)
        synthesis = part(hasUnits ? 49 : 50, 50, of: rest)
        distances = part(2, 5, of: evidence)
        members = part(2, 5, of: evidence)
        linkedMembers = part(1, 5, of: evidence)
        let holdout = share > Rational(0) ? rho : rho.scaled(by: Rational(0))
        model = part(1, 2, of: holdout)
        controls = part(1, 4, of: holdout)
        linkedControls = part(1, 4, of: holdout)
    }

    /// The stages for the plan, in the order in which they run.
    var stages: [Plan.Stage] {
        let all = [
            ("discovery of domains", "training", discovery.rho),
            ("synthesis", "training", synthesis), ("records per unit", "training", units),
            ("two-way distances", "training", distances),
            ("membership attack, members", "training", members),
            ("linkage attack, members", "training", linkedMembers),
            ("downstream model", "holdout", model),
            ("membership attack, controls", "holdout", controls),
            ("linkage attack, controls", "holdout", linkedControls),
        ]
        return all.filter { $0.2.value > Rational(0) }.map {
            Plan.Stage(purpose: $0.0, part: $0.1, rho: $0.2.value.description)
        }
    }
}
