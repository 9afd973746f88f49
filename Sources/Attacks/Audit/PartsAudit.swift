// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// Experiments on the division of a budget between disjoint parts, whose cost is that of one part and not the sum.
enum PartsAudit {
    /// Runs the experiments, with the unit in the training part and in the holdout, and tests what the account says.
    ///
    /// - Parameters:
    ///   - runs: Runs on each of the two tables, for either part.
    ///   - unitRows: The cap of records per privacy unit.
    ///   - rho: The budget, spent on both parts.
    ///   - falseAlarm: The probability that any true claim is rejected (Bonferroni).
    ///   - temporaryDirectory: A folder for invented tables.
    ///   - progress: Gets the experiment and the number of runs that are done; may stop the audit.
    /// - Returns: Findings for either part.
    static func run(
        runs: Int, unitRows: Int, rho: Rho, falseAlarm: Double, temporaryDirectory: String,
        progress: (String, Int) throws(AuditError) -> Void
    ) throws(AuditError) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        for part in [Part.training, .holdout] {
            let worlds = try DividedWorlds(
                unitIn: part, unitRows: unitRows, temporaryDirectory: temporaryDirectory)
            let name = "parts, unit in \(part.rawValue)"
            var trials = Trials()
            var claims: [PrivacyClaim] = []
            for run in 0..<runs {
                for hasUnit in [false, true] {
                    let answer = try worlds.ask(hasUnit: hasUnit, rho: rho)
                    trials.add(answer.score, hasUnit: hasUnit)
                    if claims.isEmpty {
                        // One part's receipt claims more than its ρ, and the other part's output is the same with it.
                        claims =
                            [.zeroConcentrated(answer.consumed)]
                            + PrivacyClaim.all(of: answer.charge).dropFirst()
                    }
                }
                try progress(name, run + 1)
            }
            findings += trials.findings(on: claims, name: name, falseAlarm: falseAlarm / 2)
        }
        return findings
    }
}
