// SPDX-License-Identifier: Apache-2.0

/// Transactions on a ledger's table, over a connection that is made anew when it was lost.
///
/// All settings hold for one transaction, so that a pool of connections in between is no harm.
struct PostgreSQLSession: ~Copyable {
    /// How a transaction ended.
    enum Ending: Equatable {
        /// On disk, here and on the standbys that the server is set to wait for.
        case durable
        /// On this server's disk; a standby did not confirm.
        case unconfirmed
    }

    private let url: PostgreSQLURL
    private let limit: Double
    private var connection: PostgreSQLConnection?
    /// Milliseconds for which the server may say nothing.
    private var silence = 0

    /// Beyond the wait for a lock, how long a statement may take.
    private static let grace = 5_000

    init(url: PostgreSQLURL, patience: Double) {
        self.url = url
        limit = patience
    }

    /// Begins a transaction, and checks that what it writes would be kept.
    ///
    /// - Parameters:
    ///   - wait: How long its statements may wait for locks.
    ///   - isWriting: Whether it is going to write.
    /// - Throws: `PostgreSQLError`.
    mutating func begin(
        waiting wait: Duration, isWriting: Bool
    ) throws(PostgreSQLError) {
        // 0 would be for ever.
        let wait = max(1, Int(min(wait / .milliseconds(1), 1e9)))
        silence = wait + Self.grace
        if connection == nil {
            connection = try PostgreSQLConnection(to: url, limit: limit)
        }
        try run("BEGIN ISOLATION LEVEL READ COMMITTED")
        // The server ends a client that was stopped while it holds the lock.
        try run(
            """
            SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
              set_config('idle_in_transaction_session_timeout', '60s', true),
              set_config('search_path', 'pg_catalog, pg_temp', true),
              set_config('synchronous_commit', CASE current_setting('synchronous_commit')
                WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)
            """,
            [String(wait), String(wait + Self.grace)])
        try check(isWriting: isWriting)
    }

    /// What is set is read back: an acknowledged charge must survive a power cut of this server, and the
    /// loss of it where standbys are set.
    private mutating func check(isWriting: Bool) throws(PostgreSQLError) {
        let found =
            try run(
                """
                SELECT pg_is_in_recovery(), current_setting('transaction_read_only'),
                  current_setting('fsync'), current_setting('full_page_writes'),
                  current_setting('synchronous_commit') IN ('on', 'remote_apply'),
                  current_setting('server_encoding'),
                  (SELECT relpersistence FROM pg_class WHERE oid = to_regclass('semblance.entry'))
                """
            ).rows.first ?? []
        guard found.count == 7 else { throw .lost }
        let complaint: String? =
            if found[0] != "f" {
                "found a standby, which may lag behind; name its primary"
            } else if isWriting, found[1] != "off" {
                "found default_transaction_read_only, expected a database that takes charges"
            } else if found[2] != "on" || found[3] != "on" {
                "found fsync or full_page_writes off, so that a power cut undoes charges; turn them on"
            } else if found[4] != "t" {
                "found synchronous_commit off, expected on or remote_apply"
            } else if found[5] != "UTF8" {
                "found the encoding \(found[5]), expected a database in UTF8"
            } else if !["", "p"].contains(found[6]) {
                "found an unlogged table, which a crash empties"
            } else {
                nil
            }
        if let complaint { throw .unfit(complaint) }
    }

    /// Waits until no other writer is in a transaction, and keeps them out of this one.
    mutating func lock() throws(PostgreSQLError) {
        try run("SELECT pg_advisory_xact_lock($1)", [String(PostgreSQLSchema.lockKey)])
    }

    /// The rows from a sequence number on, as of one moment.
    mutating func rows(from sequence: Int) throws(PostgreSQLError) -> [StoredEntry] {
        let found = try run(
            "SELECT seq, prev, body, hash FROM semblance.entry WHERE seq >= $1 ORDER BY seq",
            [String(sequence)])
        return found.rows.map { row in
            StoredEntry(
                sequence: Int(row[0]) ?? 0, prev: row[1], body: row[2], hash: row[3])
        }
    }

    /// Puts in a row after the last.
    mutating func insert(_ row: StoredEntry) throws(PostgreSQLError) {
        try run(
            "INSERT INTO semblance.entry(seq, prev, body, hash) VALUES ($1, $2, $3, $4)",
            [String(row.sequence), row.prev, row.body, row.hash])
    }

    /// Writes a mark into the write-ahead log, so that this transaction is durable only after all that
    /// were before it; one that only reads waits for nothing.
    mutating func mark() throws(PostgreSQLError) {
        try run("SELECT pg_logical_emit_message(true, 'semblance', '')")
    }

    /// Ends the transaction.
    ///
    /// - Returns: How durable it is.
    /// - Throws: `PostgreSQLError.refused` where nothing was written; `lost` where that is not known.
    mutating func commit() throws(PostgreSQLError) -> Ending {
        _ = connection?.takeWarning()
        let ended = try run("COMMIT")
        guard ended.command == "COMMIT" else { throw .refused("25P02") }
        return connection?.takeWarning() == true ? .unconfirmed : .durable
    }

    /// Undoes the transaction, if there is one.
    mutating func rollback() {
        guard connection != nil else { return }
        do throws(PostgreSQLError) {
            try run("ROLLBACK")
        } catch {
            connection = nil
        }
    }

    @discardableResult
    private mutating func run(
        _ sql: String, _ parameters: [String] = []
    ) throws(PostgreSQLError) -> PostgreSQLConnection.Result {
        do throws(PostgreSQLError) {
            guard let result = try connection?.run(sql, parameters, silence: silence) else {
                throw .lost
            }
            return result
        } catch {
            // Nothing more can be said over it, and the server undoes what is not committed.
            if error == .lost { connection = nil }
            throw error
        }
    }
}
