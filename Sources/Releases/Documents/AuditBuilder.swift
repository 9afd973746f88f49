// SPDX-License-Identifier: Apache-2.0

import Attacks
import Curation
import Evaluation
import Privacy
import Synthesis
import Tables

/// Gathers what is public or charged into the audit record.
struct AuditBuilder {
    let prepared: PreparedRelease
    let plan: Plan
    let planSHA256: String
    /// How many counted shards the release was made from; nil where the table was read.
    let shards: Int?
    let created: String
    let measurements: Measurements
    let fitted: FittedSynthesizer
    let rowsWritten: Int
    /// What was done to rows after their values were placed.
    let finished: FinishedRows
    let evidence: EvidenceRun?
    let findings: Findings
    let reservation: ReservationFacts

    /// Where the reservation stands in the ledger.
    struct ReservationFacts {
        let sequence: Int
        let hash: String
        let shareBefore: Double, shareNow: Double
        let lifetimeEpsilon: String
    }

    /// What this release and the earlier ones that it reuses promise in all (basic composition: Dwork and Roth 2014,
    /// Theorem 3.16); nil where it reuses none.
    private var together: (names: [String], epsilon: String, delta: String)? {
        guard !prepared.earlier.isEmpty else { return nil }
        let file = prepared.file
        return (
            prepared.earlier.map(\.measurements.release),
            prepared.earlier.reduce(file.epsilon) { $0 + $1.epsilon }.reading(),
            prepared.earlier.reduce(file.delta) { $0 + $1.delta }.reading()
        )
    }

    /// The record.
    func build() -> AuditRecord {
        let file = prepared.file
        let statements = Statements(
            release: file, epsilon: file.epsilon.reading(), delta: file.delta.reading(),
            shards: shards, together: together,
            discovered: prepared.discovered?.answers.map(\.column) ?? [])
        return AuditRecord(
            identity: .init(
                release: file.name, title: file.title, planSHA256: planSHA256, tool: Program.name,
                created: created),
            purpose: .init(
                recipient: file.recipient.name, intendedUse: file.recipient.purpose,
                jurisdiction: file.recipient.jurisdiction, contract: file.recipient.contract,
                expires: file.recipient.expires),
            data: .init(
                schemaSHA256: prepared.schemaDigest,
                requestedSchemaSHA256: prepared.discovered.map { _ in prepared.digests.schema },
                discovery: prepared.discovered.map { $0.answers.map(Self.discovered) },
                columns: columns,
                unitColumn: file.unitColumn, rowsPerUnit: file.unitRows, shards: shards,
                unitSeparation: statements.separation,
                neighbouringRelation: "add or remove all records of one privacy unit; "
                    + "the number of records is private",
                domainSource: statements.domainSource),
            guarantee: .init(
                variant: prepared.file.accountant == .exact
                    ? "approximate differential privacy of fixed discrete Gaussian measurements"
                    : "zero-concentrated differential privacy",
                rho: prepared.rho.description, epsilon: file.epsilon.description,
                delta: scientific(file.delta), exactEpsilon: prepared.exactEpsilon,
                unprotected: statements.unprotected, statement: statements.guarantee),
            accounting: accounting,
            mechanism: mechanism, processing: statements.processing, utility: findings.utility,
            attacks: findings.attacks, notAssessed: findings.notAssessed,
            trust: statements.trust,
            hazards: statements.hazards(
                epsilonValue: Double(file.epsilon, rounding: .up),
                deltaValue: Double(file.delta, rounding: .up), assessed: evidence != nil),
            terms: statements.terms, review: statements.review,
            limits: statements.limits
                + OutsideValues.warnings(
                    measurements, schema: prepared.schema, discovered: prepared.discovered))
    }

    private static func discovered(_ answer: DiscoveryAnswer) -> AuditRecord.Discovered {
        let cost = answer.charge.cost
        return AuditRecord.Discovered(
            column: answer.column, kind: answer.kind, threshold: answer.threshold,
            found: answer.found, rho: cost.rho.description,
            delta: cost.delta > 0 ? cost.delta.description : nil)
    }

    private var columns: [AuditRecord.Column] {
        prepared.schema.fields.map { field in
            AuditRecord.Column(
                name: field.name, type: field.type.rawValue, role: field.role.rawValue,
                treatment: field.codec != nil
                    ? "synthesised"
                    : field.derived != nil
                        ? "computed" : field.pattern != nil ? "generated" : "omitted",
                cells: field.codec?.cellCount)
        }
    }

