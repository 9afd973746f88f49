// SPDX-License-Identifier: Apache-2.0

import Privacy
import Testing

@testable import Ledger

@Suite("Limits of a population's budget")
struct LimitsTests {
    private let part = cap.rho.value / 10
    private let day = time

    private func limit(_ epsilon: Rational) -> BudgetCap {
        BudgetCap(epsilon: epsilon, delta: Rational(numerator: 1, denominator: 1_000_000))
    }

    @Test(
        "charges' δ are taken off the cap's δ before ρ is read", arguments: StoreUnderTest.all)
    func approximate(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let delta = cap.delta / 4
        try charge(ledger, request(part, delta: delta))
        try charge(ledger, request(part, delta: delta))
        let left = BudgetCap(
            epsilon: cap.epsilon, delta: cap.delta - 3 * delta)
        let most = left.rho.value - 2 * part
        let over = refusal { () throws(LedgerError) in
            try charge(
                ledger,
                request(most + Rational(numerator: 1, denominator: 1_000_000_000_000), delta: delta)
            )
        }
        #expect(over?.kind == .budgetRefused)
        try charge(ledger, request(most, delta: delta))
        // The last of δ is never given: nothing would be left to convert ρ at.
        let last = refusal { () throws(LedgerError) in
            try charge(ledger, request(0, delta: delta))
        }
        #expect(last?.description.contains("remaining δ = ") == true)
        #expect(try place.ledger().verify().state.spent("people").delta == 3 * delta)
    }

    @Test("a chain whose charges pass the cap is found, whoever wrote it")
    func replayHoldsTheCap() throws {
        var state = LedgerState()
        var population = Entry(.population, time: time)
        population.population = "people"
        population.cap = cap
        var entries = [Entry.genesis(time: time), population]
        for share in [
            Rational(numerator: 1, denominator: 2), Rational(numerator: 6, denominator: 10),
        ] {
            var entry = Entry(.reserve, time: time)
            entry.population = "people"
            entry.id = Entry.randomHex()
            entry.cost = PrivacyCost(Rho(cap.rho.value * share))
            entries.append(entry)
        }
        for (index, entry) in entries.enumerated() {
            var entry = entry
            entry.seq = index + 1
            try state.apply(entry)
            if index < 3 { try state.check(through: index + 1) }
        }
        let error = refusal { () throws(LedgerError) in try state.check(through: 4) }
        #expect(error?.kind == .corrupt)
    }

    @Test(
        "a window refuses what is too much within it, and allows it when time has passed",
        arguments: StoreUnderTest.all)
    func window(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let limits = PolicyLimits(windows: [
            .init(days: 365, cap: BudgetCap(epsilon: 1, delta: cap.delta))
        ])
        let half = limits.windows[0].cap.rho.value / 2
        try charge(ledger, request(half, limits: limits, at: day))
        try charge(ledger, request(half, limits: limits, at: day.adding(days: 100)))
        let refused = refusal { () throws(LedgerError) in
            try charge(ledger, request(half, limits: limits, at: day.adding(days: 364)))
        }
        #expect(refused?.description.contains("the policy's limit of any 365 days") == true)
        #expect(refused?.description.contains("remaining ρ = 0 ") == true)
        try charge(ledger, request(half, limits: limits, at: day.adding(days: 365)))
        let life = try ledger.current().standings(of: "people", at: day.adding(days: 9999))
        #expect(life[0].spent.rho.value == half * 3)
        #expect(life[1].spent.isZero)
    }

    @Test(
        "a clock that was set forward or back does not empty a window",
        arguments: StoreUnderTest.all)
    func clocks(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let limits = PolicyLimits(windows: [
            .init(days: 10, cap: BudgetCap(epsilon: 1, delta: cap.delta))
        ])
        let half = limits.windows[0].cap.rho.value / 2
        try charge(ledger, request(half, limits: limits, at: day.adding(days: 5)))
        try charge(ledger, request(half, limits: limits, at: day))
        for days in [-4, 0, 3, 9] {
            let refused = refusal { () throws(LedgerError) in
                try charge(ledger, request(half, limits: limits, at: day.adding(days: days)))
            }
            #expect(refused?.kind == .budgetRefused, "\(days)")
        }
        // Nor does one that was set back by more than the window, or forward and back by as much.
        for days in [-5, -60] {
            let refused = refusal { () throws(LedgerError) in
                try charge(ledger, request(half, limits: limits, at: day.adding(days: days)))
            }
            #expect(refused?.kind == .budgetRefused, "\(days)")
        }
        try charge(ledger, request(half, limits: limits, at: day.adding(days: 99)))
        let refused = refusal { () throws(LedgerError) in
            try charge(ledger, request(half, limits: limits, at: day.adding(days: 6)))
        }
        #expect(refused?.kind == .budgetRefused)
    }

