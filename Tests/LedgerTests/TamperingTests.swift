// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

@testable import Ledger
@testable import Privacy

@Suite("Tampering with a ledger")
struct TamperingTests {
    private func filled() throws -> Scratch {
        let scratch = try Scratch()
        let ledger = try BudgetLedger(at: scratch.ledger, createIfMissing: true)
        for _ in 0..<3 { try charge(ledger, Rational(numerator: 1, denominator: 1000)) }
        return scratch
    }

    private func edit(_ scratch: Scratch, _ sql: String) throws {
        let queue = try DatabaseQueue(path: scratch.ledger)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test("entries can be neither changed, deleted nor put in out of order")
    func triggersHold() throws {
        let scratch = try filled()
        for sql in [
            "UPDATE entry SET body = '{}' WHERE seq = 2", "DELETE FROM entry WHERE seq = 4",
            "INSERT INTO entry VALUES (9, 'x', '{}', 'y')",
            "INSERT INTO entry VALUES (5, 'x', '{}', 'y')",
        ] {
            #expect(throws: DatabaseError.self) { try edit(scratch, sql) }
        }
        #expect(try BudgetLedger(at: scratch.ledger, createIfMissing: false).verify().entries == 4)
    }

    @Test(
        "whoever drops the triggers is found by the chain",
        arguments: [
            "UPDATE entry SET body = replace(body, 'lab', 'law') WHERE seq = 2",
            "UPDATE entry SET hash = 'other' WHERE seq = 3", "DELETE FROM entry WHERE seq = 2",
            "UPDATE entry SET seq = 9 WHERE seq = 4",
        ])
    func chainFinds(sql: String) throws {
        let scratch = try filled()
        try edit(
            scratch,
            "DROP TRIGGER entry_no_update; DROP TRIGGER entry_no_delete; \(sql)")
        let error = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: scratch.ledger, createIfMissing: false)
        }
        #expect(error?.kind == .corrupt)
    }

    @Test("a cut-off end and an old copy are found by the last known head")
    func rollbackIsFound() throws {
        let scratch = try filled()
        let copy = scratch.path + "/old.sqlite"
        try edit(scratch, "VACUUM INTO '\(copy)'")
        try charge(
            try BudgetLedger(at: scratch.ledger, createIfMissing: false),
            Rational(numerator: 1, denominator: 1000))
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: scratch.ledger + suffix)
        }
        try FileManager.default.moveItem(atPath: copy, toPath: scratch.ledger)
        let error = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: scratch.ledger, createIfMissing: true)
        }
        #expect(error?.kind == .corrupt)
    }

    @Test("a ledger that vanished while its head is there is not made anew")
    func vanishedLedger() throws {
        let scratch = try filled()
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: scratch.ledger + suffix)
        }
        let error = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: scratch.ledger, createIfMissing: true)
        }
        #expect(error?.kind == .corrupt)
    }

    @Test("a ledger that lost its head is refused, and so is a rollback under an open ledger")
    func lostHead() throws {
        let scratch = try filled()
        let ledger = try BudgetLedger(at: scratch.ledger, createIfMissing: false)
        let head = try String(contentsOfFile: scratch.ledger + ".head", encoding: .utf8)
        try FileManager.default.removeItem(atPath: scratch.ledger + ".head")
        let error = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: scratch.ledger, createIfMissing: true)
        }
        #expect(error?.kind == .corrupt)
        try head.write(toFile: scratch.ledger + ".head", atomically: true, encoding: .utf8)
        try edit(scratch, "DROP TRIGGER entry_no_delete; DELETE FROM entry WHERE seq = 4")
        let rolled = #expect(throws: LedgerError.self) {
            try charge(ledger, Rational(numerator: 1, denominator: 1000))
        }
        #expect(rolled?.kind == .corrupt)
    }

    @Test("an empty ledger is made once, and a second opener does not wipe it")
    func madeOnce() throws {
        let scratch = try Scratch()
        let first = try BudgetLedger(at: scratch.ledger, createIfMissing: true)
        try charge(first, Rational(numerator: 1, denominator: 1000))
        let second = try BudgetLedger(at: scratch.ledger, createIfMissing: true)
        #expect(try second.verify().entries == 2)
    }

    @Test("a head that a crash left behind is fine as long as the ledger extends it")
    func headMayLag() throws {
        let scratch = try filled()
        let old = try String(contentsOfFile: scratch.ledger + ".head", encoding: .utf8)
        try charge(
            try BudgetLedger(at: scratch.ledger, createIfMissing: false),
            Rational(numerator: 1, denominator: 1000))
        try old.write(toFile: scratch.ledger + ".head", atomically: true, encoding: .utf8)
        #expect(try BudgetLedger(at: scratch.ledger, createIfMissing: false).verify().entries == 5)
    }

    @Test("a file that is no database, and a folder that is not there, are told apart")
    func otherFiles() throws {
        let scratch = try Scratch()
        try Data("this is no database at all, really".utf8).write(
            to: URL(fileURLWithPath: scratch.ledger))
        let garbage = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: scratch.ledger, createIfMissing: true)
        }
        #expect(garbage?.kind == .corrupt)
        let absent = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: scratch.path + "/no/such/ledger.sqlite", createIfMissing: true)
        }
        #expect(absent?.kind == .unavailable)
        let missing = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: scratch.path + "/other.sqlite", createIfMissing: false)
        }
        #expect(missing?.kind == .notFound)
    }

    @Test("a full database refuses the charge and says so")
    func fullDisk() throws {
        let scratch = try filled()
        let ledger = try BudgetLedger(at: scratch.ledger, createIfMissing: false)
        let error = LedgerStore.translated(
            DatabaseError(resultCode: .SQLITE_FULL), path: scratch.ledger)
        #expect(error.kind == .unavailable)
        #expect(error.description.contains("disk is full"))
        #expect(try ledger.verify().entries == 4)
    }

    @Test("a writer that waits too long is told to try again")
    func busyWriter() throws {
        let scratch = try filled()
        let ledger = try BudgetLedger(at: scratch.ledger, createIfMissing: false, patience: 0.05)
        let other = try DatabaseQueue(path: scratch.ledger)
        try other.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN IMMEDIATE")
            let error = #expect(throws: LedgerError.self) {
                try charge(ledger, Rational(numerator: 1, denominator: 1000))
            }
            #expect(error?.kind == .busy)
            try database.execute(sql: "ROLLBACK")
        }
        try charge(ledger, Rational(numerator: 1, denominator: 1000))
    }

    @Test("four writers on one ledger stop exactly at the cap")
    func writersRace() async throws {
        let scratch = try Scratch()
        let path = scratch.ledger
        _ = try BudgetLedger(at: path, createIfMissing: true)
        let part = cap.rho.value / Rational(20)
        let granted = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let ledger = try BudgetLedger(at: path, createIfMissing: false)
                    var count = 0
                    for _ in 0..<10 {
                        do {
                            try charge(ledger, part)
                            count += 1
                        } catch let error as LedgerError where error.kind == .budgetRefused {
                            continue
                        }
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(granted == 20)
        let state = try BudgetLedger(at: path, createIfMissing: false).verify().state
        #expect(state.spent("people") == cap.rho)
    }

    @Test("the export is a chain that any tool can check")
    func exportIsAChain() throws {
        let scratch = try filled()
        let lines = try BudgetLedger(at: scratch.ledger, createIfMissing: false).export()
        var prev = Entry.genesis
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["prev"] as? String == prev)
            prev = Entry.hash(of: line)
        }
        #expect(lines.count == 4)
    }
}
