// SPDX-License-Identifier: Apache-2.0

import Privacy
public import Synthesis

/// Experiments on discovery, through the curator that a release asks.
///
/// The attacker knows all records but the unit's, sees which categories are named with which noisy counts, and looks
/// for those that the unit has. Of the three pairs of tables one has its loss in ρ, as both tables have the category;
/// in the others the unit alone has it, so that any naming is what δ pays for.
public enum DiscoveryAudit {
    /// Looks at the steps of a release's discovery, with their own noise and thresholds.
    ///
    /// - Parameters:
    ///   - steps: The steps; of those with the same noise and threshold the first one runs.
    ///   - runs: Runs on each of two tables, for each pair of tables.
    ///   - falseAlarm: The probability that any true claim is rejected (Bonferroni).
    ///   - temporaryDirectory: A folder for invented tables.
    ///   - progress: Gets the experiment and the number of runs that are done; may stop the audit.
    /// - Returns: Findings, step by step.
    /// - Throws: `AuditError` when the curator refuses.
    public static func run(
        _ steps: [DiscoveryPlan.Step], runs: Int, falseAlarm: Double, temporaryDirectory: String,
        progress: (String, Int) throws(AuditError) -> Void = { (_, _) throws(AuditError) in }
    ) throws(AuditError) -> [AuditFinding] {
        var names: [ThresholdPlan: String] = [:]
        var ranges: [GaussianPlan: String] = [:]
        for step in steps.reversed() {
            let label = "discovery of \(step.column)"
            switch step.question {
            case .categories(let plan): names[plan] = label
            case .bounds(let noise, _), .quantiles(let noise): ranges[noise] = label
            }
        }
        let share = falseAlarm / Double(max(1, names.count + ranges.count))
        var findings: [AuditFinding] = []
        for (plan, label) in names.sorted(by: { $0.value < $1.value }) {
            findings += try run(
                plan, label: label, runs: runs, falseAlarm: share,
                temporaryDirectory: temporaryDirectory, progress: progress)
        }
        for (noise, label) in ranges.sorted(by: { $0.value < $1.value }) {
            findings += try run(
                noise, name: label + ", ranges", runs: runs, falseAlarm: share,
                temporaryDirectory: temporaryDirectory, progress: progress)
        }
        return findings
    }

    /// Looks at the histogram of an open column's numbers.
    ///
    /// - Parameters:
    ///   - noise: The noise.
    ///   - name: The finding's name.
    ///   - runs: Runs on each of the two tables.
    ///   - falseAlarm: The probability that any true claim is rejected (Bonferroni).
    ///   - temporaryDirectory: A folder for invented tables.
    ///   - progress: Gets the experiment and the number of runs that are done; may stop the audit.
    static func run(
        _ noise: GaussianPlan, name: String, runs: Int, falseAlarm: Double,
        temporaryDirectory: String, progress: (String, Int) throws(AuditError) -> Void
    ) throws(AuditError) -> [AuditFinding] {
        let worlds = try RangeWorlds(
            unitRows: noise.sensitivity, temporaryDirectory: temporaryDirectory)
        var trials = Trials()
        var claims: [PrivacyClaim] = []
        for run in 0..<runs {
            for hasUnit in [false, true] {
                let answer = try worlds.count(hasUnit: hasUnit, plan: noise)
                trials.add(answer.score, hasUnit: hasUnit)
                if claims.isEmpty { claims = PrivacyClaim.all(of: answer.charge) }
            }
            try progress(name, run + 1)
        }
        return trials.findings(on: claims, name: name, falseAlarm: falseAlarm)
    }

