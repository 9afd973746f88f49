// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger

/// What an archive says of its ledger: its own entry, a signed checkpoint, and the proof that ties the two.
enum LedgerStatement {
    /// The SSHSIG namespace of checkpoints.
    static let signatureNamespace = "dp-ledger-v1"
    /// The names of the four files.
    static let entryName = "ledger/entry.json", inclusionName = "ledger/inclusion.json"
    static let checkpointName = "ledger/checkpoint.txt"
    static let signatureName = "ledger/checkpoint.txt.sig"

    /// The files for an archive.
    ///
    /// All are public: the entry is about this release alone, and the hashes beside its path are of
    /// entries with 128 random bits each.
    static func files(
        _ evidence: LedgerEvidence, key: SigningKey
    ) throws(ReleaseError) -> [Publishable] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        // Strings and integers only: encoding cannot fail.
        let proof = (try? encoder.encode(evidence.inclusion)) ?? Data()
        return [
            Publishable(name: entryName, text: evidence.entry, basis: .public),
            Publishable(name: inclusionName, bytes: [UInt8](proof) + [10], basis: .public),
            Publishable(
                name: checkpointName, text: evidence.checkpoint.description, basis: .public),
            Publishable(
                name: signatureName, text: try signature(of: evidence.checkpoint, key: key),
                basis: .public),
        ]
    }

    /// The signature of a checkpoint.
    static func signature(
        of checkpoint: Checkpoint, key: SigningKey
    ) throws(ReleaseError) -> String {
        do {
            return try key.signature(
                of: Array(checkpoint.description.utf8), namespace: signatureNamespace)
        } catch {
            throw ReleaseError(.software, "signing: \(error)")
        }
    }

    /// Checks the four files of an archive against each other and its audit document.
    ///
    /// - Parameters:
    ///   - documents: The archive's documents by name.
    ///   - accounting: What the audit document says of the ledger.
    ///   - signer: Who signed some bytes for a purpose; throws where nobody did that may.
    /// - Returns: What was checked; or what was found instead.
    static func check(
        _ documents: [String: [UInt8]], accounting: AuditRecord.Accounting,
        signer: (_ message: [UInt8], _ signature: [UInt8]) throws(ReleaseError) -> String
    ) throws(ReleaseError) -> (passed: String?, found: String) {
        guard let entry = documents[entryName], let proof = documents[inclusionName],
            let statement = documents[checkpointName], let signature = documents[signatureName],
            let checkpoint = Checkpoint(String(decoding: statement, as: UTF8.self)),
            let inclusion = try? JSONDecoder().decode(
                InclusionProof.self, from: Data(proof))
        else { return (nil, "its entry, checkpoint or proof is missing or malformed") }
        guard Files.sha256(entry) == accounting.ledgerHash,
            inclusion.index + 1 == accounting.ledgerSequence
        else { return (nil, "the entry is not the one that audit/audit.json names") }
        guard inclusion.holds(String(decoding: entry, as: UTF8.self), in: checkpoint) else {
            return (nil, "the entry is not in the ledger that the checkpoint names")
        }
        let name = try signer(statement, signature)
        return (
            "ledger: entry \(accounting.ledgerSequence) of \(checkpoint.size) is in the checkpoint of "
                + "\(checkpoint.origin), signed by \(name)", ""
        )
    }
}
