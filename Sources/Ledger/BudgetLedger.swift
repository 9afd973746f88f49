// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// The budget of populations across releases: every charge is an entry of a hash chain, and the sum
/// never passes the cap.
///
/// A charge is written, flushed to the disk and only then turned into a `PrivacyGrant`, so noise is
/// never drawn uncharged. Nothing is ever refunded: failed and forgotten reservations stay charged.
public final class BudgetLedger: Sendable {
    /// How messages call the ledger: its path.
    public let name: String
    let store: any LedgerStore
    let head: HeadFile
    private let replay: Mutex<Replay>

    /// Opens a ledger, and checks its chain and that it was not rolled back.
    ///
    /// - Parameters:
    ///   - path: The database; `PATH.head` beside it keeps the last known entry.
    ///   - createIfMissing: Whether to make a new one. A ledger that vanished while its head is still
    ///     there is not made again.
    ///   - patience: Seconds to wait for another writer.
    /// - Throws: `LedgerError` of kind `notFound`, `unavailable`, `busy` or `corrupt`. Complexity:
    ///   O(entries).
    public convenience init(
        at path: String, createIfMissing: Bool, patience: Double = 10
    ) throws(LedgerError) {
        let head = HeadFile(path: path + ".head")
        let store = try SQLiteStore(
            path: path, createIfMissing: createIfMissing,
            wasKnown: try (head.read()?.sequence ?? 0) > 0, patience: patience)
        try self.init(over: store, head: head)
    }

    /// Opens a ledger over a store, whatever database that is.
    ///
    /// - Parameters:
    ///   - store: The rows.
    ///   - head: Where the last known entry is kept.
    /// - Throws: `LedgerError`.
    init(over store: any LedgerStore, head: HeadFile) throws(LedgerError) {
        name = store.name
        self.store = store
        self.head = head
        replay = Mutex(Replay(of: store.name))
        // From here on a ledger without a head is one that lost it.
        if try store.rows(from: 1).isEmpty { try head.create() }
        _ = try verify()
    }

    /// Checks hashes, links, meaning and the last known head, from the first entry on.
    ///
    /// - Returns: How many entries there are, and what they add up to.
    /// - Throws: `LedgerError` of kind `corrupt`. Complexity: O(entries).
    public func verify() throws(LedgerError) -> (entries: Int, state: LedgerState) {
        try replay.withLock { (replay) throws(LedgerError) in
            // The head first: a writer may append between the two, and a longer chain still extends it.
            let known = try head.read()
            var fresh = Replay(of: name)
            try fresh.walk(store.rows(from: 1))
            try fresh.requireExtending(known)
            replay = fresh
            return (fresh.head.sequence, fresh.state)
        }
    }

    /// What the entries add up to now.
    ///
    /// - Throws: `LedgerError` of kind `corrupt`. Complexity: O(entries since the last look).
    func current() throws(LedgerError) -> LedgerState {
        try replay.withLock { (replay) throws(LedgerError) in
            let known = try head.read()
            try replay.walk(store.rows(from: replay.firstRow))
            try replay.requireExtending(known)
            return replay.state
        }
    }

    /// Decides on what all writers have written, and appends what is decided, in one transaction.
    ///
    /// - Parameter decide: Gets the sum of all entries; returns entries to append. Where it throws,
    ///   nothing is written.
    /// - Returns: Its result, and the end of the chain after it, durable.
    /// - Throws: What it throws, or `LedgerError`. Complexity: O(entries since the last look).
    func transact<Result: Sendable>(
        _ decide: (LedgerState) throws(LedgerError) -> (entries: [Entry], result: Result)
    ) throws(LedgerError) -> (result: Result, head: ChainHead) {
        try replay.withLock { (replay) throws(LedgerError) in
            let appended = try store.append(from: replay.firstRow) { (rows) throws(LedgerError) in
                try replay.walk(rows)
                try replay.requireExtending(head.read())
                let decided = try decide(replay.state)
                var end = replay.head
                var chained: [StoredEntry] = []
                for entry in decided.entries {
                    let row = entry.following(end)
                    end = ChainHead(sequence: row.sequence, hash: row.hash)
                    chained.append(row)
                }
                return (chained, decided.result)
            }
            for row in appended.rows { try replay.follow(row) }
            head.advance(to: replay.head)
            return (appended.result, replay.head)
        }
    }

    /// All entries as canonical JSON lines, oldest first, for stock tools: each line's SHA-256 is the
    /// next one's `prev`.
    ///
    /// - Returns: One line an entry.
    /// - Throws: `LedgerError`.
    public func export() throws(LedgerError) -> [String] {
        try store.rows(from: 1).map(\.body)
    }

    /// Where a population's budget stands under a policy's cap.
    ///
    /// - Parameters:
    ///   - population: The population; unknown ones have spent nothing.
    ///   - cap: The cap that the policy names.
    /// - Returns: The standing.
    /// - Throws: `LedgerError.capConflict` when the policy would raise the ledger's cap.
    public func standing(
        of population: String, policyCap cap: BudgetCap
    ) throws(LedgerError) -> BudgetStanding {
        try current().standing(population: population, policyCap: cap)
    }
}