    private var accounting: AuditRecord.Accounting {
        .init(
            population: plan.budget.population, reservedRho: prepared.rho.description,
            capEpsilon: plan.budget.capEpsilon, capDelta: plan.budget.capDelta,
            lifetimeEpsilon: reservation.lifetimeEpsilon, shareBefore: reservation.shareBefore,
            shareNow: reservation.shareNow,
            composition: composition, charges: costs, ledgerSequence: reservation.sequence,
            ledgerHash: reservation.hash)
    }

    private var composition: [String] {
        var rules = [
            "Within a part, ρ adds (Bun and Steinke 2016, Lemma 1.7), also where what is asked and with which noise "
                + "follows earlier noisy answers: no query takes more than is left of a ρ that was fixed before "
                + "(a privacy filter: Feldman and Zrnic 2021; Whitehouse et al. 2023).",
            "Training and holdout hold different privacy units by a keyed hash of the unit, "
                + "so the larger of the two counts (parallel composition).",
            conversion,
        ]
        if prepared.discovery.delta > 0 {
            rules.append(
                "Of δ, \(prepared.discovery.delta.reading()) is kept for the thresholds of discovery "
                    + "(approximate zCDP, Bun and Steinke 2016, Lemma 8.2); the rest reads ρ.")
        }
        return rules + ["Across releases ρ and δ add, all recipients together."]
    }

    /// How ρ and (ε, δ) of the release belong together.
    private var conversion: String {
        guard prepared.file.accountant == .exact else {
            return "ρ is read as (ε, δ) by Proposition 12 of Canonne, Kamath and Steinke 2020."
        }
        return
            "The noise is calibrated to (ε, δ) by the exact loss distribution of its sums, which holds "
            + "because every measurement is discrete Gaussian, fixed in advance and moved by one "
            + "record at most. The ledger is charged ρ of what was drawn, which alone would read as "
            + "ε = \(prepared.convertedEpsilon) at the same δ (Canonne, Kamath and Steinke 2020, "
            + "Proposition 12)."
    }

    private var costs: [AuditRecord.Cost] {
        Self.charges(measurements, evidence).map { purpose, part, charge in
            AuditRecord.Cost(
                purpose: purpose, mechanism: charge.mechanism.description, part: part.rawValue,
                rho: charge.rho.description,
                delta: charge.cost.delta > 0 ? charge.cost.delta.description : nil)
        }
    }

    /// Every charge with what it bought and the records that were asked, in the order in which they ran.
    static func charges(
        _ measurements: Measurements, _ evidence: EvidenceRun?
    ) -> [(purpose: String, part: Part, charge: Charge)] {
        var all: [(purpose: String, part: Part, charge: Charge)] =
            measurements.chargedSteps.map { ($0.purpose, .training, $0.charge) }
        guard let evidence else { return all }
        all += evidence.utility.charges.map { ("two-way distances", .training, $0) }
        if let model = evidence.utility.model {
            all.append(("downstream model, score histogram", .holdout, model.charge))
        }
        for (index, charge) in evidence.membership.charges.enumerated() {
            all.append(
                (
                    "membership attack, score histogram", index == 0 ? .training : .holdout, charge
                ))
        }
        for (index, charge) in (evidence.linkage?.charges ?? []).enumerated() {
            all.append(
                (
                    "linkage attack, decision histogram",
                    index % 2 == 0 ? .training : .holdout, charge
                ))
        }
        return all
    }

    private var constraints: AuditRecord.Constraints? {
        guard !prepared.constraints.isEmpty else { return nil }
        return .init(
            declared: prepared.constraints.declared.map(\.text),
            checkedRecords: finished.checkedRows, brokenRecords: finished.brokenRows,
            changedCells: finished.mendedCells, movedRecords: finished.movedRows,
            splitRecords: finished.splitRows)
    }

    private var mechanism: AuditRecord.Mechanism {
        .init(
            method: measurements.method.rawValue,
            description: (measurements.reason == nil
                ? "" : SynthesisMethod.auto.summary + " It chose \(measurements.method.rawValue): ")
                + measurements.method.summary,
            reason: measurements.reason,
            randomness: "the operating system's generator through getrandom(2); never seeded",
            sampling:
                "exact integer samplers (Canonne, Kamath and Steinke 2020); no floating point",
            estimation: fitted.summary,
            estimatedRecords: measurements.total,
            estimatedRecordsError: measurements.totalVariance.squareRoot(),
            rowsWritten: rowsWritten,
            unitsWritten: finished.units > 0 ? finished.units : nil,
            changedCells: finished.units > 0 ? finished.changedCells : nil,
            constraints: constraints, reused: prepared.reused)
    }
}