    /// Looks at the naming of categories.
    ///
    /// - Parameters:
    ///   - plan: Noise, threshold and number of categories.
    ///   - canaries: The pairs of tables.
    ///   - label: What the findings' names begin with.
    ///   - runs: Runs on each of the two tables, for each pair.
    ///   - falseAlarm: The probability that any true claim is rejected (Bonferroni).
    ///   - temporaryDirectory: A folder for invented tables.
    ///   - progress: Gets the experiment and the number of runs that are done; may stop the audit.
    /// - Returns: A finding for each pair of tables.
    /// - Throws: `AuditError` when the curator refuses. Complexity: O(runs × (threshold + k)).
    static func run(
        _ plan: ThresholdPlan, canaries: [DiscoveryWorlds.Canary] = DiscoveryWorlds.Canary.allCases,
        label: String, runs: Int, falseAlarm: Double, temporaryDirectory: String,
        progress: (String, Int) throws(AuditError) -> Void
    ) throws(AuditError) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        for canary in canaries {
            let worlds = try DiscoveryWorlds(
                canary, plan: plan, temporaryDirectory: temporaryDirectory)
            let name = label + ", " + canary.words
            var trials = Trials()
            var claims: [PrivacyClaim] = []
            for run in 0..<runs {
                for hasUnit in [false, true] {
                    let answer = try worlds.name(hasUnit: hasUnit, plan: plan)
                    trials.add(answer.score, hasUnit: hasUnit)
                    if claims.isEmpty { claims = [canary.claim(answer.charge.cost)] }
                }
                try progress(name, run + 1)
            }
            findings += trials.findings(
                on: claims, name: name, falseAlarm: falseAlarm / Double(canaries.count))
        }
        return findings
    }

    /// Looks at the naming of categories with budgets that runs can contradict.
    ///
    /// - Parameters:
    ///   - unitRows: The cap of records per privacy unit.
    ///   - rho: ρ of each answer.
    ///   - keyBits: Bits of the hash that tells categories apart; 0 for numbers.
    ///   - label: What the findings' names begin with.
    ///   - runs: Runs on each of the two tables, for each pair.
    ///   - falseAlarm: The probability that any true claim is rejected (Bonferroni).
    ///   - temporaryDirectory: A folder for invented tables.
    ///   - progress: Gets the experiment and the number of runs that are done; may stop the audit.
    /// - Returns: A finding for each pair of tables.
    /// - Throws: `AuditError` when the budget buys no usable noise.
    static func run(
        unitRows: Int, rho: Rho, keyBits: Int, label: String, runs: Int, falseAlarm: Double,
        temporaryDirectory: String,
        progress: (String, Int) throws(AuditError) -> Void = { (_, _) throws(AuditError) in }
    ) throws(AuditError) -> [AuditFinding] {
        // A large δ hides what ρ pays for; and for units of several records a large ρ hides what δ pays for. For those
        // of one record it stays, as a threshold that is off by one shows most where noise is narrow.
        let narrow = Rational(numerator: 1, denominator: unitRows > 1 ? 25 : 1)
        let budgets: [(canaries: [DiscoveryWorlds.Canary], cost: PrivacyCost)] = [
            (
                [.alone, .spread],
                PrivacyCost(rho.scaled(by: narrow), delta: Rational(numerator: 1, denominator: 3))
            ),
            ([.lifted], PrivacyCost(rho, delta: Rational(numerator: 1, denominator: 1000))),
        ]
        var findings: [AuditFinding] = []
        for (canaries, cost) in budgets {
            let plan: ThresholdPlan
            do {
                plan = try ThresholdPlan(
                    unitRows: unitRows, budget: cost, mostKeys: 50, keyBits: keyBits)
            } catch {
                throw .noise(error)
            }
            findings += try run(
                plan, canaries: canaries, label: label, runs: runs, falseAlarm: falseAlarm / 2,
                temporaryDirectory: temporaryDirectory, progress: progress)
        }
        return findings
    }
}

extension DiscoveryWorlds.Canary {
    /// What the unit brings, in words.
    fileprivate var words: String {
        switch self {
        case .alone: "one new category"
        case .spread: "many new categories"
        case .lifted: "a category at the threshold"
        }
    }

    /// The side of the receipt that the unit's records test.
    fileprivate func claim(_ cost: PrivacyCost) -> PrivacyClaim {
        self == .lifted ? .zeroConcentrated(cost) : .exceptional(cost)
    }
}
