// SPDX-License-Identifier: Apache-2.0

import Governance
import Ledger

/// What the ledger knows of an earlier run of a release whose files are in the way.
enum PreviousRun {
    /// Whose files they are, in words that follow a colon.
    ///
    /// - Parameters:
    ///   - prepared: The release.
    ///   - hasArchive: Whether its archive is there.
    /// - Returns: `nil` where the ledger knows no run of that name or cannot be read.
    static func words(_ prepared: PreparedRelease, hasArchive: Bool) -> String? {
        guard let state = try? LedgerAccess.current(prepared),
            let run = state.reservations.last(where: {
                $0.release == prepared.file.name && $0.population == prepared.policy.population
            })
        else { return nil }
        return words(run, hasArchive: hasArchive)
    }

    /// Whose files they are, by what the ledger says of one run.
    static func words(_ run: LedgerState.Reservation, hasArchive: Bool) -> String {
        let entry = "ledger entry \(run.sequence)"
        switch run.outcome {
        case .committed: return "released by \(entry)"
        case .failed(let reason): return "left by a run that ended with \(reason) (\(entry))"
        case .abandoned: return "left by a run that was killed (\(entry))"
        case .open: return open(run, entry, hasArchive: hasArchive)
        }
    }

    private static func open(
        _ run: LedgerState.Reservation, _ entry: String, hasArchive: Bool
    ) -> String {
        switch run.life {
        case .running: "another run of this release is at it now (\(entry)); wait for it"
        case .gone where hasArchive:
            "whole, but its run was killed before the ledger knew (\(entry)); 'semblance verify' checks "
                + "it, 'semblance ledger reconcile' closes the charge"
        case .gone: "left by a run that was killed before its archive was written (\(entry))"
        case .unknown: "left by a run of elsewhere, which may be running (\(entry))"
        }
    }
}
