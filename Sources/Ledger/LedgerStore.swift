// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Glibc

/// The append-only table of entries in SQLite, and its durability.
struct LedgerStore: Sendable {
    let path: String
    private let queue: DatabaseQueue

    /// The schema.
    ///
    /// The triggers stop mistakes; the hash chain finds what gets around them.
    private static let schema = """
        CREATE TABLE entry(
          seq INTEGER PRIMARY KEY, prev TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
          BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
          BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER entry_contiguous BEFORE INSERT ON entry
          WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM entry)
            OR NEW.prev <> COALESCE(
              (SELECT hash FROM entry ORDER BY seq DESC LIMIT 1), '\(Entry.genesis)')
          BEGIN SELECT RAISE(ABORT, 'the ledger is a chain'); END;
        """

    /// Opens a ledger.
    ///
    /// - Parameters:
    ///   - path: The database.
    ///   - createIfMissing: Whether to make a new one, with mode 0600.
    ///   - wasKnown: Whether a head tells that there was a ledger; it is not made anew then.
    ///   - patience: Seconds to wait for another writer.
    init(
        path: String, createIfMissing: Bool, wasKnown: Bool = false, patience: Double
    ) throws(LedgerError) {
        let manager = FileManager.default
        if !manager.fileExists(atPath: path) {
            guard !wasKnown else {
                throw LedgerError(
                    .corrupt,
                    "ledger vanished: \(path): its .head file says that there was one; put the newest copy "
                        + "back")
            }
            guard createIfMissing else {
                throw LedgerError(
                    .notFound, "no such ledger: \(path): the first release creates it")
            }
            // Never over a file that another first release makes at this moment. SQLite gives its
            // side files the mode of the database.
            let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                close(descriptor)
            } else if !manager.fileExists(atPath: path) {
                throw LedgerError(
                    .unavailable,
                    "ledger not created: \(path): check that the folder exists and can be written")
            }
        }
        self.path = path
        do {
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(patience)
            configuration.label = "ledger"
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // The library sets NORMAL when it turns on the write-ahead log, so FULL comes after it,
            // and is read back: a commit that a power cut can undo is no commit here.
            let level = try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                return try Int.fetchOne(database, sql: "PRAGMA synchronous")
            }
            guard level == 2 else {
                throw LedgerError(
                    .unavailable, "ledger not durable: \(path): synchronous is not FULL")
            }
            try queue.write { database in
                if try !database.tableExists("entry") {
                    try database.execute(sql: Self.schema)
                }
            }
            self.queue = queue
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    /// The durability level in force, as SQLite reads it back: 2 is FULL.
    func synchronousLevel() throws(LedgerError) -> Int {
        try perform { database in try Int.fetchOne(database, sql: "PRAGMA synchronous") ?? -1 }
    }

    /// All bodies in order, with the hash stored beside each.
    func rows() throws(LedgerError) -> [(sequence: Int, prev: String, body: String, hash: String)] {
        try perform { database in try Self.rows(database) }
    }

    /// Runs a body inside one immediate transaction: it sees all entries and may append.
    ///
    /// - Parameter body: Gets all rows; returns what to append and a result.
    func append<Result: Sendable>(
        _ body:
            @Sendable ([(sequence: Int, prev: String, body: String, hash: String)]) throws -> (
                [Entry], Result
            )
    ) throws(LedgerError) -> (appended: [(sequence: Int, hash: String)], result: Result) {
        do {
            return try queue.write { database in
                let rows = try Self.rows(database)
                let (entries, result) = try body(rows)
                var sequence = rows.last?.sequence ?? 0
                var prev = rows.last?.hash ?? Entry.genesis
                var appended: [(sequence: Int, hash: String)] = []
                for entry in entries {
                    sequence += 1
                    var entry = entry
                    entry.seq = sequence
                    entry.prev = prev
                    let body = entry.body
                    let hash = Entry.hash(of: body)
                    try database.execute(
                        sql: "INSERT INTO entry(seq, prev, body, hash) VALUES (?, ?, ?, ?)",
                        arguments: [sequence, prev, body, hash])
                    appended.append((sequence, hash))
                    prev = hash
                }
                return (appended, result)
            }
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    private static func rows(
        _ database: Database
    ) throws -> [(sequence: Int, prev: String, body: String, hash: String)] {
        try Row.fetchAll(database, sql: "SELECT seq, prev, body, hash FROM entry ORDER BY seq").map
        {
            ($0["seq"], $0["prev"], $0["body"], $0["hash"])
        }
    }

    private func perform<Result>(
        _ body: @Sendable (Database) throws -> Result
    ) throws(LedgerError) -> Result {
        do {
            return try queue.read(body)
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    /// What a database error means for the person who runs a release.
    static func translated(_ error: any Error, path: String) -> LedgerError {
        if let error = error as? LedgerError { return error }
        guard let error = error as? DatabaseError else {
            return LedgerError(.unavailable, "ledger unavailable: \(path): \(type(of: error))")
        }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return LedgerError(
                .busy, "ledger busy: \(path): another process is writing; try again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return LedgerError(
                .corrupt, "ledger corrupt: \(path): not a ledger database; restore it from a copy")
        case .SQLITE_FULL:
            return LedgerError(
                .unavailable, "ledger unavailable: \(path): the disk is full; nothing was charged")
        default:
            return LedgerError(
                .unavailable,
                "ledger unavailable: \(path): cannot be opened or written (SQLite code "
                    + "\(error.extendedResultCode.rawValue)); check folder and permissions")
        }
    }
}
