// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import Ledger

/// A database of its own on a server.
final class PostgreSQLPlace: LedgerPlace {
    let server: TestServer
    let database = "ledger_" + Entry.randomHex()
    let scratch: Scratch

    /// Copies the empty ledger of a server.
    init(on server: TestServer) throws {
        self.server = server
        scratch = try Scratch()
        try admin("CREATE DATABASE \(database) TEMPLATE ledger")
    }

    deinit { try? admin("DROP DATABASE \(database) WITH (FORCE)") }

    var headFile: String { scratch.path + "/ledger.head" }

    var url: String { server.url(database) }

    func location(as role: String = "writer") throws(LedgerError) -> LedgerLocation {
        try LedgerLocation(
            server.url(database, as: role), headFile: headFile)
    }

    func open(createIfMissing: Bool, patience: Double) throws(LedgerError) -> BudgetLedger {
        try BudgetLedger(at: location(), createIfMissing: createIfMissing, patience: patience)
    }

    /// Connects past the ledger.
    func connection(as role: String) throws -> PostgreSQLConnection {
        try PostgreSQLConnection(to: PostgreSQLURL(server.url(database, as: role)), limit: 10)
    }

    private func admin(_ sql: String) throws { try server.psql(sql, in: "postgres") }

    func edit(_ sql: String) throws { try edit(sql, as: "writer") }

    @discardableResult
    func edit(_ sql: String, as role: String) throws -> String {
        try server.psql("SET search_path = semblance;\n" + sql, in: database, as: role)
    }

    func editUnguarded(_ sql: String) throws {
        try edit(
            """
            ALTER TABLE entry DISABLE TRIGGER ALL;
            ALTER TABLE entry DROP CONSTRAINT entry_hash;
            \(sql)
            """, as: "owner")
    }

    func snapshot() throws {
        try server.tool(
            "pg_dump",
            ["-Fc", "-f", scratch.path + "/old.dump", server.url(database, as: "owner")])
    }

    func restoreSnapshot() throws {
        try admin("DROP DATABASE \(database) WITH (FORCE)")
        try admin("CREATE DATABASE \(database) TEMPLATE template0")
        try server.tool(
            "pg_restore",
            ["-d", server.url(database, as: "owner"), scratch.path + "/old.dump"])
    }

    func removeDatabase() throws { try edit("DROP SCHEMA semblance CASCADE", as: "owner") }

    func whileLocked(_ body: () throws -> Void) throws {
        var other = try connection(as: "writer")
        _ = try other.run("BEGIN", silence: 10_000)
        _ = try other.run(
            "SELECT pg_advisory_xact_lock($1)", [String(PostgreSQLSchema.lockKey)],
            silence: 10_000)
        try body()
        _ = try other.run("ROLLBACK", silence: 10_000)
    }
}
