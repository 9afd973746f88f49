// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Glibc

/// A ledger's rows in a SQLite database, and their durability.
struct SQLiteStore: LedgerStore {
    let path: String
    private let queue: DatabaseQueue

    var name: String { path }
    var isShared: Bool { false }

    /// The schema.
    ///
    /// The triggers stop mistakes; the hash chain finds what gets around them.
    private static let schema = """
        CREATE TABLE IF NOT EXISTS entry(
          seq INTEGER PRIMARY KEY, prev TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TRIGGER IF NOT EXISTS entry_no_update BEFORE UPDATE ON entry
          BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER IF NOT EXISTS entry_no_delete BEFORE DELETE ON entry
          BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER IF NOT EXISTS entry_contiguous BEFORE INSERT ON entry
          WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM entry)
            OR NEW.prev <> COALESCE(
              (SELECT hash FROM entry ORDER BY seq DESC LIMIT 1), '\(Entry.noPredecessor)')
          BEGIN SELECT RAISE(ABORT, 'the ledger is a chain'); END;
        """

    /// Opens a database.
    ///
    /// - Parameters:
    ///   - path: The database, on a disk of this machine.
    ///   - createIfMissing: Whether to make a new one, with mode 0600.
    ///   - wasKnown: Whether a head tells that there was a ledger; it is not made anew then.
    ///   - patience: Seconds to wait for another writer.
    /// - Throws: `LedgerError`.
    init(
        path: String, createIfMissing: Bool, wasKnown: Bool, patience: Double
    ) throws(LedgerError) {
        try FileSystem.requireLocal(path)
        try Self.prepareFile(path, createIfMissing: createIfMissing, wasKnown: wasKnown)
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
            // Of two processes that find no table, both may make it.
            if try queue.read({ try !$0.tableExists("entry") }) {
                try queue.write { try $0.execute(sql: Self.schema) }
            }
            self.queue = queue
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    private static func prepareFile(
        _ path: String, createIfMissing: Bool, wasKnown: Bool
    ) throws(LedgerError) {
        let manager = FileManager.default
        guard !manager.fileExists(atPath: path) else { return }
        guard !wasKnown else {
            throw LedgerError(
                .corrupt,
                "ledger vanished: \(path): its .head file says that there was one; "
                    + LossAcceptance.advice(for: path))
        }
        guard createIfMissing else {
            throw LedgerError(.notFound, "no such ledger: \(path): the first release creates it")
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

    /// The durability level in force, as SQLite reads it back: 2 is FULL.
    func synchronousLevel() throws(LedgerError) -> Int {
        do {
            return try queue.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    func rows(from sequence: Int) throws(LedgerError) -> [StoredEntry] {
        do {
            return try queue.read { try Self.rows(in: $0, from: sequence) }
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    func append<Result: Sendable>(
        from sequence: Int,
        _ body: ([StoredEntry]) throws(LedgerError) -> (rows: [StoredEntry], result: Result)
    ) throws(LedgerError) -> (rows: [StoredEntry], result: Result) {
        do {
            // An immediate transaction: the lock to write is held before the first row is read.
            return try queue.write { database in
                let decided = try body(Self.rows(in: database, from: sequence))
                let insert = try database.cachedStatement(
                    sql: "INSERT INTO entry(seq, prev, body, hash) VALUES (?, ?, ?, ?)")
                for row in decided.rows {
                    try insert.execute(arguments: [row.sequence, row.prev, row.body, row.hash])
                }
                return decided
            }
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    private static func rows(
        in database: Database, from sequence: Int
    ) throws -> [StoredEntry] {
        let select = try database.cachedStatement(
            sql: "SELECT seq, prev, body, hash FROM entry WHERE seq >= ? ORDER BY seq")
        return try Row.fetchAll(select, arguments: [sequence]).map { row in
            StoredEntry(sequence: row[0], prev: row[1], body: row[2], hash: row[3])
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
