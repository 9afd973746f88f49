// SPDX-License-Identifier: Apache-2.0

import Curation
public import Privacy

/// Black-box experiments on each mechanism by itself, with the neighbours that it tells apart best.
///
/// Every answer is the curator's own, paid by a grant, and every claim is the one on its receipt: an undercharge, a
/// sensitivity that is too small, noise that is too narrow or a cap that does not hold shows as a rejected claim.
public enum MechanismAudit {
    /// Looks at mechanisms.
    ///
    /// - Parameters:
    ///   - names: Beginnings of the names of mechanisms; `nil` for all.
    ///   - runs: Runs on each of the two tables and for each mechanism; a tenth of it, but 3000 where there are as
    ///     many, for discovery, which takes longer.
    ///   - unitRows: The cap of records per privacy unit.
    ///   - rho: The budget of each answer, above 0.
    ///   - falseAlarm: The probability that any true claim is rejected (Bonferroni).
    ///   - temporaryDirectory: A folder for invented tables.
    ///   - progress: Gets the mechanism and the number of runs that are done; may stop the audit.
    /// - Returns: Findings, mechanism by mechanism.
    /// - Throws: `AuditError` when the budget buys no usable noise. Complexity: O(runs).
    public static func run(
        _ names: [String]? = nil, runs: Int, unitRows: Int = 16, rho: Rho, falseAlarm: Double,
        temporaryDirectory: String,
        progress: (String, Int) throws(AuditError) -> Void = { (_, _) throws(AuditError) in }
    ) throws(AuditError) -> [AuditFinding] {
        let worlds = try CanaryWorlds(
            sizes: [2, 3], unitRows: unitRows, temporaryDirectory: temporaryDirectory)
        let experiments = MechanismExperiment.all.filter { experiment in
            names?.contains { experiment.name.hasPrefix($0) } ?? true
        }.filter { experiment in
            // With a cap of one record all units are alike, and are not counted.
            experiment.name != MechanismExperiment.unitSizes.name
                || Curator.countsUnits(UnitRule(column: "unit", rows: unitRows))
        }
        func isWanted(_ name: String) -> Bool { names?.contains { name.hasPrefix($0) } ?? true }
        // Texts with the cap, and numbers with units of one record: then a threshold that is off by one shows most.
        let discoveries = [
            ("discovery of texts", unitRows, OpenCurator.textKeyBits),
            ("discovery of numbers", 1, 0),
        ]
        .filter { isWanted($0.0) }
        // A run through the open curator takes as long as ten of the others.
        let fewer = max(min(runs, 3000), runs / 10)
        let parts = isWanted("parts") ? 1 : 0
        let ranges = isWanted("discovery of ranges") ? 1 : 0
        let share =
            falseAlarm / Double(max(1, experiments.count + parts + ranges + discoveries.count))
        var findings: [AuditFinding] = []
        for experiment in experiments {
            findings += try experiment.findings(
                in: worlds, runs: runs, rho: rho, falseAlarm: share, progress: progress)
        }
        if parts > 0 {
            findings += try PartsAudit.run(
                runs: runs, unitRows: unitRows, rho: rho, falseAlarm: share,
                temporaryDirectory: temporaryDirectory, progress: progress)
        }
        if ranges > 0 {
            let noise: GaussianPlan
            do {
                noise = try GaussianPlan(sensitivity: unitRows, rho: rho)
            } catch {
                throw .noise(error)
            }
            findings += try DiscoveryAudit.run(
                noise, name: "discovery of ranges", runs: fewer, falseAlarm: share,
                temporaryDirectory: temporaryDirectory, progress: progress)
        }
        for (label, rows, bits) in discoveries {
            findings += try DiscoveryAudit.run(
                unitRows: rows, rho: rho, keyBits: bits, label: label, runs: fewer,
                falseAlarm: share, temporaryDirectory: temporaryDirectory,
                progress: progress)
        }
        return findings
    }
}

/// One mechanism, asked about a canary.
struct MechanismExperiment: Sendable {
    /// What an experiment knows of the table that it asks.
    struct Table: Sendable {
        let hasUnit: Bool
        let unitRows: Int
        /// Noise and threshold of names, for a unit of one record: then a threshold that is off by one shows most.
        let names: ThresholdPlan?
    }

    /// One answer: a score that is larger with the canary, and the receipts.
    typealias Answer = (score: Double, charges: [Charge])

    let name: String
    /// What an answer may cost beside ρ; where it may, claims are about δ, as ρ is for what both tables have.
    var delta: Rational = 0
    /// Asks one of the two tables once.
    let ask:
        @Sendable (Table, borrowing Curator, consuming PrivacyGrant) throws(AuditError) -> Answer

    /// Runs the experiment and tests every claim of its receipts.
    func findings(
        in worlds: borrowing CanaryWorlds, runs: Int, rho: Rho, falseAlarm: Double,
        progress: (String, Int) throws(AuditError) -> Void
    ) throws(AuditError) -> [AuditFinding] {
        let names = try names(rho: rho)
        var trials = Trials()
        var claims: [PrivacyClaim] = []
        for run in 0..<runs {
            for hasUnit in [false, true] {
                let table = Table(hasUnit: hasUnit, unitRows: worlds.unitRows, names: names)
                let answer = try worlds.ask(
                    hasUnit: hasUnit, cost: PrivacyCost(rho, delta: delta)
                ) {
                    (curator, grant) throws(AuditError) in try ask(table, curator, grant)
                }
                trials.add(answer.score, hasUnit: hasUnit)
                if claims.isEmpty {
                    claims =
                        delta > 0
                        ? answer.charges.map { .exceptional($0.cost) }
                        : Self.claims(of: answer.charges)
                }
            }
            try progress(name, run + 1)
        }
        return trials.findings(on: claims, name: name, falseAlarm: falseAlarm)
    }

    /// Planned once, as it takes longer than a run.
    private func names(rho: Rho) throws(AuditError) -> ThresholdPlan? {
        guard delta > 0 else { return nil }
        do {
            return try ThresholdPlan(
                unitRows: 1, budget: PrivacyCost(rho, delta: delta), mostKeys: 2, keyBits: 0)
        } catch {
            throw .noise(error)
        }
    }

    /// What one receipt claims; of several the sum.
    static func claims(of charges: [Charge]) -> [PrivacyClaim] {
        if charges.count == 1 { return PrivacyClaim.all(of: charges[0]) }
        return [.zeroConcentrated(charges.reduce(.zero) { $0 + $1.cost })]
    }
}
