// SPDX-License-Identifier: Apache-2.0

import Ledger

/// What it takes to share one ledger between machines.
public enum LedgerSharing {
    /// The SQL script that the owner of a PostgreSQL database runs once with `psql`: table, guards, roles.
    public static var script: String { BudgetLedger.creationScript }

    /// Names the last entry of a ledger, after a check of all, for `join` on another machine.
    ///
    /// - Parameter ledger: The ledger's path or URL.
    /// - Returns: `NUMBER:HASH`.
    /// - Throws: `ReleaseError`.
    public static func head(_ ledger: String) throws(ReleaseError) -> String {
        do {
            let end = try BudgetLedger(at: ledger, createIfMissing: false).end()
            return "\(end.sequence):\(end.hash)"
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Lets this machine use a ledger that others have charged before.
    ///
    /// - Parameters:
    ///   - ledger: The ledger's path or URL.
    ///   - head: `NUMBER:HASH`, as `head` printed it on one of them.
    /// - Returns: One line.
    /// - Throws: `ReleaseError`: `usage` where the head is not of that form, `dataInvalid` where the
    ///   ledger does not extend it, `configuration` where this machine uses the ledger already.
    public static func join(_ ledger: String, head: String) throws(ReleaseError) -> String {
        let parts = head.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = Int(parts[0]), sequence >= 0,
            parts[1].utf8.count == 64
        else {
            throw ReleaseError(
                .usage,
                "head malformed: expected NUMBER:HASH as 'semblance ledger head' prints it")
        }
        do {
            let location = try LedgerLocation(ledger)
            let entries = try BudgetLedger.join(
                location, knowing: sequence, hash: String(parts[1]))
            return "joined  \(entries) entries; the last known one is kept in \(location.headFile)"
        } catch {
            throw ReleaseError(error)
        }
    }
}
