// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@testable import Ledger

/// The release of a fixture with a ledger of charges by processes of the test's choice; it goes away with the
/// test.
final class ChargedPlace {
    /// The process that a charge is of.
    enum Holding {
        case thisOne, gone, elsewhere
    }

    let path: String
    let release = "claims-vendor-2026q4"
    var ledger: String { path + "/ledger.sqlite" }
    var outputs: String { path + "/out" }

    init() throws {
        path = NSTemporaryDirectory() + "/charged-\(UInt64.random(in: 0...UInt64.max))"
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        try FileManager.default.copyItem(
            atPath: package.path + "/fixtures/claims", toPath: path)
        try FileManager.default.createDirectory(
            atPath: outputs, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Charges a release, and leaves the charge open.
    func charge(_ release: String, by holding: Holding) throws {
        let cost = PrivacyCost(Rho(Rational(numerator: 1, denominator: 1000)))
        let ledger = try BudgetLedger(at: ledger, createIfMissing: true)
        let population = "claims-members"
        if try ledger.current().populations.isEmpty {
            let cap = BudgetCap(epsilon: 6, delta: Rational(numerator: 1, denominator: 100_000_000))
            let first = try ledger.reserve(
                ReservationRequest(
                    population: population, cap: cap, release: "earlier", recipient: "acme-labs",
                    unit: "one member", planSHA256: "00", cost: cost, epsilon: 1, delta: cap.delta,
                    time: Timestamp(seconds: 0)))
            let id = first.facts.id
            first.grant.burn()
            try ledger.fail(id: id, reason: "test", time: Timestamp(seconds: 0))
        }
        let nonce = Entry.randomHex()
        let mine = try #require(Holder.current(nonce: nonce))
        let holder: Holder? =
            switch holding {
            case .thisOne: mine
            case .gone: Holder(machine: mine.machine, process: Entry.noPredecessor)
            case .elsewhere: Holder(machine: Entry.noPredecessor, process: mine.process)
            }
        _ = try ledger.transact { (state) throws(LedgerError) in
            var entry = Entry(.reserve, time: Timestamp(seconds: 0))
            entry.nonce = nonce
            entry.population = population
            entry.id = Entry.randomHex()
            entry.release = release
            entry.recipient = "acme-labs"
            entry.cost = cost
            entry.holder = holder
            return ([entry], ())
        }
    }

    /// What the ledger has on record.
    var state: LedgerState {
        get throws { try BudgetLedger(at: ledger, createIfMissing: false).current() }
    }

    /// Closes charges, those of this machine or the named ones.
    func close(_ entries: [Int] = []) throws {
        _ = try BudgetLedger(at: ledger, createIfMissing: false).reconcile(
            entries: entries, olderThan: .max, reason: "test", time: Timestamp(seconds: 1))
    }

    /// Puts an empty file into the folder of outputs, as a run does before it has locked it.
    func leave(_ name: String) throws {
        try #require(FileManager.default.createFile(atPath: outputs + "/" + name, contents: nil))
    }

    /// The names of what is in the folder of outputs.
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: outputs).sorted() }
    }
}
