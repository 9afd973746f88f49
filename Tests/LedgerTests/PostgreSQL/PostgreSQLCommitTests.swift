// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Ledger
@testable import Privacy

/// A server whose settings these tests change.
private let server = Result { try TestServer() }

@Suite(
    "Commits that PostgreSQL does not confirm", .serialized,
    .enabled(if: TestServer.binaries != nil))
struct PostgreSQLCommitTests {
    private let part = Rational(numerator: 1, denominator: 1000)

    private func place() throws -> PostgreSQLPlace { try PostgreSQLPlace(on: server.get()) }

    /// Lets the server wait for a standby that is not there, or for none.
    private func awaitStandby(_ name: String, on server: TestServer) throws {
        try server.psql("ALTER SYSTEM SET synchronous_standby_names = '\(name)'", in: "postgres")
        try server.psql("SELECT pg_reload_conf()", in: "postgres")
        try eventually("standby '\(name)'") {
            try server.psql("SHOW synchronous_standby_names", in: "postgres") == name
        }
    }

    /// The process of the server that waits for a standby.
    private func waiting(_ place: PostgreSQLPlace, otherThan known: String = "0") throws -> String {
        var process = ""
        try eventually("a commit that waits") {
            process = try place.server.psql(
                """
                SELECT pid FROM pg_stat_activity
                WHERE datname = '\(place.database)' AND wait_event = 'SyncRep' AND pid <> \(known)
                """, in: "postgres")
            return !process.isEmpty
        }
        return process
    }

    /// Makes the first commits fail, as many as `count`, by a statement that runs within them.
    private func sabotage(_ place: PostgreSQLPlace, first count: Int, by statement: String) throws {
        try place.edit(
            """
            CREATE SEQUENCE times;
            CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
              IF nextval('semblance.times') <= \(count) THEN \(statement); END IF;
              RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER sabotage AFTER INSERT ON entry
              DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sabotage();
            """, as: "owner")
    }

    private static let hangUp =
        "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60)"

    @Test("a connection lost after the commit: the charge is found again, and granted once")
    func lostAfter() throws {
        let place = try place()
        try place.filled(1)
        let ledger = try place.ledger()
        try awaitStandby("nobody", on: place.server)
        let part = self.part
        let charging = Aside { try charge(ledger, part).facts }
        let first = try waiting(place)
        try place.server.psql("SELECT pg_terminate_backend(\(first))", in: "postgres")
        // Not granted yet: the one that looks for the charge also waits for the standby.
        _ = try waiting(place, otherThan: first)
        try awaitStandby("", on: place.server)
        let facts = try charging.result()
        let state = try place.ledger().verify()
        #expect(state.state.reservations.count == 2)
        #expect(state.state.reservations.last?.id == facts.id)
        #expect(state.entries == facts.sequence)
        try charge(ledger, part)
    }

    @Test("a connection lost before the commit: the charge is not there, and made anew, once")
    func lostBefore() throws {
        let place = try place()
        let ledger = try place.ledger()
        try sabotage(place, first: 1, by: Self.hangUp)
        let facts = try charge(ledger, part).facts
        let state = try place.ledger().verify()
        #expect(state.state.reservations.map(\.id) == [facts.id])
        #expect(state.state.spent("people") == PrivacyCost(Rho(part)))
    }

    @Test("a server that always hangs up is given up, without a grant")
    func alwaysLost() throws {
        let place = try place()
        let ledger = try place.ledger()
        try sabotage(place, first: 1_000_000, by: Self.hangUp)
        let error = #expect(throws: LedgerError.self) { try charge(ledger, part) }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("may be on record") == true)
        #expect(try place.ledger().verify().entries == 0)
    }

    @Test("a commit that its standby did not confirm is charged and not granted")
    func unconfirmed() throws {
        let place = try place()
        let ledger = try place.ledger()
        try awaitStandby("nobody", on: place.server)
        let part = self.part
        let charging = Aside { try charge(ledger, part).facts }
        let process = try waiting(place)
        try place.server.psql("SELECT pg_cancel_backend(\(process))", in: "postgres")
        let error = #expect(throws: LedgerError.self) { _ = try charging.result() }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("standby") == true)
        try awaitStandby("", on: place.server)
        #expect(try place.ledger().verify().state.spent("people") == PrivacyCost(Rho(part)))
        try charge(ledger, part)
    }

    @Test("a lost race is run again, on all that has been written since, and not for ever")
    func serialization() throws {
        let place = try place()
        let ledger = try place.ledger()
        try charge(ledger, part)
        // What the first try reads, the second one reads again.
        try place.filled(2)
        try sabotage(place, first: 1, by: "RAISE EXCEPTION USING ERRCODE = '40001'")
        try charge(ledger, part)
        #expect(try place.ledger().verify().state.reservations.count == 4)
        try place.edit("DROP TRIGGER sabotage ON entry; DROP SEQUENCE times", as: "owner")
        try place.edit("DROP FUNCTION sabotage", as: "owner")
        try sabotage(place, first: 1_000_000, by: "RAISE EXCEPTION USING ERRCODE = '40001'")
        let error = #expect(throws: LedgerError.self) { try charge(ledger, part) }
        #expect(error?.kind == .busy)
        #expect(try place.ledger().verify().state.reservations.count == 4)
    }

    @Test("a connection that was cut while nothing was written is made anew")
    func cutWhileIdle() throws {
        let place = try place()
        let ledger = try place.ledger()
        for _ in 0..<2 {
            try place.server.psql(
                """
                SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                WHERE datname = '\(place.database)'
                """, in: "postgres")
            try charge(ledger, part)
        }
        #expect(try ledger.verify().state.reservations.count == 2)
    }

    @Test(
        "a server that would lose charges is refused",
        arguments: ["fsync", "full_page_writes"])
    func forgetful(_ setting: String) throws {
        let place = try place()
        let ledger = try place.ledger()
        func set(_ value: String) throws {
            try place.server.psql("ALTER SYSTEM SET \(setting) = \(value)", in: "postgres")
            try place.server.psql("SELECT pg_reload_conf()", in: "postgres")
            try eventually("\(setting) \(value)") {
                try place.server.psql("SHOW \(setting)", in: "postgres") == value
            }
        }
        try set("off")
        defer { try? set("on") }
        // Both who connects now and who has been connected for long.
        let opening = #expect(throws: LedgerError.self) { try place.ledger() }
        #expect(opening?.kind == .unavailable)
        #expect(opening?.description.contains("fsync") == true)
        try eventually("a charge is refused") {
            do throws(LedgerError) {
                try charge(ledger, part)
                return false
            } catch {
                #expect(error.description.contains("fsync"))
                return true
            }
        }
    }
}
