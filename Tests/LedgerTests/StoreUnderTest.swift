// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Privacy
import Synchronization
import Testing

@testable import Ledger

/// A database that keeps ledgers; every rule of the ledger is tested over each of them.
enum StoreUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgreSQL

    /// The databases that are there to be tested.
    static var all: [StoreUnderTest] {
        allCases.filter { $0 != .postgreSQL || TestServer.binaries != nil }
    }

    var testDescription: String { rawValue }

    /// A place for one ledger, which goes away with the test.
    func place() throws -> any LedgerPlace {
        switch self {
        case .sqlite: try SQLitePlace()
        case .postgreSQL: try PostgreSQLPlace(on: TestServer.shared.get())
        }
    }
}

/// Where one test's ledger is, and what its enemies can do to it.
protocol LedgerPlace: AnyObject, Sendable {
    /// Opens the ledger, as a process of its own would.
    func open(createIfMissing: Bool, patience: Double) throws(LedgerError) -> BudgetLedger
    /// Where the last known head is kept.
    var headFile: String { get }
    /// Runs SQL as the ledger's own writer could.
    func edit(_ sql: String) throws
    /// Runs SQL as one who has taken the guards off the table.
    func editUnguarded(_ sql: String) throws
    /// Keeps the database as it is now, and puts it back later.
    func snapshot() throws
    func restoreSnapshot() throws
    /// Takes the database away, and leaves the head.
    func removeDatabase() throws
    /// Does something while another writer holds the lock.
    func whileLocked(_ body: () throws -> Void) throws
}

extension LedgerPlace {
    func ledger() throws(LedgerError) -> BudgetLedger {
        try open(createIfMissing: true, patience: 10)
    }

    /// A ledger with charges in it.
    func filled(_ charges: Int = 3) throws {
        let ledger = try ledger()
        for _ in 0..<charges { try charge(ledger, Rational(numerator: 1, denominator: 1000)) }
    }
}

/// Counts over threads.
final class Counter: Sendable {
    private let value = Atomic(0)
    func add() { value.add(1, ordering: .relaxed) }
    var count: Int { value.load(ordering: .relaxed) }
}

/// A folder that goes away with the test.
final class Scratch: Sendable {
    let path: String
    init() throws {
        path = NSTemporaryDirectory() + "/ledger-" + Entry.randomHex()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    var ledger: String { path + "/ledger.sqlite" }
}

/// A SQLite file in a folder of its own.
final class SQLitePlace: LedgerPlace {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    var path: String { scratch.ledger }
    var headFile: String { path + ".head" }

    func open(createIfMissing: Bool, patience: Double) throws(LedgerError) -> BudgetLedger {
        try BudgetLedger(at: path, createIfMissing: createIfMissing, patience: patience)
    }

    func edit(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    func editUnguarded(_ sql: String) throws {
        try edit(
            """
            DROP TRIGGER entry_no_update; DROP TRIGGER entry_no_delete; DROP TRIGGER entry_contiguous;
            \(sql)
            """)
    }

    func snapshot() throws { try edit("VACUUM INTO '\(scratch.path)/old.sqlite'") }

    func restoreSnapshot() throws {
        try removeDatabase()
        try FileManager.default.copyItem(atPath: scratch.path + "/old.sqlite", toPath: path)
    }

    func removeDatabase() throws {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    func whileLocked(_ body: () throws -> Void) throws {
        let other = try DatabaseQueue(path: path)
        try other.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN IMMEDIATE")
            try body()
            try database.execute(sql: "ROLLBACK")
        }
    }
}