    @Test("a clock set back by 60 days does not make two charges of one day look far apart")
    func setBack() throws {
        let place = try SQLitePlace()
        let ledger = try place.ledger()
        let limits = PolicyLimits(windows: [
            .init(days: 30, cap: BudgetCap(epsilon: 1, delta: cap.delta))
        ])
        let most = limits.windows[0].cap.rho.value
        try charge(ledger, request(most, limits: limits, at: day))
        let refused = refusal { () throws(LedgerError) in
            try charge(ledger, request(most, limits: limits, at: day.adding(days: -60)))
        }
        #expect(refused?.kind == .budgetRefused)
        try charge(ledger, request(most, limits: limits, at: day.adding(days: 30)))
    }

    @Test(
        "types of release and recipients have limits of their own, beside that for life",
        arguments: StoreUnderTest.all)
    func typesAndRecipients(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let limits = PolicyLimits(
            releaseTypes: ["test-data": limit(1)], recipients: ["lab": limit(1)],
            eachRecipient: limit(Rational(numerator: 1, denominator: 2)))
        let most = limit(1).rho.value
        let less = limit(Rational(numerator: 1, denominator: 2)).rho.value
        func ask(_ rho: Rational, _ type: String?, _ recipient: String) -> String? {
            refusal { () throws(LedgerError) in
                try charge(ledger, request(rho, limits: limits, type: type, recipient: recipient))
            }?.description
        }
        #expect(ask(most, "test-data", "vendor")?.contains("limit on recipient vendor") == true)
        #expect(ask(less, "test-data", "vendor") == nil)
        #expect(ask(most, "test-data", "lab")?.contains("releases of type test-data") == true)
        #expect(ask(most, "research", "lab") == nil)
        #expect(ask(part, "research", "lab")?.contains("limit on recipient lab") == true)
        // All recipients together is the truth.
        let state = try ledger.current()
        #expect(state.spent("people").rho.value == most + less)
        #expect(state.spentByRecipient("people")["vendor"]?.rho.value == less)
        #expect(try state.allStandings(of: "people", at: time).count == 4)
    }

    @Test("a change of the policy's limits is on record", arguments: StoreUnderTest.all)
    func changesAreRecorded(_ store: StoreUnderTest) throws {
        let place = try store.place()
        let ledger = try place.ledger()
        let limits = PolicyLimits(windows: [.init(days: 30, cap: limit(2))])
        for limits in [.none, limits, limits, .none] {
            try charge(ledger, request(part, limits: limits))
        }
        let changes = try ledger.export().filter { $0.contains(#""kind":"limits""#) }
        #expect(changes.count == 2)
        #expect(try place.ledger().verify().entries == 8)
    }
}

@Suite("Times of entries")
struct TimestampTests {
    @Test(
        "a time is read as it is written, over leap years and centuries",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:34:56Z", 951_827_696),
            ("2026-11-25T18:29:17Z", 1_795_631_357), ("1969-12-31T23:59:59Z", -1),
            ("9999-12-31T23:59:59Z", 253_402_300_799), ("0000-03-01T00:00:00Z", -62_162_035_200),
        ] as [(String, Int64)])
    func roundTrip(text: String, seconds: Int64) {
        #expect(Timestamp(text)?.seconds == seconds)
        #expect(Timestamp(seconds: seconds).description == text)
    }

    @Test(
        "what is no time is not read",
        arguments: [
            "", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01 00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+00:00",
            "２０２６-01-01T00:00:00", "-026-01-01T00:00:00Z", "1900-02-29T00:00:00Z",
        ])
    func refused(text: String) { #expect(Timestamp(text) == nil) }

    @Test("months later is the same day, or the month's last")
    func months() {
        let start = Timestamp(day: "2023-11-30")
        #expect(start?.adding(months: 3).day == "2024-02-29")
        #expect(start?.adding(months: 13).day == "2024-12-30")
        #expect(start?.adding(months: 0) == start)
        #expect(start?.adding(days: 2).day == "2023-12-02")
    }
}
