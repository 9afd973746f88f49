// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@testable import Ledger

@Suite("An anchor in other keeping")
struct AnchorTests {
    private let part = Rational(numerator: 1, denominator: 1000)

    private final class Anchored {
        let place: SQLitePlace
        let anchor: String
        init() throws {
            place = try SQLitePlace()
            anchor = place.scratch.path + "/anchor"
        }
        func open(anchored: Bool = true) throws(LedgerError) -> BudgetLedger {
            try BudgetLedger(
                at: place.path, createIfMissing: true, anchor: anchored ? anchor : nil)
        }
        /// An old copy in place of ledger and head.
        func rollBack() throws {
            try place.restoreSnapshot()
            try FileManager.default.removeItem(atPath: place.headFile)
            try FileManager.default.copyItem(
                atPath: place.headFile + ".old", toPath: place.headFile)
        }
        func keep() throws {
            try place.snapshot()
            try FileManager.default.copyItem(
                atPath: place.headFile, toPath: place.headFile + ".old")
        }
        var text: String { (try? String(contentsOfFile: anchor, encoding: .utf8)) ?? "" }
        func refused() -> LedgerError? {
            refusal { () throws(LedgerError) in _ = try open() }
        }
    }

    @Test("it grows by a checkpoint with every charge, and only grows")
    func grows() throws {
        let anchored = try Anchored()
        let ledger = try anchored.open()
        try charge(ledger, part)
        let first = anchored.text
        try ledger.addPopulation("others", cap: cap, reason: "other people", time: time)
        try charge(ledger, part, population: "others")
        #expect(anchored.text.hasPrefix(first) && anchored.text != first)
        let newest = try Anchor(path: anchored.anchor).newest()
        #expect(newest?.checkpoint == (try ledger.checkpoint()))
        #expect(newest?.budgets?.map(\.population) == ["others", "people"])
    }

    @Test("an old copy with its old head is refused, and the way out is named")
    func rolledBack() throws {
        let anchored = try Anchored()
        try charge(try anchored.open(), part)
        try anchored.keep()
        try charge(try anchored.open(), part)
        try anchored.rollBack()
        #expect(throws: Never.self) { try anchored.open(anchored: false) }
        let error = anchored.refused()
        #expect(error?.kind == .corrupt)
        #expect(error?.description.contains("put the newest copy back") == true)
        // And so is one that vanished with its head.
        try anchored.place.removeDatabase()
        try FileManager.default.removeItem(atPath: anchored.place.headFile)
        #expect(anchored.refused()?.kind == .corrupt)
    }

    @Test("a ledger that went on from an old copy is no longer the anchored one")
    func forked() throws {
        let anchored = try Anchored()
        try charge(try anchored.open(), part)
        try anchored.keep()
        try charge(try anchored.open(), part)
        try anchored.rollBack()
        for _ in 0..<3 { try charge(try anchored.open(anchored: false), part) }
        #expect(anchored.refused()?.kind == .corrupt)
    }

    @Test("an anchor that is gone is asked for; an empty one begins anew")
    func missing() throws {
        let anchored = try Anchored()
        try charge(try anchored.open(anchored: false), part)
        #expect(anchored.refused()?.kind == .unavailable)
        try Data().write(to: URL(fileURLWithPath: anchored.anchor))
        try charge(try anchored.open(), part)
        try FileManager.default.removeItem(atPath: anchored.anchor)
        #expect(anchored.refused()?.kind == .unavailable)
    }

    @Test("an anchor of another ledger, and one that was changed, are refused")
    func foreign() throws {
        let first = try Anchored(), second = try Anchored()
        try charge(try first.open(), part)
        try charge(try second.open(), part)
        let kept = first.text
        try second.text.write(toFile: first.anchor, atomically: true, encoding: .utf8)
        #expect(first.refused()?.description.contains("anchor of another ledger") == true)
        try kept.replacing("\n3\n", with: "\n33\n").write(
            toFile: first.anchor, atomically: true, encoding: .utf8)
        #expect(first.refused()?.kind == .corrupt)
        try (kept + "nonsense\n\n").write(toFile: first.anchor, atomically: true, encoding: .utf8)
        #expect(first.refused()?.description.contains("anchor unreadable") == true)
    }

