// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Ledger
@testable import Privacy

@Suite("Guards of a ledger in PostgreSQL", .enabled(if: TestServer.binaries != nil))
struct PostgreSQLGuardTests {
    private let part = Rational(numerator: 1, denominator: 1000)

    private func place() throws -> PostgreSQLPlace {
        try PostgreSQLPlace(on: TestServer.shared.get())
    }

    private func filled() throws -> PostgreSQLPlace {
        let place = try place()
        try place.filled()
        return place
    }

    private static let changes = [
        "UPDATE entry SET body = '{}' WHERE seq = 2", "DELETE FROM entry WHERE seq = 4",
        "UPDATE entry SET body = body", "DELETE FROM entry", "TRUNCATE entry",
        "INSERT INTO entry VALUES (10, 'x', '{}', encode(sha256('{}'), 'hex'))",
        "INSERT INTO entry SELECT 6, hash, '{}', 'y' FROM entry WHERE seq = 5",
        "INSERT INTO entry SELECT 5, prev, body, hash FROM entry WHERE seq = 5",
    ]

    @Test(
        "neither writer, owner nor superuser changes, empties or forks a ledger by mistake",
        arguments: ["writer", "owner"], changes)
    func guarded(_ role: String, _ sql: String) throws {
        let place = try filled()
        #expect(throws: TestFailure.self) { try place.edit(sql, as: role) }
        // Nor a session that poses as a replica, where ordinary triggers rest.
        if role == "owner" {
            #expect(throws: TestFailure.self) {
                try place.edit("SET session_replication_role = replica; " + sql, as: role)
            }
        }
        #expect(try place.ledger().verify().state.reservations.count == 3)
    }

    @Test(
        "a writer cannot take the guards off, and a reader cannot write",
        arguments: [
            ("writer", "ALTER TABLE entry DISABLE TRIGGER ALL"), ("writer", "DROP TABLE entry"),
            ("writer", "DROP TRIGGER entry_contiguous ON entry"),
            ("writer", "CREATE TABLE other(a INT)"),
            (
                "writer",
                "CREATE OR REPLACE FUNCTION contiguous() RETURNS trigger LANGUAGE sql AS ''"
            ),
            ("writer", "SET session_replication_role = replica"),
            ("reader", "INSERT INTO entry VALUES (1, 'x', '{}', 'y')"),
            ("reader", "DELETE FROM entry"),
        ])
    func rights(_ role: String, _ sql: String) throws {
        let place = try place()
        #expect(throws: TestFailure.self) { try place.edit(sql, as: role) }
    }

    @Test("a chain that is put in whole, as by a restored dump, is taken")
    func rowsThatFollow() throws {
        let place = try place()
        var head = ChainHead.start
        for _ in 0..<3 {
            let row = Entry(.population, time: time).following(head)
            head = ChainHead(sequence: row.sequence, hash: row.hash)
            try place.edit(
                "INSERT INTO entry VALUES (\(row.sequence), '\(row.prev)', '\(row.body)', '\(row.hash)')"
            )
        }
        #expect(try place.edit("SELECT count(*) FROM entry", as: "reader") == "3")
    }

    @Test("who may only read sees the ledger whole, and is told what a charge would need")
    func reader() throws {
        let place = try filled()
        let ledger = try BudgetLedger(at: place.location(as: "reader"), createIfMissing: false)
        #expect(try ledger.verify().state.reservations.count == 3)
        let error = #expect(throws: LedgerError.self) { try charge(ledger, part) }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("semblance_writer") == true)
        #expect(try place.ledger().verify().state.reservations.count == 3)
    }

    @Test("a database without the table says who makes it, and how")
    func noTable() throws {
        let place = try place()
        try place.removeDatabase()
        let error = #expect(throws: LedgerError.self) { try place.ledger() }
        #expect(error?.kind == .notFound)
        #expect(error?.description.contains("semblance ledger sql") == true)
        try place.edit("CREATE SCHEMA semblance; CREATE TABLE semblance.entry(a INT)", as: "owner")
        let foreign = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: place.location(as: "owner"), createIfMissing: true)
        }
        #expect(foreign?.kind == .corrupt)
    }

    @Test("the script is refused where there is a ledger, and leaves it as it is")
    func scriptTwice() throws {
        let place = try filled()
        #expect(throws: TestFailure.self) {
            try place.server.psql(BudgetLedger.creationScript, in: place.database)
        }
        #expect(try place.ledger().verify().state.reservations.count == 3)
    }

    @Test("another machine joins by an entry that the first one knows, and by no other")
    func joining() throws {
        let place = try filled()
        let known = try #require(try HeadFile(path: place.headFile).read())
        let other = try LedgerLocation(
            place.url, headFile: place.scratch.path + "/other.head")
        let refused = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: other, createIfMissing: false)
        }
        #expect(refused?.kind == .corrupt)
        for (sequence, hash) in [
            (known.sequence + 1, known.hash), (known.sequence - 1, known.hash),
            (known.sequence, Entry.hash(of: "x")),
        ] {
            let error = #expect(throws: LedgerError.self) {
                try BudgetLedger.join(other, knowing: sequence, hash: hash)
            }
            #expect(error?.kind == .corrupt)
        }
        try charge(try place.ledger(), part)
        let end = try place.ledger().end()
        #expect(end.sequence == known.sequence + 1)
        #expect(
            try BudgetLedger.join(other, knowing: known.sequence, hash: known.hash) == end.sequence)
        try charge(try BudgetLedger(at: other, createIfMissing: false), part)
        #expect(try place.ledger().verify().entries == end.sequence + 1)
        let again = #expect(throws: LedgerError.self) {
            try BudgetLedger.join(other, knowing: known.sequence, hash: known.hash)
        }
        #expect(again?.kind == .misplaced)
    }

    @Test("of a lost end that other machines may have written, all that is left is charged")
    func acceptLoss() throws {
        let place = try place()
        let anchor = Anchor(path: place.scratch.path + "/anchor")
        func open() throws -> BudgetLedger {
            try BudgetLedger(at: place.location(), createIfMissing: false, anchor: anchor.path)
        }
        try charge(try open(), part)
        try place.snapshot()
        try charge(try open(), part)
        try place.restoreSnapshot()
        #expect(throws: LedgerError.self) { try open() }
        let losses = try LossAcceptance.accept(
            over: PostgreSQLStore(
                url: PostgreSQLURL(place.url), wasKnown: true, patience: 10),
            head: HeadFile(path: place.headFile), anchor: anchor, reason: "disk died", time: time)
        #expect(losses.map(\.isExact) == [false])
        let refused = #expect(throws: LedgerError.self) { try charge(try open(), part) }
        #expect(refused?.kind == .budgetRefused)
    }
}
