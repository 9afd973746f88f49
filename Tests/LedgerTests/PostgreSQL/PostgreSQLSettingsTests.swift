// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Ledger
@testable import Privacy

@Suite("Settings of a database with a ledger", .enabled(if: TestServer.binaries != nil))
struct PostgreSQLSettingsTests {
    private let part = Rational(numerator: 1, denominator: 1000)

    /// Changes something as owner; the error of the next charge.
    private func refusal(_ sql: String) throws -> LedgerError? {
        let place = try PostgreSQLPlace(on: TestServer.shared.get())
        try place.filled()
        try place.edit(sql.replacingOccurrences(of: "HERE", with: place.database), as: "owner")
        do throws(LedgerError) {
            try charge(try place.ledger(), part)
            return nil
        } catch {
            return error
        }
    }

    @Test("a database that is set to commit in haste, or at another isolation, is put right")
    func haste() throws {
        #expect(try refusal("ALTER DATABASE HERE SET synchronous_commit = off") == nil)
        #expect(try refusal("ALTER DATABASE HERE SET synchronous_commit = local") == nil)
        #expect(try refusal("ALTER DATABASE HERE SET synchronous_commit = remote_apply") == nil)
        #expect(
            try refusal("ALTER DATABASE HERE SET default_transaction_isolation = serializable")
                == nil)
        #expect(try refusal("ALTER DATABASE HERE SET search_path = public") == nil)
        #expect(try refusal("ALTER DATABASE HERE SET bytea_output = escape") == nil)
    }

    @Test("a database that is frozen takes no charge")
    func frozen() throws {
        let error = try refusal("ALTER DATABASE HERE SET default_transaction_read_only = on")
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("default_transaction_read_only") == true)
    }

    @Test("an unlogged table, which a crash empties, is refused")
    func unlogged() throws {
        let error = try refusal("ALTER TABLE entry SET UNLOGGED")
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("unlogged") == true)
    }

    @Test("a database in another encoding is refused")
    func encoding() throws {
        let server = try TestServer.shared.get()
        let name = "latin_" + Entry.randomHex()
        try server.psql(
            "CREATE DATABASE \(name) ENCODING 'LATIN1' TEMPLATE template0", in: "postgres")
        try server.psql(BudgetLedger.creationScript, in: name)
        let location = try LedgerLocation(server.url(name), headFile: "/nonexistent/head")
        let error = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: location, createIfMissing: true)
        }
        #expect(error?.description.contains("LATIN1") == true)
    }

    @Test("a standby, which may lag behind, is refused even for reading")
    func standby() throws {
        let server = try TestServer()
        let place = try PostgreSQLPlace(on: server)
        try place.filled()
        try server.stop()
        try server.becomeStandby()
        try server.start()
        let error = #expect(throws: LedgerError.self) { try place.ledger() }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("standby") == true)
    }
}
