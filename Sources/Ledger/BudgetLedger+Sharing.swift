// SPDX-License-Identifier: Apache-2.0

extension BudgetLedger {
    /// Opens a ledger, and checks its chain and that it was not rolled back.
    ///
    /// - Parameters:
    ///   - location: Where it is.
    ///   - createIfMissing: Whether to make a new SQLite database. The table in PostgreSQL is made by
    ///     its owner, with `creationScript`.
    ///   - anchor: A file in other keeping that remembers what the ledger was, or `nil` for none.
    ///   - patience: Seconds to wait for another writer.
    /// - Throws: `LedgerError` of kind `notFound`, `unavailable`, `busy` or `corrupt`. Complexity:
    ///   O(entries).
    public convenience init(
        at location: LedgerLocation, createIfMissing: Bool, anchor: String? = nil,
        patience: Double = 10
    ) throws(LedgerError) {
        let head = HeadFile(path: location.headFile)
        let anchor = anchor.map { Anchor(path: $0) }
        let known = try head.read()
        let record = try anchor?.newest()
        let store = try location.store(
            createIfMissing: createIfMissing,
            wasKnown: (known?.sequence ?? 0) > 0 || record != nil, patience: patience)
        if location.isShared, known == nil, try !store.rows(from: 1).isEmpty {
            throw LedgerError(
                .corrupt,
                "ledger head missing: \(location.headFile): this machine has not used \(store.name) before; "
                    + "tell it an entry that another machine knows: semblance ledger join")
        }
        try self.init(over: store, head: head, anchor: anchor)
    }

    /// The SQL script that makes the table of a ledger in PostgreSQL and the roles that use it, for `psql`.
    public static var creationScript: String { PostgreSQLSchema.script }

    /// The last entry, after a check of all: what another machine needs to `join`.
    ///
    /// - Returns: Its number and hash; 0 and 64 zeros where there is none.
    /// - Throws: `LedgerError`. Complexity: O(entries).
    public func end() throws(LedgerError) -> (sequence: Int, hash: String) {
        let entries = try verify().entries
        // More may have been written since; entries that are there stay.
        guard let last = try store.rows(from: max(1, entries)).first else {
            return (ChainHead.start.sequence, ChainHead.start.hash)
        }
        return (last.sequence, last.hash)
    }

    /// Lets this machine use a ledger that others have charged before.
    ///
    /// Nothing is taken on trust: the ledger has to extend an entry that one of them knows.
    ///
    /// - Parameters:
    ///   - location: Where it is, with a head file that is not there yet.
    ///   - sequence: The number of the last entry that the other machine knows.
    ///   - hash: Its hash.
    ///   - patience: Seconds to wait for another writer.
    /// - Returns: The number of entries now.
    /// - Throws: `LedgerError`, of kind `misplaced` where this machine knows the ledger already, `corrupt`
    ///   where the ledger does not extend the entry. Complexity: O(entries).
    public static func join(
        _ location: LedgerLocation, knowing sequence: Int, hash: String, patience: Double = 10
    ) throws(LedgerError) -> Int {
        let file = HeadFile(path: location.headFile)
        guard try file.read() == nil else {
            throw LedgerError(
                .misplaced,
                "ledger known already: \(location.headFile) is there; expected a machine that never used it"
            )
        }
        let store = try location.store(
            createIfMissing: false, wasKnown: true, patience: patience)
        var replay = Replay(of: store.name)
        try replay.walk(store.rows(from: 1))
        try replay.requireExtending(ChainHead(sequence: sequence, hash: hash))
        try file.create()
        file.advance(to: replay.head)
        return replay.head.sequence
    }
}
