// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy

/// A chain that was walked to its end: where it ends, and what it adds up to.
///
/// It is kept between transactions, so that each of them checks and adds only what is new since.
struct Replay: Sendable {
    /// The end of what was walked.
    private(set) var head = ChainHead.start
    /// What the entries add up to.
    private(set) var state = LedgerState()
    /// The tree over all entries.
    private(set) var tree = MerkleTree()
    /// The hash of the first entry, which names the ledger.
    var firstHash: String? { hashes.first }
    /// The hash of each entry, for heads of the past.
    private var hashes: [String] = []
    let name: String

    /// Nothing walked yet.
    ///
    /// - Parameter name: The ledger's name, for messages.
    init(of name: String) { self.name = name }

    /// The first row to read to go on: the last one that is known, which has to be there unchanged.
    var firstRow: Int { max(1, head.sequence) }

    /// Walks on.
    ///
    /// - Parameter rows: The rows from `firstRow`, as it is now or was before, to the end of the chain.
    /// - Throws: `LedgerError` of kind `corrupt` where a row is not what it was, does not follow the one
    ///   before, or means nothing there. Complexity: O(rows).
    mutating func walk(_ rows: [StoredEntry]) throws(LedgerError) {
        let known = rows.prefix { $0.sequence <= head.sequence }
        let isAsBefore = known.allSatisfy { row in
            row.sequence > 0 && row.hash == hashes[row.sequence - 1]
        }
        guard isAsBefore, head.sequence == 0 || known.last?.sequence == head.sequence else {
            throw LedgerError(
                .corrupt,
                "ledger rolled back: \(name): found an end other than the entry \(head.sequence) that was "
                    + "read before; put the newest copy back")
        }
        for row in rows[known.endIndex...] { try follow(row) }
        try state.check(through: head.sequence)
    }

    /// Adds one row, checked like any other.
    mutating func follow(_ row: StoredEntry) throws(LedgerError) {
        let sequence = head.sequence + 1
        let entry = try? JSONDecoder().decode(Entry.self, from: Data(row.body.utf8))
        guard let entry, row.sequence == sequence, entry.seq == sequence, row.prev == head.hash,
            entry.prev == head.hash, Entry.hash(of: row.body) == row.hash, entry.body == row.body
        else {
            throw LedgerError(
                .corrupt,
                "ledger corrupt: \(name): entry \(sequence) was changed or moved; restore the ledger "
                    + "from its last good copy together with its .head file")
        }
        try state.apply(entry)
        head = ChainHead(sequence: sequence, hash: row.hash)
        hashes.append(row.hash)
        tree.append(row.body)
    }

    /// Refuses a chain that does not reach back to a head of the past.
    ///
    /// - Parameter known: The head; `nil` where none was ever written, as is right for no entries only.
    /// - Throws: `LedgerError` of kind `corrupt`.
    func requireExtending(_ known: ChainHead?) throws(LedgerError) {
        guard let known else {
            guard head.sequence == 0 else {
                throw LedgerError(
                    .corrupt,
                    "ledger head missing: \(name).head: without it a cut-off end cannot be told; restore it "
                        + "from a copy")
            }
            return
        }
        let isThere =
            known.sequence == 0
            ? known == .start
            : known.sequence <= hashes.count && hashes[known.sequence - 1] == known.hash
        guard isThere else {
            throw LedgerError(
                .corrupt,
                "ledger rolled back: \(name): found \(head.sequence) entries that do not extend the last "
                    + "known entry \(known.sequence); \(LossAcceptance.advice(for: name))")
        }
    }
}
