// SPDX-License-Identifier: Apache-2.0

import Attacks
import Foundation
import Streams

extension AuditReport {
    /// A finding as a program reads it.
    private struct Entry: Encodable {
        let experiment: String, parameter: String, verdict: String
        /// The bound that the runs prove, absent where it is infinite; and the claim, with its δ where that is not
        /// the parameter itself.
        let bound: Double?, claimed: Double, delta: Double?
        let runs: Int
    }

    private struct Whole: Encodable {
        let about: [String]
        let falseAlarm: Double
        let findings: [Entry]
        let holds: Bool
    }

    /// The report as JSON with sorted keys; a finding's verdict is `holds`, `proves nothing` or `rejected`.
    var json: [UInt8] {
        let entries = findings.map { finding in
            let (parameter, delta): (String, Double?) =
                switch finding.claim {
                case .approximate(_, let delta): ("epsilon", delta)
                case .zeroConcentrated(_, let delta): ("rho", delta)
                case .exceptional: ("delta", nil)
                case .gaussian: ("mu", nil)
                }
            let bound = finding.leastParameter
            return Entry(
                experiment: finding.name, parameter: parameter,
                verdict: Self.verdict(finding).lowercased(), bound: bound.isFinite ? bound : nil,
                claimed: finding.claim.parameter, delta: delta, runs: finding.runs)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let whole = Whole(
            about: heading, falseAlarm: falseAlarm, findings: entries, holds: holds)
        // Every field is a string, an integer or a finite number: encoding cannot fail.
        let data = (try? encoder.encode(whole)) ?? Data()
        return [UInt8](data) + [UInt8(ascii: "\n")]
    }

    /// Writes the report as JSON, whole or not at all; an older one is replaced.
    ///
    /// - Parameter path: Where to write.
    /// - Throws: `ReleaseError` with status `cannotCreate` or `ioFailed`.
    public func write(to path: String) throws(ReleaseError) {
        do {
            var file = try AtomicFile(creating: path, replacing: true, mode: 0o644)
            try file.write(json)
            try file.commit()
        } catch {
            throw ReleaseError(error)
        }
    }
}
