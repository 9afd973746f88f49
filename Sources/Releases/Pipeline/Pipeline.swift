// SPDX-License-Identifier: Apache-2.0

import Curation
import Evaluation
import Foundation
import Governance
import Ledger
import Privacy
import Streams
import Synthesis
import Tables
import Watermarking

/// What a finished release tells the person who ran it.
public struct ReleaseOutcome: Sendable {
    /// The archive.
    public let archive: String
    /// The kept measurements.
    public let measurements: String
    /// The result for a person.
    public let summary: String
}

/// The whole way of one release: plan, read, charge, measure, fit, sample, assess, pack.
public enum Pipeline {
    /// Runs a release.
    ///
    /// Nothing is charged before the table has been read and everything that the end needs has been
    /// checked. The charge is durable before the first noise is drawn and is never returned.
    ///
    /// - Parameters:
    ///   - path: A release file, or a plan made from one.
    ///   - counts: Files or globs of counted shards, to release from in place of the table; empty for the
    ///     table.
    ///   - queryFolder: Where queries of evidence are asked of whoever has the shards; see `QueryFolder`.
    ///   - control: Reports progress, and stops the command.
    /// - Returns: Where the archive is and what it cost.
    /// - Throws: `ReleaseError`; `gateFailed` when the evidence does not meet a threshold.
    public static func release(
        _ path: String, counts: [String] = [], queryFolder: String? = nil,
        control: RunControl = RunControl()
    ) throws(ReleaseError) -> ReleaseOutcome {
        let (prepared, plan) = try Planner.open(path)
        try plan.requireAffordable()
        try prepared.checkEarlier()
        let time = Clock.seconds()
        let outputs = try Outputs(prepared: prepared)
        let kept = try outputs.begin { path in
            control.stage("removed \(path), which a killed run had left half-written")
        }
        let secrets = try Secrets(prepared: prepared)

        let records: IntakeRecords =
            counts.isEmpty
            ? try TableIntake.read(prepared, control: control)
            : .coded(
                try ShardMerge.curator(
                    prepared, counts: counts, queryFolder: queryFolder, control: control))
        let shards: Int? =
            switch records {
            case .coded(let curator): curator.shards
            case .open: nil
            }
        try control.begin("charging the ledger: ρ = \(prepared.rho.reading())", charged: false)
        let planBytes = plan.json
        #if MUTANTS
            LedgerFaults.begin(prepared)
            defer { LedgerFaults.end(prepared) }
        #endif
        let ledger = try LedgerAccess.open(prepared)
        let charge = try LedgerAccess.reserve(
            ledger, prepared: prepared, planSHA256: Files.sha256(planBytes))
        #if MUTANTS
            LedgerFaults.charged(prepared)
        #endif
        let reservation = charge.facts
        let id = charge.id
        let account = charge.account

        let result: Assessed
        do throws(ReleaseError) {
            result = try assess(
                records, prepared: prepared, grant: charge.grant, control: control)
            try MeasurementFile.write(
                result.measurements.keeping(
                    origin(result, reservation: reservation, created: Clock.timestamp(time))),
                in: kept, key: secrets.signing)
            let findings = result.findings
            guard findings.passes else {
                throw ReleaseError(
                    .gateFailed,
                    "gate failed: \(prepared.file.name): "
                        + findings.reasons.joined(separator: "; ")
                        + "; the charge ρ = \(prepared.rho.reading()) stays, and no archive was written"
                )
            }
        } catch {
            // The charge stays; the ledger only learns why there is no archive.
            LedgerAccess.fail(ledger, id: id, status: error.status)
            throw error
        }

        do throws(ReleaseError) {
            // From here on with the discovered domains, where there are some.
            let prepared = result.prepared
            try control.begin(
                "writing \(result.table.rowCount) synthetic records", charged: true)
            let schema = try ValueShapes.schema(
                prepared.schema, measurements: result.measurements, fitted: result.table.fitted)
            let export = try TableExport(
                TableText(
                    table: result.table, schema: schema, format: prepared.file.dataFormat,
                    unitColumn: prepared.file.unitColumn, key: secrets.watermark),
                in: outputs.temporary, control: control)
            let charges = AuditBuilder.charges(result.measurements, result.evidence)
            let settlement = try LedgerAccess.check(
                account, against: charges.map { ($0.part, $0.charge) })
            let record = AuditBuilder(
                prepared: prepared, plan: plan, planSHA256: Files.sha256(planBytes), shards: shards,
                created: Clock.timestamp(time), measurements: result.measurements,
                fitted: result.table.fitted, rowsWritten: result.table.rowCount,
                finished: export.finished,
                evidence: result.evidence, findings: result.findings, reservation: reservation
            ).build()
            let files =
                try Documents.render(
                    record, prepared: prepared, schema: schema, result: result, export: export,
                    planBytes: planBytes)
                + LedgerAccess.statement(ledger, id: id, key: secrets.signing)
            try control.begin("packing and signing", charged: true)
            let sums = try Packing.pack(
                release: prepared.file.name, files: files, table: export, key: secrets.signing,
                path: outputs.archive, time: time)
            try LedgerAccess.commit(
                ledger, id: id, sums: sums, settlement: settlement)
            return ReleaseOutcome(
                archive: outputs.archive, measurements: outputs.measurements,
                summary: summary(
                    record, outputs: outputs,
                    warnings: OutsideValues.warnings(
                        result.measurements, schema: prepared.schema,
                        discovered: prepared.discovered)
                        + prepared.rowWarnings(result.measurements)))
        } catch {
            LedgerAccess.fail(ledger, id: id, status: error.status)
            throw error
        }
    }

