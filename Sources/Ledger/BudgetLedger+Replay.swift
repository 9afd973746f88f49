// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy

extension BudgetLedger {
    /// Walks the chain and adds it up.
    static func replay(
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
