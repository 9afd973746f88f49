// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// The budget of populations across releases: every charge is an entry of a hash chain, and the sum
/// never passes the cap.
///
/// A charge is written, flushed to the disk and only then turned into a `PrivacyGrant`, so noise is
/// never drawn uncharged. Nothing is ever refunded: failed and forgotten reservations stay charged.
public final class BudgetLedger: Sendable {
    /// How messages call the ledger: its path, or its URL without the user.
    public let name: String
    let store: any LedgerStore
    let head: HeadFile
    let anchor: Anchor?
    private let replay: Mutex<Replay>

    /// Opens a ledger, and checks its chain and that it was not rolled back.
    ///
    /// - Parameters:
    ///   - path: The path of a SQLite database, or the URL of a PostgreSQL database; `LedgerLocation` says
    ///     where the last known entry is kept.
    ///   - createIfMissing: Whether to make a new SQLite database. A ledger that vanished while its head is
    ///     still there is not made again. A table in PostgreSQL is made by its owner.
    ///   - anchor: A file in other keeping that remembers what the ledger was, or `nil` for none. The
    ///     ledger has to continue what it remembers, and no grant is minted before it knows of the charge.
    ///   - patience: Seconds to wait for another writer.
    /// - Throws: `LedgerError` of kind `misplaced`, `notFound`, `unavailable`, `busy` or `corrupt`.
    ///   Complexity: O(entries).
    public convenience init(
        at path: String, createIfMissing: Bool, anchor: String? = nil, patience: Double = 10
    ) throws(LedgerError) {
        try self.init(
            at: LedgerLocation(path), createIfMissing: createIfMissing, anchor: anchor,
            patience: patience)
    }

    /// Opens a ledger over a store, whatever database that is.
    ///
    /// - Parameters:
    ///   - store: The rows.
    ///   - head: Where the last known entry is kept.
    ///   - anchor: What remembers it elsewhere.
    /// - Throws: `LedgerError`.
    init(
        over store: any LedgerStore, head: HeadFile, anchor: Anchor? = nil
    ) throws(LedgerError) {
        name = store.name
        self.store = store
        self.head = head
        self.anchor = anchor
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
            let record = try anchor?.newest()
            var fresh = Replay(of: name)
            try fresh.walk(store.rows(from: 1))
            try fresh.requireExtending(known)
            if let anchor {
                try anchor.require(for: fresh.head.sequence)
                if let record { try fresh.requireExtending(record, in: anchor) }
            }
            replay = fresh
            return (fresh.head.sequence, fresh.state)
        }
    }

    /// What the entries add up to now.
    ///
    /// - Returns: The sums.
    /// - Throws: `LedgerError` of kind `corrupt`. Complexity: O(entries since the last look).
    public func current() throws(LedgerError) -> LedgerState {
        try look { $0.state }
    }

    /// Looks at what all writers have written.
    ///
    /// - Parameter read: Reads off what is wanted.
    /// - Returns: What it returns.
    /// - Throws: What it throws, or `LedgerError`. Complexity: O(entries since the last look).
    func look<Result: Sendable>(
        _ read: (Replay) throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        try replay.withLock { (replay) throws(LedgerError) in
            let known = try head.read()
            try replay.walk(store.rows(from: replay.firstRow))
            try replay.requireExtending(known)
            return try read(replay)
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
                var entries = decided.entries
                if end == .start, let first = entries.first {
                    entries.insert(.genesis(time: first.time), at: 0)
                }
                for entry in entries {
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
}
