// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Privacy

/// Charges that reach the disk before they count.
enum Ledgers: Subject {
    private static let cap = BudgetCap(
        epsilon: 2, delta: Rational(numerator: 1, denominator: 1_000_000))
    private static let rounds = 200

    static func measure() throws -> [Row] {
        // A folder on a disk: in memory, a flush costs nothing.
        let folder = FileManager.default.currentDirectoryPath + "/.ledger-bench-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/ledger.sqlite"
        let ledger = try BudgetLedger(at: path, createIfMissing: true)
        let few = try Row("reserve and commit, SQLite, a new ledger", operations: rounds) {
            for _ in 0..<rounds { try charge(ledger) }
        }
        while try ledger.current().reservations.count < 5_000 { try charge(ledger) }
        let entries = try ledger.verify().entries
        let many = try Row(
            "reserve and commit, SQLite, \(entries) entries", operations: rounds
        ) {
            for _ in 0..<rounds { try charge(ledger) }
        }
        let anchored = try BudgetLedger(
            at: folder + "/anchored.sqlite", createIfMissing: true, anchor: folder + "/anchor")
        let rows = [
            few, many,
            try Row("reserve and commit, with an anchor", operations: rounds) {
                for _ in 0..<rounds { try charge(anchored) }
            },
            try Row("open and verify \(entries) entries", operations: entries) {
                _ = try BudgetLedger(at: path, createIfMissing: false)
            },
        ]
        return try rows + shared(folder)
    }

    /// The same on the PostgreSQL server that `PGHOST` names, if there is one.
    private static func shared(_ folder: String) throws -> [Row] {
        guard try makeTable() else {
            print("no PostgreSQL server: PGHOST is not set")
            return []
        }
        let location = try LedgerLocation(
            "postgresql://owner@/ledger", headFile: folder + "/shared.head")
        let ledger = try BudgetLedger(at: location, createIfMissing: false)
        return [
            try Row("reserve and commit, PostgreSQL, a new ledger", operations: rounds) {
                for _ in 0..<rounds { try charge(ledger) }
            },
            try Row(
                "open and verify \(try ledger.verify().entries) entries, PostgreSQL",
                operations: try ledger.verify().entries
            ) {
                _ = try BudgetLedger(at: location, createIfMissing: false)
            },
        ]
    }

    private static func makeTable() throws -> Bool {
        guard ProcessInfo.processInfo.environment["PGHOST"] != nil else { return false }
        let process = Process()
        let input = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["psql", "-X", "-q", "-U", "owner", "ledger"]
        process.standardInput = input
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(BudgetLedger.creationScript.utf8))
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    private static func charge(_ ledger: BudgetLedger) throws {
        let cost = PrivacyCost(
            cap.rho.scaled(by: Rational(numerator: 1, denominator: 1_000_000)))
        let time = Timestamp(seconds: 0)
        let charged = try ledger.reserve(
            ReservationRequest(
                population: "people", cap: cap, release: "r", recipient: "lab",
                unit: "one person", planSHA256: "00", cost: cost, epsilon: 1, delta: cap.delta,
                time: time))
        let id = charged.facts.id
        let account = charged.account
        charged.grant.burn()
        try ledger.commit(id: id, sumsSHA256: "00", settlement: account.settlement, time: time)
    }
}
