// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Ledger
import Privacy

/// A process of its own that charges a ledger, for tests that kill it or run several at once.
///
/// `ledger-writer LEDGER charge COUNT SHARE` asks COUNT times for the cap's SHARE-th part and prints how often
/// it got it. `ledger-writer LEDGER loop LOG SHARE` does so until it is killed, and appends each
/// charge's identifier to LOG at the moment when a release would draw its first noise.
@main
enum LedgerWriter {
    static let cap = BudgetCap(
        epsilon: 2, delta: Rational(numerator: 1, denominator: 1_000_000))

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let share = Int(arguments[4]) else {
            print("usage: ledger-writer LEDGER charge COUNT SHARE | LEDGER loop LOG SHARE")
            exit(64)
        }
        let ledger = try BudgetLedger(at: arguments[1], createIfMissing: true, patience: 60)
        if arguments[2] == "charge" {
            var granted = 0
            for _ in 0..<(Int(arguments[3]) ?? 0)
            where try charge(ledger, share, drawing: { _ in }) { granted += 1 }
            print(granted)
        } else {
            let log = FileHandle(forWritingAtPath: arguments[3])
            try log?.seekToEnd()
            while try charge(ledger, share, drawing: { log?.write(Data(($0 + "\n").utf8)) }) {}
        }
    }

    /// Charges, draws and ends one release.
    ///
    /// - Returns: False where the cap refuses it.
    static func charge(
        _ ledger: BudgetLedger, _ share: Int, drawing: (String) -> Void
    ) throws -> Bool {
        let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
        let cost = PrivacyCost(cap.rho.scaled(by: Rational(numerator: 1, denominator: share)))
        let request = ReservationRequest(
            population: "people", cap: cap, release: "r", recipient: "lab", unit: "one person",
            planSHA256: "00", cost: cost, epsilon: 1, delta: cap.delta, time: now)
        do {
            let (id, settlement) = try draw(ledger, request, drawing: drawing)
            try ledger.commit(id: id, sumsSHA256: "00", settlement: settlement, time: now)
            return true
        } catch  where error.kind == .budgetRefused {
            return false
        }
    }

    /// Charges, and does what stands for noise.
    private static func draw(
        _ ledger: BudgetLedger, _ request: ReservationRequest, drawing: (String) -> Void
    ) throws(LedgerError) -> (id: String, settlement: Settlement) {
        let charged = try ledger.reserve(request)
        let id = charged.facts.id
        let account = charged.account
        drawing(id)
        charged.grant.burn()
        return (id, account.settlement)
    }
}
