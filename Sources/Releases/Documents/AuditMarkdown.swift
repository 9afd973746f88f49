// SPDX-License-Identifier: Apache-2.0

extension AuditRecord {
    /// The audit document for people, `audit/AUDIT.md`: the same content as `audit.json`.
    var markdown: String {
        var text = """
            # Audit document: \(identity.title)

            Release `\(identity.release)`, made \(identity.created) by \(identity.tool).
            Plan SHA-256 `\(identity.planSHA256)`.

            ## 1. Purpose and recipient

            | | |
            |---|---|
            | Recipient | \(Self.cell(purpose.recipient)) |
            | Intended use | \(Self.cell(purpose.intendedUse ?? "not stated")) |
            | Jurisdiction | \(Self.cell(purpose.jurisdiction ?? "not stated")) |
            | Contract | \(Self.cell(purpose.contract ?? "not stated")) |
            | Permitted until | \(Self.cell(purpose.expires ?? "not stated")) |

            ## 2. Data and privacy unit

            Privacy unit: \(data.unitColumn.map { "all records of one `\($0)`, at most \(data.rowsPerUnit)" } ?? "one record"). \
            Neighbouring relation: \(data.neighbouringRelation). \(data.domainSource)
            \(data.unitSeparation.map { $0 + "\n" } ?? "")\
            Schema SHA-256 `\(data.schemaSHA256)`.

            | Column | Type | Role | Treatment | Cells |
            |---|---|---|---|--:|

            """
        for column in data.columns {
            text += "| \(Self.cell(column.name)) | \(column.type) | \(column.role) "
            text += "| \(column.treatment) | \(column.cells.map(String.init) ?? "–") |\n"
        }
        if let discovery = data.discovery {
            text +=
                "\nDiscovered under differential privacy, from the training part; the domains are in "
            text +=
                "`schema.json`, made from schema SHA-256 `\(data.requestedSchemaSHA256 ?? "")`:\n\n"
            text += "| Column | Asked | Threshold | Found | ρ | δ |\n|---|---|--:|---|--:|--:|\n"
            for found in discovery {
                text += "| \(Self.cell(found.column)) | \(found.kind) "
                text += "| \(found.threshold.map(String.init) ?? "–") | \(Self.cell(found.found)) "
                text +=
                    "| \(BudgetWords.reading(found.rho)) | \(BudgetWords.reading(found.delta ?? "0")) |\n"
            }
        }
        text += """

            ## 3. Guarantee

            \(guarantee.statement)

            | | |
            |---|---|
            | Definition | \(guarantee.variant) |
            | ρ | \(BudgetWords.reading(guarantee.rho)) |
            | ε at δ | \(BudgetWords.reading(guarantee.epsilon)) at \(BudgetWords.reading(guarantee.delta)) |
            \(exactRow)
            Amounts of ρ, ε and δ are rounded up to four digits, those of a cap down, and what is within a
            cap reads as the cap at most. `audit.json` has them exactly, but for each ε that is computed from
            a ρ or a loss distribution: it stands there as it is read here.

            Not protected:

            \(Self.list(guarantee.unprotected))

            ## 4. Accounting

            Population `\(accounting.population)`, cap ε = \(BudgetWords.cap(accounting.capEpsilon)) at \
            δ = \(BudgetWords.cap(accounting.capDelta)).
            Reserved for this release before any noise was drawn: ρ = \(BudgetWords.reading(accounting.reservedRho)).
            All releases of the population, this one included: ε = \(accounting.lifetimeEpsilon)\
            \(BudgetWords.footnote(delta: guarantee.delta, capDelta: accounting.capDelta)).
            Ledger entry \(accounting.ledgerSequence), hash `\(accounting.ledgerHash)`.

            \(Self.list(accounting.composition))

            | Asked | Mechanism | Of | ρ | δ |
            |---|---|---|--:|--:|

            """
        for charge in accounting.charges {
            text += "| \(Self.cell(charge.purpose)) | \(Self.cell(charge.mechanism)) "
            text += "| \(charge.part) | \(BudgetWords.reading(charge.rho)) "
            text += "| \(BudgetWords.reading(charge.delta ?? "0")) |\n"
        }
        text += """

            ## 5. Mechanism and correctness

            \(mechanism.description)

            \(reasonLine)- Randomness: \(mechanism.randomness)
            - Sampling: \(mechanism.sampling)
            - Estimation: \(mechanism.estimation)
            - Records in the training part: about \(formatted(mechanism.estimatedRecords, digits: 0)) (noisy, standard error \(formatted(mechanism.estimatedRecordsError, digits: 0)))
            - Records written: \(mechanism.rowsWritten)
            \(unitLine)\(constraintLines)\(reusedRows)
            ## 6. Processing

            \(Self.list(processing))

            ## 7. Utility

            \(Self.table(utility))

            ## 8. Attacks

            \(Self.table(attacks))

            \(Self.list(notAssessed))

            ## 9. Trust and side channels

            \(Self.list(trust))

            ## 10. Hazards

            | Hazard | State | Evidence |
            |---|---|---|

            """
        for hazard in hazards {
            text +=
                "| \(Self.cell(hazard.hazard)) | \(hazard.state) | \(Self.cell(hazard.evidence)) |\n"
        }
        text += """

            ## 11. Terms

            \(Self.list(terms))

            ## 12. Review and incidents

            \(Self.list(review))

            ## 13. Limits

            \(Self.list(limits))

            """
        return text
    }

