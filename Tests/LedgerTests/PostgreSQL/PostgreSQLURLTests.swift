// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Ledger

@Suite("The URL of a ledger in PostgreSQL")
struct PostgreSQLURLTests {
    @Test(
        "a URL is told from a path",
        arguments: [
            ("postgresql://db/budget", true), ("postgres://db/budget", true),
            ("POSTGRESQL://db/budget", true), ("postgresql:/db", true), ("ledger.sqlite", false),
            ("postgresql.sqlite", false), ("/postgresql://x", false),
        ])
    func urlOrPath(_ text: String, isURL: Bool) throws {
        #expect(LedgerLocation.isURL(text) == isURL)
    }

    @Test(
        "a password is refused, wherever it stands, with the advice where it belongs, and never shown",
        arguments: [
            "postgresql://ada:hunter2@db/budget", "postgresql://db/budget?password=hunter2",
            "postgresql://db/budget?user=ada&password=hunter2&sslmode=require",
            "postgresql://db/budget?sslpassword=hunter2", "postgresql://ada:hunt%65r2@db/budget",
        ])
    func passwords(_ text: String) throws {
        let error = #expect(throws: LedgerError.self) { try PostgreSQLURL(text) }
        #expect(error?.kind == .misplaced)
        #expect(error?.description.contains("PGPASSFILE") == true)
        #expect(error?.description.contains("hunt") == false)
    }

    @Test(
        "a malformed URL is refused without a word of it",
        arguments: [
            "postgresql:/db", "POSTGRESQL://db/budget", "postgresql://[db/budget",
            "postgresql://ada:hunter2@db:x y/budget?nonsense=hunter2", "postgresql://db/%zz",
            "postgresql://db/budget?colour=hunter2", "postgresql://db/a\0b",
        ])
    func malformed(_ text: String) throws {
        let error = #expect(throws: LedgerError.self) { try PostgreSQLURL(text) }
        #expect(error?.kind == .misplaced)
        for part in ["hunter2", "nonsense", "colour", "zz"] {
            #expect(error?.description.contains(part) == false)
        }
    }

    @Test("messages name host, port and database, not the user")
    func names() throws {
        for (text, name) in [
            ("postgresql://ada@db.example:5433/budget", "postgresql://db.example:5433/budget"),
            ("postgres:///budget?host=/run/pg&user=ada", "postgresql:///run/pg/budget"),
            ("postgresql://", "postgresql:///"),
            ("postgresql:///?service=ledger", "postgresql://?service=ledger"),
            ("postgresql://[::1]/b%20c", "postgresql://::1/b c"),
        ] {
            #expect(try PostgreSQLURL(text).name == name)
        }
    }

    @Test("a URL's head is in the state folder, under a name that its user does not change")
    func heads() throws {
        func head(_ text: String, _ file: String? = nil) throws -> String {
            try LedgerLocation(text, headFile: file).headFile
        }
        #expect(try head("a/ledger.sqlite") == "a/ledger.sqlite.head")
        #expect(try head("a/ledger.sqlite", "b") == "b")
        #expect(try head("postgresql://db/budget", "b") == "b")
        let one = try head("postgresql://ada@db/budget")
        let folder = LedgerLocation.stateFolder(ProcessInfo.processInfo.environment)
        #expect(one.hasPrefix(folder + "/ledger-") && one.hasSuffix(".head"))
        #expect(try head("postgresql://bob@db/budget?sslmode=require") == one)
        #expect(try head("postgresql://ada@db/other") != one)
    }

    @Test("the state folder is the one that is named, or the user's")
    func stateFolders() {
        for (environment, folder) in [
            (["SEMBLANCE_STATE_DIR": "/a", "XDG_STATE_HOME": "/b"], "/a"),
            (["SEMBLANCE_STATE_DIR": "", "XDG_STATE_HOME": "/b"], "/b/semblance"),
            ([:], NSHomeDirectory() + "/.local/state/semblance"),
        ] {
            #expect(LedgerLocation.stateFolder(environment) == folder)
        }
    }

    @Test("a server that is not there is unavailable, and the message says where it was looked for")
    func nobodyThere() throws {
        let location = try LedgerLocation(
            "postgresql:///budget?host=/nonexistent&user=ada", headFile: "/nonexistent/head")
        let error = #expect(throws: LedgerError.self) {
            try BudgetLedger(at: location, createIfMissing: true)
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("/nonexistent") == true)
        #expect(error?.description.contains("\n") == false)
    }
}