    /// What stands after the wall: measurements, the table they make, and the evidence about it.
    struct Assessed {
        /// The release, with the domains that were discovered.
        let prepared: PreparedRelease
        let measurements: Measurements
        let table: SyntheticTable
        let evidence: EvidenceRun?
        let findings: Findings
    }

    private static func assess(
        _ records: consuming IntakeRecords, prepared declared: PreparedRelease,
        grant: consuming PrivacyGrant, control: RunControl
    ) throws(ReleaseError) -> Assessed {
        let split = declared.split
        let parts = grant.inParallel()
        var training = parts.training
        let holdout = parts.holdout
        do {
            let prepared: PreparedRelease
            let curator: Curator
            switch consume records {
            case .coded(let coded):
                curator = coded
                prepared = declared
            case .open(let open):
                let discovered = try DomainDiscovery.run(
                    curator: open, schema: declared.schema, plan: try declared.discoveryPlan(),
                    grant: try training.take(split.discovery), stage: control.stage)
                prepared = declared.completed(discovered)
                curator = try open.encoded(by: discovered.schema)
            }
            control.stage("measuring under differential privacy")
            var measurements = try Synthesizer.run(
                curator: curator, grant: try training.take(split.synthesis),
                method: prepared.method,
                schemaDigest: prepared.schemaDigest,
                orderedCells: prepared.schema.codecs.map(\.orderedCells),
                workload: prepared.workload, modelMiB: prepared.file.wishes.modelMiB)
            measurements = measurements.reusing(prepared.earlier.map(\.measurements))
            if let discovered = prepared.discovered {
                measurements = measurements.keeping(discovered)
            }
            if prepared.countsUnits {
                measurements = measurements.keeping(
                    rowsPerUnit: try curator.rowsPerUnit(
                        in: .training, grant: try training.take(split.units)))
            }
            control.stage("fitting the model")
            let fitted = try measurements.fit(keeping: prepared.constraints)
            let table = SyntheticTable(
                fitted: fitted, codecs: prepared.schema.codecs, seed: prepared.seed,
                rowCount: prepared.rowCount(measurements),
                grouping: prepared.grouping(measurements), constraints: prepared.constraints)
            var evidence: EvidenceRun?
            if prepared.file.evidence != nil {
                evidence = try EvidenceRun.buy(
                    from: curator, table: table, measurements: measurements, prepared: prepared,
                    split: split, training: training, holdout: holdout, progress: control.stage)
            } else {
                training.burn()
                holdout.burn()
            }
            return Assessed(
                prepared: prepared, measurements: measurements, table: table, evidence: evidence,
                findings: Findings(evidence, measurements: measurements, of: prepared))
        } catch let error as ReleaseError {
            throw error
        } catch let error as SynthesisError {
            throw ReleaseError(error)
        } catch let error as CurationError {
            throw ReleaseError(error)
        } catch {
            throw ReleaseError(.software, "measuring: \(error)")
        }
    }

    /// What a later run needs besides the figures.
    private static func origin(
        _ result: Assessed, reservation: AuditBuilder.ReservationFacts, created: String
    ) -> MeasurementOrigin {
        let prepared = result.prepared
        return MeasurementOrigin(
            release: prepared.file.name, created: created,
            schema: String(decoding: prepared.schema.source, as: UTF8.self),
            epsilon: prepared.file.epsilon.description, delta: prepared.file.delta.description,
            rho: prepared.rho.description, unit: prepared.unit,
            unitColumn: prepared.file.unitColumn,
            population: prepared.policy.population, ledgerSequence: reservation.sequence,
            ledgerHash: reservation.hash, rows: result.table.rowCount, seed: prepared.seed)
    }

    private static func summary(
        _ record: AuditRecord, outputs: Outputs, warnings: [String]
    ) -> String {
        var lines = [
            "RELEASED \(record.identity.release)",
            "  archive       \(outputs.archive)",
            "  measurements  \(outputs.measurements)  (noisy; sampling again from them is free)",
            "  records       \(record.mechanism.rowsWritten)",
            "  spent         ε = \(BudgetWords.reading(record.guarantee.epsilon)) at "
                + "δ = \(BudgetWords.reading(record.guarantee.delta))"
                + "  (ρ = \(BudgetWords.reading(record.accounting.reservedRho)))",
            "  all releases  ε = \(record.accounting.lifetimeEpsilon) of "
                + "\(BudgetWords.cap(record.accounting.capEpsilon)) at "
                + "δ = \(BudgetWords.cap(record.accounting.capDelta))"
                + " for population \(record.accounting.population)"
                + BudgetWords.footnote(
                    delta: record.guarantee.delta, capDelta: record.accounting.capDelta),
        ]
        if let reason = record.mechanism.reason {
            lines.append("  method        \(record.mechanism.method): \(reason)")
        }
        for found in record.data.discovery ?? [] {
            let label = "discovered  \(found.column)".padding(
                toLength: 44, withPad: " ", startingAt: 0)
            lines.append("  \(label)  \(found.found)")
        }
        for finding in record.utility + record.attacks {
            let figure =
                if let value = finding.valueWords(digits: 3),
                    let interval = finding.intervalWords(digits: 3)
                {
                    "\(value)  (\(interval))"
                } else {
                    ""
                }
            let label = finding.label.padding(toLength: 44, withPad: " ", startingAt: 0)
            let word = finding.verdict.padding(toLength: 12, withPad: " ", startingAt: 0)
            lines.append("  \(label)  \(word)  \(figure)")
        }
        lines += warnings.map { "  WARNING  \($0)" }
        return lines.joined(separator: "\n")
    }
}
