// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy

extension BudgetLedger {
    /// Walks the chain, adds it up, and compares it with the last known head.
    static func replay(
        _ rows: [(sequence: Int, prev: String, body: String, hash: String)],
        extending known: (sequence: Int, hash: String)?, path: String
    ) throws(LedgerError) -> LedgerState {
        let state = try replay(rows, path: path)
        guard let known else {
            guard rows.isEmpty else {
                throw LedgerError(
                    .corrupt,
                    "ledger head missing: \(path).head: without it a cut-off end cannot be told; restore it "
                        + "from a copy")
            }
            return state
        }
        let hash = known.sequence == 0 ? Entry.genesis : nil
        guard known.sequence >= 0, known.sequence <= rows.count,
            (hash ?? rows[known.sequence - 1].hash) == known.hash
        else {
            throw LedgerError(
                .corrupt,
                "ledger rolled back: \(path): found \(rows.count) entries that do not extend the last "
                    + "known entry \(known.sequence); put the newest copy back")
        }
        return state
    }

    /// Walks the chain and adds it up.
    private static func replay(
        _ rows: [(sequence: Int, prev: String, body: String, hash: String)], path: String
    ) throws(LedgerError) -> LedgerState {
        var state = LedgerState()
        var prev = Entry.genesis
        for (index, row) in rows.enumerated() {
            let entry = try? JSONDecoder().decode(Entry.self, from: Data(row.body.utf8))
            guard let entry, row.sequence == index + 1, entry.seq == row.sequence,
                row.prev == prev, entry.prev == prev, Entry.hash(of: row.body) == row.hash,
                entry.body == row.body
            else {
                throw LedgerError(
                    .corrupt,
                    "ledger corrupt: \(path): entry \(index + 1) was changed or moved; restore the ledger "
                        + "from its last good copy together with its .head file")
            }
            try state.apply(entry)
            prev = row.hash
        }
        return state
    }

    /// The lower of both caps, and what it leaves.
    static func standing(
        _ state: LedgerState, population: String, policyCap: BudgetCap
    ) throws(LedgerError) -> BudgetStanding {
        let known = state.caps[population]
        if let known, policyCap.rho > known.rho {
            throw LedgerError(
                .capConflict,
                "cap conflict: population \(population): the policy's cap ε = \(policyCap.epsilon) at δ = "
                    + "\(policyCap.delta) is above the ledger's ε = \(known.epsilon) at δ = "
                    + "\(known.delta); raise it on purpose with 'semblance ledger set-cap'")
        }
        let spent = state.spent(population)
        let left = policyCap.rho <= spent ? Rho.zero : policyCap.rho - spent
        return BudgetStanding(cap: policyCap, spent: spent, remaining: left)
    }
}
