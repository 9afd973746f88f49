// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@testable import Ledger

@Suite("Reservations that nobody ended")
struct ReconcileTests {
    private let part = Rational(numerator: 1, denominator: 1000)

    /// Reserves as another process would have.
    private func reserve(_ ledger: BudgetLedger, holder: Holder?, nonce: String) throws {
        _ = try ledger.transact { (state) throws(LedgerError) in
            var entry = Entry(.reserve, time: time)
            entry.nonce = nonce
            entry.population = "people"
            entry.id = Entry.randomHex()
            entry.release = "r"
            entry.cost = PrivacyCost(Rho(part))
            entry.holder = holder
            return ([entry], ())
        }
    }

    @Test(
        "one whose process runs stays open, whatever its age", arguments: StoreUnderTest.all)
    func running(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        try charge(ledger, part)
        for entries in [[], [3]] {
            let result = try ledger.reconcile(
                entries: entries, olderThan: 0, reason: "test", time: time.adding(days: 99))
            #expect(result.closed.isEmpty)
            #expect(result.left.map(\.reservation.sequence) == [3])
        }
        #expect(try ledger.current().reservations[0].outcome == .open)
    }

    @Test(
        "one whose process is gone is closed, and its charge stays", arguments: StoreUnderTest.all)
    func gone(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        try charge(ledger, part)
        let nonce = Entry.randomHex()
        let mine = try #require(Holder.current(nonce: nonce))
        #expect(mine.life(nonce: nonce) == .running)
        let other = Holder(machine: mine.machine, process: Entry.noPredecessor)
        #expect(other.life(nonce: nonce) == .gone)
        try reserve(ledger, holder: other, nonce: nonce)
        let result = try ledger.reconcile(olderThan: 9_999, reason: "killed", time: time)
        #expect(result.closed.map(\.sequence) == [4])
        #expect(result.left.count == 1)
        let state = try place.ledger().verify().state
        #expect(state.spent("people") == PrivacyCost(Rho(part + part)))
        #expect(state.reservations[1].outcome == .abandoned(reason: "killed"))
        #expect(
            try ledger.reconcile(olderThan: 9_999, reason: "again", time: time).closed.isEmpty)
    }

    @Test(
        "one of another machine is closed when it is old enough, or named",
        arguments: StoreUnderTest.all)
    func elsewhere(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        try charge(ledger, part)
        let elsewhere = Holder(machine: Entry.noPredecessor, process: Entry.noPredecessor)
        for _ in 0..<2 { try reserve(ledger, holder: elsewhere, nonce: Entry.randomHex()) }
        try reserve(ledger, holder: nil, nonce: Entry.randomHex())
        let day = Int64(86_400)
        let early = try ledger.reconcile(
            olderThan: 3 * day, reason: "old", time: time.adding(days: 2))
        #expect(early.closed.isEmpty)
        #expect(early.left.count == 4)
        let named = try ledger.reconcile(
            entries: [4], olderThan: 3 * day, reason: "host was replaced", time: time)
        #expect(named.closed.map(\.sequence) == [4])
        let late = try ledger.reconcile(
            olderThan: 3 * day, reason: "old", time: time.adding(days: 3))
        #expect(late.closed.map(\.sequence) == [5, 6])
        let error = refusal { () throws(LedgerError) in
            _ = try ledger.reconcile(entries: [4], olderThan: 0, reason: "", time: time)
        }
        #expect(error?.kind == .notFound)
    }

    @Test(
        "one that was closed too early may still be ended by its own process",
        arguments: StoreUnderTest.all)
    func closedTooEarly(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let (facts, settlement) = try charge(ledger, part)
        _ = try ledger.transact { (_) throws(LedgerError) in
            var entry = Entry(.abandon, time: time)
            entry.id = facts.id
            entry.reason = "mistake"
            return ([entry], ())
        }
        try ledger.commit(id: facts.id, sumsSHA256: "ab", settlement: settlement, time: time)
        #expect(
            try place.ledger().verify().state.reservations[0].outcome
                == .committed(consumed: .zero))
    }

    @Test("an entry names neither host nor process")
    func holderIsHidden() throws {
        let nonce = Entry.randomHex()
        let holder = try #require(Holder.current(nonce: nonce))
        #expect(holder.machine.utf8.count == 64 && holder.process.utf8.count == 64)
        #expect(holder != Holder.current(nonce: Entry.randomHex()))
        #expect(holder == Holder.current(nonce: nonce))
    }
}
