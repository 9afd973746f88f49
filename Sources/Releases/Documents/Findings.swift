// SPDX-License-Identifier: Apache-2.0

import Attacks
import Evaluation
import Governance
import Privacy
import Synthesis
import Tables

/// The evidence in the words of the gate and of the documents.
struct Findings {
    var utility: [AuditRecord.Finding] = []
    var attacks: [AuditRecord.Finding] = []
    var notAssessed: [String] = []
    /// Whether the gate lets the release pass.
    var passes = true

    /// Judges the evidence of a release.
    ///
    /// - Parameters:
    ///   - evidence: What was bought, or `nil` where evidence is switched off.
    ///   - measurements: What the release measured of its columns.
    ///   - prepared: The release with its thresholds and, where there are some, its discovered domains.
    init(
        _ evidence: EvidenceRun?, measurements: Measurements, of prepared: PreparedRelease
    ) {
        let gate = Gate(
            thresholds: prepared.file.gate, allowsInconclusive: prepared.file.allowsInconclusive)
        let names = prepared.schema.attributeNames
        func judge(
            _ name: String, _ label: String, _ estimate: Estimate?, conclusive: Bool = true
        ) -> AuditRecord.Finding {
            let finding = gate.judge(
                name: name, lower: estimate?.lower, upper: estimate?.upper,
                isConclusive: conclusive)
            if !finding.passes { passes = false }
            return AuditRecord.Finding(
                name: name, label: label, value: estimate?.value, lower: estimate?.lower,
                upper: estimate?.upper,
                informative: AuditRecord.Finding.isInformative(
                    name, estimate?.lower, estimate?.upper),
                threshold: prepared.file.gate[name].map { Double($0, rounding: .toNearestOrEven) },
                verdict: finding.word, basis: "dp-charged")
        }
        for (column, found) in DiscoveryFindings.shares(measurements, of: prepared) {
            utility.append(
                judge("min_found", "Values of \(column) that discovery found", found))
        }
        guard let evidence else {
            // Evidence is off by the policy's leave: nothing to pass, and the report says so.
            notAssessed = [
                "Not assessed: evidence is switched off in the release file. Nothing in this report "
                    + "says how good or how safe these rows are beyond the guarantee itself."
            ]
            return
        }
        let pairs = evidence.utility
        utility += [
            judge("max_2way_tvd", "Mean error of two columns together", pairs.meanTVD),
            judge("max_worst_2way_tvd", "Worst error of two columns together", pairs.worstTVD),
        ]
        if let model = pairs.model {
            let target = names[model.target]
            utility += [
                judge("min_auc", "AUC on real holdout, predicting \(target)", model.auc),
                judge("min_auc_ratio", "AUC kept of what synthetic rows promise", model.ratio),
            ]
        } else if prepared.file.gate.keys.contains(where: { $0.hasPrefix("min_auc") }) {
            utility.append(judge("min_auc", "AUC on real holdout", nil))
        }
        let membership = evidence.membership
        attacks = [
            judge(
                "max_attack_advantage", "Membership attack, advantage over guessing",
                membership.advantage, conclusive: membership.isConclusive)
        ]
        if !membership.isConclusive {
            notAssessed.append(
                "The membership attack's positive control failed "
                    + "(AUC \(formatted(membership.positiveControlAUC, digits: 2))): the columns are too coarse for it to say anything."
            )
        }
        for target in evidence.linkage?.targets ?? [] {
            attacks.append(
                judge(
                    "max_linkage_risk", "Linkage attack, risk for \(names[target.attribute])",
                    target.risk, conclusive: evidence.linkage?.isConclusive ?? false))
        }
        if let linkage = evidence.linkage, !linkage.isConclusive {
            notAssessed.append(
                "The linkage attack's positive control failed "
                    + "(risk \(formatted(linkage.positiveControlRisk, digits: 2))): the quasi-identifiers do not single rows out."
            )
        }
        if !prepared.earlier.isEmpty {
            notAssessed.append(
                "Earlier measurements helped to fit the model, and whom they were made of is another draw: of the "
                    + "records that tests and attacks take for unseen, some may have been seen by them, so risks may be "
                    + "greater than they look, and models worse."
            )
        }
        if evidence.linkage == nil {
            notAssessed.append(
                "Linkage was not attacked: the schema declares no quasi-identifier or no sensitive column."
            )
        }
    }

    /// One line a failed or inconclusive threshold, for the person who ran the release.
    var reasons: [String] {
        (utility + attacks).filter { $0.threshold != nil && $0.verdict != "pass" }.map(\.refusal)
    }
}
