// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Ledger
@_spi(Minting) @testable import Privacy

let time = Timestamp("2026-01-01T00:00:00Z") ?? Timestamp(seconds: 0)

func request(
    _ rho: Rational, delta: Rational = 0, cap: BudgetCap = cap, limits: PolicyLimits = .none,
    population: String = "people", type: String? = nil, recipient: String = "lab",
    at time: Timestamp = time
) -> ReservationRequest {
    ReservationRequest(
        population: population, cap: cap, limits: limits, release: "r", releaseType: type,
        recipient: recipient, unit: "one person", planSHA256: "00",
        cost: PrivacyCost(Rho(rho), delta: delta), epsilon: 1,
        delta: Rational(numerator: 1, denominator: 1_000_000), time: time)
}

let cap = BudgetCap(epsilon: 2, delta: Rational(numerator: 1, denominator: 1_000_000))

/// Charges and lets the grant go.
@discardableResult
func charge(
    _ ledger: BudgetLedger, _ request: ReservationRequest
) throws(LedgerError) -> (facts: ReservationFacts, settlement: Settlement) {
    let charged = try ledger.reserve(request)
    let facts = charged.facts
    let account = charged.account
    charged.grant.burn()
    return (facts, account.settlement)
}

@discardableResult
func charge(
    _ ledger: BudgetLedger, _ rho: Rational, cap: BudgetCap = cap, population: String = "people"
) throws(LedgerError) -> (facts: ReservationFacts, settlement: Settlement) {
    try charge(ledger, request(rho, cap: cap, population: population))
}

/// The kind of refusal; `nil` where nothing was refused.
func refusal(_ action: () throws(LedgerError) -> Void) -> LedgerError? {
    do throws(LedgerError) {
        try action()
        return nil
    } catch {
        return error
    }
}

extension BudgetLedger {
    /// What is left for life.
    func remaining(_ population: String = "people", under cap: BudgetCap = cap) throws -> Rho {
        try current().standings(of: population, cap: cap, at: time)[0].remaining
    }
}

@Suite("Budget ledger")
struct BudgetLedgerTests {
    @Test("a charge of hundreds of queries is read back, and counts no less than they cost")
    func longSums() throws {
        let place = try StoreUnderTest.all[0].place()
        let ledger = try place.ledger()
        let charged = try ledger.reserve(
            request(Rational(numerator: 1, denominator: 100), cap: cap))
        let account = charged.account
        var grant = charged.grant
        for index in 0..<1000 {
            // Odd numerators have next to nothing in common, so the exact sum has thousands of digits.
            let plan = try GaussianPlan(
                sensitivity: 1, sigma2: Rational(4_000_037 + 2 * index))
            let part = try grant.take(Rho(Rational(numerator: 1, denominator: 100_000)))
            _ = try part.spend(plan.mechanism(cells: 1))
        }
        grant.burn()
        let exact = account.settlement.consumed
        #expect(exact.rho.value.description.utf8.count > 8192)
        let kept = exact.inShort(within: account.settlement.reserved)
        #expect(kept.covers(exact) && account.settlement.reserved.covers(kept))
        #expect(kept.rho.value.description.utf8.count < 120)
        try ledger.commit(
            id: charged.facts.id, sumsSHA256: "ab", settlement: account.settlement, time: time)
        let state = try ledger.current()
        #expect(state.reservations.count == 1)
    }

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
                == PrivacyCost(Rho(Rational(numerator: 1, denominator: 100))))
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
        #expect(try ledger.remaining() == .zero)
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
        try ledger.fail(id: failed.facts.id, reason: "gate", time: time)
        let state = try ledger.verify().state
        #expect(state.spent("people") == PrivacyCost(Rho(part + part)))
        #expect(state.reservations.map(\.outcome) == [.failed(reason: "gate"), .open])
    }

    @Test("a release ends once, and only one that was charged", arguments: StoreUnderTest.all)
    func endsOnce(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let part = Rational(numerator: 1, denominator: 1000)
        let (facts, settlement) = try charge(ledger, part)
        let (_, other) = try charge(ledger, part + part)
        let unequal = refusal { () throws(LedgerError) in
            try ledger.commit(id: facts.id, sumsSHA256: "ab", settlement: other, time: time)
        }
        #expect(unequal?.kind == .corrupt)
        try ledger.commit(id: facts.id, sumsSHA256: "ab", settlement: settlement, time: time)
        let late = refusal { () throws(LedgerError) in
            try ledger.fail(id: facts.id, reason: "late", time: time)
        }
        #expect(late?.kind == .corrupt)
        let foreign = refusal { () throws(LedgerError) in
            try ledger.commit(id: "none", sumsSHA256: "ab", settlement: settlement, time: time)
        }
        #expect(foreign?.kind == .corrupt)
    }

    @Test(
        "a release whose grants could still be spent is not written off",
        arguments: StoreUnderTest.all)
    func unsettled(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let charged = try ledger.reserve(request(Rational(numerator: 1, denominator: 1000)))
        let facts = charged.facts
        let account = charged.account
        let early = account.settlement
        #expect(throws: LedgerError.self) {
            try ledger.commit(id: facts.id, sumsSHA256: "ab", settlement: early, time: time)
        }
        charged.grant.burn()
        try ledger.commit(
            id: facts.id, sumsSHA256: "ab", settlement: account.settlement, time: time)
        #expect(
            try ledger.current().reservation(facts.id)?.outcome == .committed(consumed: .zero))
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
            if name != "people" {
                try ledger.addPopulation(name, cap: cap, reason: "other people", time: time)
            }
            try charge(ledger, cap.rho.value, population: name)
            #expect(throws: LedgerError.self) {
                try charge(ledger, cap.rho.value, population: name)
            }
        }
        #expect(try ledger.verify().state.populations.count == 4)
    }

    @Test(
        "a name that the ledger does not know is no second budget until the owner says so",
        arguments: StoreUnderTest.all)
    func strangers(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        try charge(ledger, cap.rho.value)
        let before = try ledger.export()
        let refused = refusal { () throws(LedgerError) in
            try charge(ledger, cap.rho.value, population: "poeple")
        }
        #expect(refused?.kind == .notFound)
        #expect(refused?.description.contains("expected one of people") == true)
        #expect(refused?.description.contains("ledger add-population") == true)
        #expect(try ledger.export() == before)
        try ledger.addPopulation("others", cap: cap, reason: "born later", time: time)
        #expect(try ledger.export().last?.contains("born later") == true)
        try charge(ledger, cap.rho.value, population: "others")
        for name in ["people", "others"] {
            let again = refusal { () throws(LedgerError) in
                try ledger.addPopulation(name, cap: cap, reason: "", time: time)
            }
            #expect(again?.kind == .capConflict)
        }
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
