// SPDX-License-Identifier: Apache-2.0

import Privacy
import Testing

@testable import Ledger

@Suite("Forecast")
struct ForecastTests {
    private func schedule(
        _ share: Int, _ interval: ReleaseSchedule.Interval = .months(3), delta: Rational = 0
    ) -> ReleaseSchedule {
        ReleaseSchedule(
            start: time, interval: interval,
            cost: PrivacyCost(Rho(cap.rho.value / Rational(share)), delta: delta))
    }

    @Test("as many fit as the ledger will take, and the next is refused on its day")
    func life() throws {
        let place = try SQLitePlace()
        let ledger = try place.ledger()
        try charge(ledger, cap.rho.value / 10)
        let plan = schedule(20)
        let forecast = try ledger.current().forecast(of: "people", schedule: plan, at: time)
        #expect(forecast.map(\.releases) == [18])
        #expect(forecast[0].refusedOn == "2030-07-01")
        for index in 0..<18 {
            try charge(ledger, request(plan.cost.rho.value, at: plan.time(of: index)))
        }
        #expect(
            try ledger.current().forecast(of: "people", schedule: plan, at: time)[0].releases == 0)
    }

    @Test("δ of the releases counts too")
    func approximate() throws {
        let plan = schedule(1_000_000, delta: cap.delta / 10)
        let forecast = try LedgerState().forecast(
            of: "people", cap: cap, schedule: plan, at: time)
        #expect(forecast[0].releases == 9)
    }

    @Test("zCDP adds: twice the ε takes about four times the budget")
    func composition() throws {
        func releases(_ epsilon: Rational) throws -> Int {
            let rho = ZeroConcentrated.largestRho(epsilon: epsilon, delta: cap.delta)
            let plan = ReleaseSchedule(
                start: time, interval: .days(30), cost: PrivacyCost(rho))
            return try #require(
                try LedgerState().forecast(
                    of: "people", cap: cap, schedule: plan, at: time)[0].releases)
        }
        let one = try releases(Rational(numerator: 1, denominator: 10))
        let two = try releases(Rational(numerator: 2, denominator: 10))
        // Adding ε would fit 20 and 10.
        #expect(one > 200)
        #expect((3.5...4.5).contains(Double(one) / Double(two)))
    }

    @Test("a window refuses early, late or never, as its length and history have it")
    func windows() throws {
        let place = try SQLitePlace()
        let ledger = try place.ledger()
        let limits = PolicyLimits(windows: [
            .init(days: 60, cap: BudgetCap(epsilon: 1, delta: cap.delta)),
            .init(days: 365, cap: BudgetCap(epsilon: 1, delta: cap.delta)),
        ])
        let quarter = limits.windows[0].cap.rho.value / 4
        let small = ReleaseSchedule(
            start: time, interval: .months(3), cost: PrivacyCost(Rho(quarter)))
        let fresh = try LedgerState().forecast(
            of: "people", cap: cap, limits: limits, schedule: small, at: time)
        #expect(fresh[1].releases == nil)
        // Five quarters begin within 365 days only where the year has 366.
        #expect(fresh[2].releases == nil || fresh[2].refusedOn?.hasPrefix("2029") == true)
        try charge(ledger, request(quarter, limits: limits, at: time.adding(days: -10)))
        let later = try ledger.current().forecast(of: "people", schedule: small, at: time)
        #expect(later[1].releases == nil)
        #expect(later[2].releases == 3)
        #expect(later[2].refusedOn == "2026-10-01")
    }

    @Test(
        "intervals are read in words",
        arguments: [
            ("3 months", .months(3)), ("1 month", .months(1)), ("2 weeks", .days(14)),
            ("1 year", .months(12)), ("90 days", .days(90)), ("1 day", .days(1)), ("0 days", nil),
            ("3", nil), ("three months", nil), ("3 fortnights", nil), ("-1 days", nil),
        ] as [(String, ReleaseSchedule.Interval?)])
    func intervals(text: String, interval: ReleaseSchedule.Interval?) {
        #expect(ReleaseSchedule.Interval(text) == interval)
    }
}
