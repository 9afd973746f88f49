// SPDX-License-Identifier: Apache-2.0

import Governance
import Privacy
import Synthesis
import Tables

extension PreparedRelease {
    /// An earlier release that helps to fit this one.
    struct Earlier: Sendable {
        let measurements: EarlierMeasurements
        /// The charge that paid for it.
        let ledgerSequence: Int
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
            if let words = difference(kept.schema, schema) { throw unfit(words) }
            all.append(
                Earlier(
                    measurements: EarlierMeasurements(
                        kept.measurements, release: kept.origin.release, sha256: kept.sha256,
                        drift: Double(reuse.drift, rounding: .toNearestOrEven)),
                    ledgerSequence: kept.origin.ledgerSequence))
        }
        return all
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
