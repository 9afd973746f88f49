// SPDX-License-Identifier: Apache-2.0

import Attacks
import Curation
import Privacy
import Synthesis
import Tables

/// Attacks our own mechanisms on invented records, and holds them to what they charge.
///
/// No real record is read, nothing is charged, and nothing is written but temporary files.
public enum MechanismAuditing {
    /// Budget of each answer where no release file says one: many claims are testable at it.
    private static let commonRho = Rho(Rational(numerator: 1, denominator: 2))
    /// Records of a unit where no release file says a cap: so many that noise is wide enough for claims of μ.
    private static let commonRows = 16

    /// Audits a release's mechanisms with its own parameters: budget, cap per unit, sizes of columns and method.
    ///
    /// The synthesizer runs whole with its share of ρ, and so does each step of discovery. A share of the evidence is so small that no affordable number
    /// of runs would contradict twice of it, so each mechanism by itself gets a larger budget.
    ///
    /// - Parameters:
    ///   - path: The release file.
    ///   - runs: Runs that synthesize rows or discover domains, on each of two tables, at least 2; ten times as many
    ///     measure only.
    ///   - falseAlarm: The probability that any true claim is rejected, above 0 and below 1.
    ///   - control: Reports progress, and stops the command.
    /// - Returns: What came out.
    /// - Throws: `ReleaseError` where the release file or an option is wrong.
    public static func audit(
        releaseFile path: String, runs: Int, falseAlarm: Double, control: RunControl = RunControl()
    ) throws(ReleaseError) -> AuditReport {
        try check(runs: runs, falseAlarm: falseAlarm)
        let prepared = try PreparedRelease(path: path)
        let split = prepared.split
        // Of a domain that is still to be found out, the most cells that it can have.
        let sizes = prepared.schema.mostCells
        let steps = prepared.schema.openAttributes.isEmpty ? [] : try prepared.discoveryPlan().steps
        let began = ContinuousClock.now
        var findings: [AuditFinding] = []
        do throws(AuditError) {
            let worlds = try CanaryWorlds(
                sizes: sizes, unitRows: prepared.file.unitRows,
                temporaryDirectory: TableIntake.temporary)
            let claims: [PrivacyClaim] = [
                .zeroConcentrated(PrivacyCost(split.synthesis)),
                .approximate(
                    epsilon: Double(prepared.file.epsilon, rounding: .up),
                    delta: Double(prepared.file.delta, rounding: .up)),
            ]
            for (view, count) in [(CanaryAudit.View.measurements, 10 * runs), (.rows, runs)] {
                findings += try CanaryAudit(
                    method: prepared.method, rho: split.synthesis, view: view,
                    workload: prepared.workload, modelMiB: prepared.file.wishes.modelMiB
                ).findings(
                    in: worlds, runs: count, claims: claims, falseAlarm: falseAlarm / 4,
                    progress: watch(control, of: count))
            }
            findings += try DiscoveryAudit.run(
                steps, runs: runs, falseAlarm: falseAlarm / 4,
                temporaryDirectory: TableIntake.temporary, progress: watch(control, of: runs))
            findings += try MechanismAudit.run(
                runs: 10 * runs, unitRows: prepared.file.unitRows, rho: commonRho,
                falseAlarm: falseAlarm / 4, temporaryDirectory: TableIntake.temporary,
                progress: watch(control, of: 10 * runs))
        } catch {
            throw ReleaseError(error)
        }
        let file = prepared.file
        let (epsilon, delta) = (file.epsilon.reading(), file.delta.reading())
        let (rho, synthesis) = (prepared.rho.reading(), split.synthesis.reading())
        let common = commonRho.reading()
        let found = split.discovery
        return AuditReport(
            heading: [
                "Audit       \(file.name): \(prepared.method.rawValue) on \(sizes.count) columns, "
                    + "at most \(file.unitRows) records of a unit; no real record is read",
                "Claim       ε = \(epsilon) at δ = \(delta)  (ρ = \(rho), of it the synthesizer \(synthesis)"
                    + (steps.isEmpty
                        ? ""
                        : ", discovery \(found.rho.reading()) and δ = \(found.delta.reading())")
                    + "); of each mechanism by itself its receipt for ρ = \(common)",
            ], findings: telling(findings), falseAlarm: falseAlarm,
            duration: began.duration(to: .now))
    }

    /// Audits every mechanism by itself.
    ///
    /// - Parameters:
    ///   - runs: Runs on each of two tables, at least 2.
    ///   - falseAlarm: The probability that any true claim is rejected, above 0 and below 1.
    ///   - control: Reports progress, and stops the command.
    /// - Returns: What came out.
    /// - Throws: `ReleaseError` where an option is wrong.
    public static func auditMechanisms(
        runs: Int, falseAlarm: Double, control: RunControl = RunControl()
    ) throws(ReleaseError) -> AuditReport {
        try check(runs: runs, falseAlarm: falseAlarm)
        let began = ContinuousClock.now
        let findings: [AuditFinding]
        do {
            findings = try MechanismAudit.run(
                runs: runs, unitRows: commonRows, rho: commonRho, falseAlarm: falseAlarm,
                temporaryDirectory: TableIntake.temporary,
                progress: watch(control, of: runs))
        } catch {
            throw ReleaseError(error)
        }
        return AuditReport(
            heading: [
                "Audit       every mechanism by itself, at most \(commonRows) records of a unit; "
                    + "no real record is read",
                "Claim       what each receipt says, for a grant of ρ = \(commonRho.reading())",
            ], findings: findings, falseAlarm: falseAlarm, duration: began.duration(to: .now))
    }

    /// Of all columns the one that tells most.
    private static func telling(_ findings: [AuditFinding]) -> [AuditFinding] {
        func isColumn(_ finding: AuditFinding) -> Bool { finding.name.hasPrefix("column ") }
        func excess(_ finding: AuditFinding) -> Double {
            finding.leastParameter / finding.claim.parameter
        }
        let columns = findings.filter(isColumn)
        let most = columns.max { excess($0) < excess($1) }
        return findings.filter { !isColumn($0) || $0 == most }
    }

    private static func check(runs: Int, falseAlarm: Double) throws(ReleaseError) {
        guard (2...10_000_000).contains(runs), falseAlarm > 0, falseAlarm < 0.5 else {
            throw ReleaseError(
                .usage,
                "audit: found \(runs) runs and a chance of \(falseAlarm) of a false alarm, expected 2 to "
                    + "10000000 runs and a chance above 0 and below 0.5")
        }
    }

    /// Tells how far the runs are, and stops them.
    private static func watch(
        _ control: RunControl, of runs: Int
    ) -> (String, Int) throws(AuditError) -> Void {
        { (name, run) throws(AuditError) in
            guard !control.reading.wantsStop else { throw .interrupted }
            guard run % max(1, runs / 5) == 0 else { return }
            control.stage("auditing \(name): run \(run) of \(runs)")
        }
    }
}

extension ReleaseError {
    init(_ error: AuditError) {
        switch error {
        case .table(let error): self.init(error)
        case .stream(let error): self.init(error)
        case .curation(let error): self.init(error)
        case .synthesis(let error): self.init(error)
        case .grant: self.init(.software, error.description)
        case .noise, .unusable: self.init(.configuration, error.description)
        case .interrupted: self.init(.interrupted, error.description)
        }
    }
}