    @Test("what a crash cut off at its end is passed over, by readers and by the next record")
    func torn() throws {
        let anchored = try Anchored()
        try charge(try anchored.open(), part)
        let whole = anchored.text
        for cut in [1, 2, 10, whole.utf8.count - 3] {
            try (whole + whole.prefix(cut)).write(
                toFile: anchored.anchor, atomically: true, encoding: .utf8)
            let before = try Anchor(path: anchored.anchor).newest()
            #expect(before?.checkpoint.size == 3 || cut == 1)
        }
        try charge(try anchored.open(), part)
        #expect(try Anchor(path: anchored.anchor).newest()?.checkpoint.size == 4)
        #expect(anchored.refused() == nil)
    }

    @Test("the newest of many is found, however long the file and its records are")
    func long() throws {
        let anchored = try Anchored()
        let ledger = try anchored.open()
        let name = String(repeating: "é", count: 9_000)
        try charge(ledger, part, population: name + "0")
        for index in 1..<3 {
            try ledger.addPopulation(name + "\(index)", cap: cap, reason: "others", time: time)
        }
        for index in 0..<12 { try charge(ledger, part, population: name + "\(index % 3)") }
        let newest = try #require(try Anchor(path: anchored.anchor).newest())
        #expect(newest.checkpoint == (try ledger.checkpoint()))
        #expect(newest.budgets?.count == 3)
        #expect(anchored.refused() == nil)
    }

    @Test("no noise is drawn for a charge that could not be anchored; the charge stays")
    func unwritable() throws {
        let anchored = try Anchored()
        let ledger = try anchored.open()
        try charge(ledger, part)
        try FileManager.default.removeItem(atPath: anchored.anchor)
        // A folder takes no records, not even root's.
        try FileManager.default.createDirectory(
            atPath: anchored.anchor, withIntermediateDirectories: false)
        let error = refusal { () throws(LedgerError) in try charge(ledger, part) }
        #expect(error?.kind == .unavailable)
        let state = try anchored.open(anchored: false).verify().state
        #expect(state.spent("people") == PrivacyCost(Rho(part + part)))
        #expect(state.reservations[1].outcome == .failed(reason: "not anchored"))
    }

    @Test("what is lost for good is charged anew, to the last digit of what the anchor knows")
    func acceptLoss() throws {
        let anchored = try Anchored()
        try charge(try anchored.open(), part)
        try anchored.keep()
        try charge(try anchored.open(), part + part)
        try anchored.open().addPopulation(
            "others", cap: cap, reason: "other people", time: time)
        try charge(try anchored.open(), part, population: "others")
        try anchored.rollBack()
        let losses = try LossAcceptance.accept(
            at: anchored.place.path, anchor: anchored.anchor, reason: "disk died", time: time)
        #expect(losses.map(\.population) == ["others", "people"])
        #expect(losses.map(\.isExact) == [true, true])
        let state = try anchored.open().verify().state
        #expect(state.spent("people") == PrivacyCost(Rho(part + part + part)))
        #expect(state.spent("others") == PrivacyCost(Rho(part)))
        try charge(try anchored.open(), part)
        let again = refusal { () throws(LedgerError) in
            _ = try LossAcceptance.accept(
                at: anchored.place.path, anchor: anchored.anchor, reason: "", time: time)
        }
        #expect(again?.kind == .notFound)
    }

    @Test("without an anchor all that is left is charged, and only the owner can raise the cap")
    func acceptUnknownLoss() throws {
        let anchored = try Anchored()
        try charge(try anchored.open(anchored: false), part)
        try anchored.place.snapshot()
        try charge(try anchored.open(anchored: false), part)
        try anchored.place.restoreSnapshot()
        #expect(throws: LedgerError.self) { try anchored.open(anchored: false) }
        let losses = try LossAcceptance.accept(
            at: anchored.place.path, anchor: nil, reason: "disk died", time: time)
        #expect(losses.map(\.isExact) == [false])
        let ledger = try anchored.open(anchored: false)
        #expect(try ledger.remaining() == .zero)
        let refused = refusal { () throws(LedgerError) in try charge(ledger, part) }
        #expect(refused?.kind == .budgetRefused)
        let higher = BudgetCap(epsilon: 3, delta: cap.delta)
        try ledger.setCap(of: "people", to: higher, reason: "board", time: time)
        try charge(ledger, part, cap: higher)
        #expect(try anchored.open(anchored: false).verify().entries == 6)
    }

    @Test("a ledger that vanished is begun anew with all that its anchor knows")
    func acceptWholeLoss() throws {
        let anchored = try Anchored()
        try charge(try anchored.open(), part)
        try anchored.place.removeDatabase()
        _ = try LossAcceptance.accept(
            at: anchored.place.path, anchor: anchored.anchor, reason: "fire", time: time)
        #expect(
            try anchored.open().verify().state.spent("people") == PrivacyCost(Rho(part)))
    }
}
