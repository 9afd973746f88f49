// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Ledger
@_spi(Minting) @testable import Privacy

let time = "2026-01-01T00:00:00Z"

func request(
    _ rho: Rational, cap: BudgetCap, population: String = "people", release: String = "r"
) -> ReservationRequest {
    ReservationRequest(
        population: population, cap: cap, release: release, recipient: "lab", planSHA256: "00",
        rho: Rho(rho), epsilon: Rational(1), delta: Rational(numerator: 1, denominator: 1_000_000),
        time: time)
}

let cap = BudgetCap(epsilon: Rational(2), delta: Rational(numerator: 1, denominator: 1_000_000))

/// Charges and lets the grant go.
@discardableResult
func charge(
    _ ledger: BudgetLedger, _ rho: Rational, cap: BudgetCap = cap, population: String = "people"
) throws(LedgerError) -> ReservationFacts {
    let charged = try ledger.reserve(request(rho, cap: cap, population: population))
    let facts = charged.facts
    charged.grant.burn()
    return facts
}

@Suite("Budget ledger")
struct BudgetLedgerTests {
    @Test(
        "a charge is durable, and the grant holds exactly what was charged",
        arguments: StoreUnderTest.all)
    func reserveMintsWhatItCharged(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let charged = try ledger.reserve(
            request(Rational(numerator: 1, denominator: 100), cap: cap))
        #expect(charged.grant.rho == Rho(Rational(numerator: 1, denominator: 100)))
        charged.grant.burn()
        let again = try place.ledger()
        #expect(
            try again.verify().state.spent("people")
                == Rho(Rational(numerator: 1, denominator: 100)))
    }

    @Test(
        "the cap may be reached exactly and not passed by the smallest step",
        arguments: StoreUnderTest.all)
    func capIsExact(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let third = cap.rho.value / Rational(3)
        try charge(ledger, third)
        try charge(ledger, third)
        let step = Rational(numerator: 1, denominator: 1_000_000_000_000)
        let refused = #expect(throws: LedgerError.self) { try charge(ledger, third + step) }
        #expect(refused?.kind == .budgetRefused)
        try charge(ledger, third)
        #expect(try ledger.standing(of: "people", policyCap: cap).remaining == .zero)
        #expect(throws: LedgerError.self) { try charge(ledger, step) }
    }

    @Test("a refused charge writes nothing", arguments: StoreUnderTest.all)
    func refusalWritesNothing(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        try charge(ledger, Rational(numerator: 1, denominator: 1000))
        let before = try ledger.export()
        #expect(throws: LedgerError.self) { try charge(ledger, Rational(1000)) }
        #expect(try ledger.export() == before)
    }

    @Test("failed and forgotten reservations stay charged", arguments: StoreUnderTest.all)
    func nothingIsRefunded(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let part = Rational(numerator: 1, denominator: 1000)
        let failed = try charge(ledger, part)
        try charge(ledger, part)
        try ledger.fail(id: failed.id, reason: "gate", time: time)
        let state = try ledger.verify().state
        #expect(state.spent("people") == Rho(part + part))
        #expect(state.reservations.map(\.outcome) == [.failed(reason: "gate"), .open])
    }

    @Test("a release ends once, and only one that was charged", arguments: StoreUnderTest.all)
    func endsOnce(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let part = Rational(numerator: 1, denominator: 1000)
        let facts = try charge(ledger, part)
        #expect(throws: LedgerError.self) {
            try ledger.commit(
                id: facts.id, sumsSHA256: "ab", consumed: Rho(part + part), time: time)
        }
        try ledger.commit(id: facts.id, sumsSHA256: "ab", consumed: Rho(part), time: time)
        #expect(throws: LedgerError.self) {
            try ledger.fail(id: facts.id, reason: "late", time: time)
        }
        #expect(throws: LedgerError.self) {
            try ledger.commit(id: "none", sumsSHA256: "ab", consumed: .zero, time: time)
        }
    }

    @Test(
        "a policy may lower the cap but not raise it without an entry of its own",
        arguments: StoreUnderTest.all)
    func capIsTheLedgers(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        try charge(ledger, Rational(numerator: 1, denominator: 1000))
        let higher = BudgetCap(epsilon: Rational(3), delta: cap.delta)
        let lower = BudgetCap(
            epsilon: Rational(numerator: 1, denominator: 100), delta: cap.delta)
        let conflict = #expect(throws: LedgerError.self) {
            try charge(ledger, Rational(numerator: 1, denominator: 1000), cap: higher)
        }
        #expect(conflict?.kind == .capConflict)
        let refused = #expect(throws: LedgerError.self) {
            try charge(ledger, Rational(numerator: 1, denominator: 1000), cap: lower)
        }
        #expect(refused?.kind == .budgetRefused)
        try ledger.setCap(of: "people", to: higher, reason: "board", time: time)
        try charge(ledger, Rational(numerator: 1, denominator: 1000), cap: higher)
        let unknown = #expect(throws: LedgerError.self) {
            try ledger.setCap(of: "nobody", to: higher, reason: "", time: time)
        }
        #expect(unknown?.kind == .notFound)
    }

    @Test(
        "populations have budgets of their own, whatever their names", arguments: StoreUnderTest.all
    )
    func populationsAreApart(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        for name in ["people", "Größe \"x\"", "人々", "a\nb"] {
            try charge(ledger, cap.rho.value, population: name)
            #expect(throws: LedgerError.self) {
                try charge(ledger, cap.rho.value, population: name)
            }
        }
        #expect(try ledger.verify().state.caps.count == 4)
    }

    @Test(
        "caps of ε from 0.001 to 1000 are kept", arguments: StoreUnderTest.all,
        ["0.001", "1", "1000"])
    func extremeCaps(_ store: StoreUnderTest, epsilon: String) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let value = try #require(Rational(decimal: epsilon))
        let extreme = BudgetCap(
            epsilon: value, delta: Rational(numerator: 1, denominator: 1_000_000_000))
        #expect(extreme.rho > .zero)
        try charge(ledger, extreme.rho.value, cap: extreme)
        #expect(throws: LedgerError.self) {
            try charge(ledger, extreme.rho.value, cap: extreme)
        }
    }
}