    /// What is said of declared constraints, where there are some.
    private var constraintLines: String {
        guard let constraints = mechanism.constraints else { return "" }
        let rules = constraints.declared.map { "`\($0.replacing("`", with: "'"))`" }
        let split =
            constraints.splitRecords > 0
            ? "; \(constraints.splitRecords) records have values of their own where those of one unit agree otherwise"
            : ""
        return
            "- Declared constraints: \(rules.joined(separator: ", ")). All \(constraints.checkedRecords) written "
            + "records keep them (what is missing breaks none). For that \(constraints.changedCells) cells were "
            + "redrawn, and values of \(constraints.movedRecords) records moved inside their cells\(split). Real "
            + "records that break them were counted as they are\n"
    }

    /// The line of why this method where `auto` chose it.
    private var reasonLine: String {
        mechanism.reason.map { "- Why this method: \($0)\n" } ?? ""
    }

    /// The line of invented units where there are some, then an empty line.
    private var unitLine: String {
        guard let units = mechanism.unitsWritten else { return "" }
        return
            "- Invented units they belong to: \(units), with as many records each as the noisy histogram "
            + "of records per unit says; \(mechanism.changedCells ?? 0) cells were changed so that records "
            + "of a unit agree where the schema says so\n"
    }

    /// The row of the exact figure where there is one, then an empty line.
    private var exactRow: String {
        guarantee.exactEpsilon.map {
            "| ε at δ, by the exact loss distribution of the Gaussian measurements | \($0) |\n"
        } ?? ""
    }

    /// One line an earlier release that was evidence, then an empty line.
    private var reusedRows: String {
        (mechanism.reused ?? []).map { reused in
            "- Evidence at no cost: the measurements of release `\(reused.release)`, which ledger entry "
                + "\(reused.ledgerSequence) paid for, SHA-256 `\(reused.sha256)`; shares may have moved by a "
                + "total variation of \(reused.drift) since\n"
        }.joined()
    }

    /// A text that does not break a table row.
    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
            .split(separator: "\n").joined(separator: " ")
    }

    private static func list(_ texts: [String]) -> String {
        texts.map { "- " + $0 }.joined(separator: "\n")
    }

    private static func table(_ findings: [Finding]) -> String {
        guard !findings.isEmpty else { return "Not assessed." }
        var text = "| Figure | Value | 99% interval | Threshold | Verdict | Basis |\n"
        text += "|---|--:|--:|--:|---|---|\n"
        for finding in findings {
            let value = finding.valueWords(digits: 4) ?? "–"
            let interval = finding.intervalWords(digits: 4) ?? "–"
            let threshold = finding.threshold.map { formatted($0, digits: 4) } ?? "–"
            text += "| \(cell(finding.label)) | \(value) | \(interval) | \(threshold) "
            text += "| \(finding.verdict) | \(finding.basis) |\n"
        }
        return text
    }
}
