// SPDX-License-Identifier: Apache-2.0

import Attacks
import Curation
import Evaluation
import Governance
import Privacy
import Synthesis
import Tables

/// The evidence of a release: what was bought, and what the gate has to say.
struct EvidenceRun {
    let utility: UtilityEvidence
    let membership: MembershipEvidence
    let linkage: LinkageEvidence?

    /// Buys all evidence about a fixed synthetic table.
    ///
    /// - Parameters:
    ///   - curator: The curator of the real records.
    ///   - table: The fixed synthetic table.
    ///   - measurements: What it was made from.
    ///   - prepared: The release.
    ///   - split: How ρ is divided.
    ///   - training: The evidence's share of the training part's grant; consumed.
    ///   - holdout: The holdout part's grant; consumed.
    ///   - progress: Gets the name of each stage.
    /// - Throws: `ReleaseError`.
    static func buy(
        from curator: borrowing Curator, table: SyntheticTable, measurements: Measurements,
        prepared: PreparedRelease, split: BudgetSplit, training: consuming PrivacyGrant,
        holdout: consuming PrivacyGrant, progress: (String) -> Void
    ) throws(ReleaseError) -> EvidenceRun {
        do {
            progress("measuring utility")
            let utility = try UtilityEvaluation.evaluate(
                curator: curator, table: table, measurements: measurements, target: prepared.target,
                temporaryDirectory: TableIntake.temporary,
                training: try training.take(split.distances), holdout: try holdout.take(split.model)
            )
            progress("attacking: membership")
            let membership = try MembershipAttack.run(
                curator: curator, table: table, training: try training.take(split.members),
                holdout: try holdout.take(split.controls))
            progress("attacking: linkage")
            let linkage = try LinkageAttack.run(
                curator: curator, table: table, quasi: prepared.attributes(.quasi),
                sensitive: prepared.attributes(.sensitive),
                training: try training.take(split.linkedMembers),
                holdout: try holdout.take(split.linkedControls))
            training.burn()
            holdout.burn()
            return EvidenceRun(utility: utility, membership: membership, linkage: linkage)
        } catch let error as CurationError {
            throw ReleaseError(error)
        } catch let error as GrantError {
            throw ReleaseError(.software, "budget split: \(error)")
        } catch {
            throw ReleaseError(.software, "evidence: \(error)")
        }
    }
}

extension PreparedRelease {
    /// Attributes of a role, as indices among the measured ones.
    func attributes(_ role: Role) -> [Int] {
        schema.measured.indices.filter { schema.fields[schema.measured[$0]].role == role }
    }
}
