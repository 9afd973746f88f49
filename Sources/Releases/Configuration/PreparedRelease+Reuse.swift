// SPDX-License-Identifier: Apache-2.0

import Governance
import Ledger
import Privacy
import Synthesis
import Tables

extension PreparedRelease {
    /// An earlier release that helps to fit this one.
    struct Earlier: Sendable {
        let measurements: EarlierMeasurements
        /// The charge that paid for it: its place in the ledger, and the hash of its entry.
        let ledgerSequence: Int, ledgerHash: String
        /// What it promised, exact, and about whom.
        let epsilon: Rational, delta: Rational, unit: String
    }

    /// The earlier releases as plan and audit document name them; `nil` where there are none.
    ///
    /// They were charged when they were measured: reading them again is post-processing.
    var reused: [AuditRecord.Reused]? {
        guard !earlier.isEmpty else { return nil }
        return earlier.map { earlier in
            AuditRecord.Reused(
                release: earlier.measurements.release, sha256: earlier.measurements.sha256,
                ledgerSequence: earlier.ledgerSequence, drift: earlier.measurements.drift)
        }
    }

    /// Reads the earlier measurements that a release file names, and refuses those that cannot be evidence:
    /// without the expected signature, of another population, or of other cells.
    ///
    /// - Parameters:
    ///   - file: The release file.
    ///   - schema: Its schema.
    ///   - policy: Its policy.
    /// - Returns: One item a file, in order.
    /// - Throws: `ReleaseError`.
    static func earlier(
        _ file: ReleaseFile, schema: Schema, policy: Policy
    ) throws(ReleaseError) -> [Earlier] {
        var all: [Earlier] = []
        guard !file.reuse.isEmpty else { return all }
        guard schema.openAttributes.isEmpty else {
            throw ReleaseError(
                .configuration,
                "cannot reuse: \(file.schema): found domains to be discovered, expected all declared; take the "
                    + "discovered ones from the earlier release's schema")
        }
        for reuse in file.reuse {
            let path = file.resolve(reuse.measurements)
            let trust: MeasurementFile.Trust
            if let signers = reuse.signers {
                trust = .signers(path: file.resolve(signers), identity: reuse.identity)
            } else {
                trust = .key(try KeyFiles.signingKey(at: file.resolve(file.signingKey)))
            }
            let kept = try MeasurementFile.read(path, trust: trust)
            func unfit(_ words: String) -> ReleaseError {
                ReleaseError(.configuration, "cannot reuse: \(path): \(words)")
            }
            guard kept.origin.population == policy.population else {
                throw unfit(
                    "found population '\(kept.origin.population)', expected '\(policy.population)'")
            }
            guard kept.origin.release != file.name else {
                throw unfit("found this release's own measurements, expected an earlier one's")
            }
            guard all.allSatisfy({ $0.measurements.sha256 != kept.sha256 }) else {
                throw unfit(
                    "found them twice, expected each once: noise does not average with itself")
            }
            guard let epsilon = Rational(kept.origin.epsilon),
                let delta = Rational(kept.origin.delta)
            else { throw unfit("found no ε and δ, expected both") }
            if let words = difference(kept.schema, schema) { throw unfit(words) }
            all.append(
                Earlier(
                    measurements: EarlierMeasurements(
                        kept.measurements, release: kept.origin.release, sha256: kept.sha256,
                        drift: Double(reuse.drift, rounding: .toNearestOrEven)),
                    ledgerSequence: kept.origin.ledgerSequence,
                    ledgerHash: kept.origin.ledgerHash, epsilon: epsilon, delta: delta,
                    unit: kept.origin.unit))
        }
        return all
    }

    /// Refuses earlier measurements that this release's ledger did not charge for the same recipient and the same
    /// privacy unit.
    ///
    /// Then what they tell is on record where the caps are, for whoever gets this release: its own charge adds to
    /// theirs under every limit.
    ///
    /// - Throws: `ReleaseError` with status `notPermitted`, or what the ledger says.
    func checkEarlier() throws(ReleaseError) {
        guard !earlier.isEmpty else { return }
        let charges = try LedgerAccess.current(self).reservations
        let entries = try LedgerAccess.entries(self)
        for item in earlier {
            func unfit(_ words: String) -> ReleaseError {
                ReleaseError(
                    .notPermitted,
                    "cannot reuse: measurements of \(item.measurements.release): \(words)")
            }
            let charge = charges.first { $0.sequence == item.ledgerSequence }
            guard let charge, charge.release == item.measurements.release,
                charge.population == policy.population,
                entries.contains(where: { $0.contains(item.ledgerHash) })
            else {
                throw unfit(
                    "found a charge that is not in this ledger, expected entry \(item.ledgerSequence) of it"
                )
            }
            guard charge.recipient == file.recipient.name else {
                throw unfit(
                    "found recipient '\(charge.recipient)', expected '\(file.recipient.name)': who never got the "
                        + "earlier release would learn what was charged to another")
            }
            guard item.unit == unit else {
                throw unfit(
                    "found '\(item.unit)', expected '\(unit)': the promises are of different units")
            }
        }
    }

    /// What the cells of two schemas do not have in common, in words; `nil` where they are the same.
    private static func difference(_ earlier: Schema, _ later: Schema) -> String? {
        guard earlier.attributeNames == later.attributeNames else {
            return "found columns \(earlier.attributeNames.joined(separator: ", ")), expected "
                + later.attributeNames.joined(separator: ", ")
        }
        for (name, (old, new)) in zip(later.attributeNames, zip(earlier.codecs, later.codecs)) {
            func labels(_ codec: ColumnCodec) -> [String] {
                (0..<codec.cellCount).map(codec.label)
            }
            guard labels(old) == labels(new) else {
                return
                    "found other cells of column '\(name)' (\(old.cellCount) of them), expected the "
                    + "\(new.cellCount) of this release's schema; declare the same domain"
            }
        }
        return nil
    }
}
