// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// Releases that are planned one after another.
public struct ReleaseSchedule: Sendable {
    /// The time from one release to the next.
    public enum Interval: Sendable, Hashable, CustomStringConvertible {
        /// So many days.
        case days(Int)
        /// So many calendar months.
        case months(Int)

        /// Reads `3 months`, `90 days`, `2 weeks` or `1 year`.
        ///
        /// - Parameter text: A number from 1 to 9999 and a unit.
        /// - Returns: `nil` for anything else.
        public init?(_ text: String) {
            let words = text.split(separator: " ")
            guard words.count == 2, let count = Int(words[0]), (1...9999).contains(count)
            else { return nil }
            switch words[1] {
            case "day", "days": self = .days(count)
            case "week", "weeks": self = .days(7 * count)
            case "month", "months": self = .months(count)
            case "year", "years": self = .months(12 * count)
            default: return nil
            }
        }

        /// The interval in words that follow "every".
        public var description: String {
            switch self {
            case .days(let count): count == 1 ? "day" : "\(count) days"
            case .months(let count): count == 1 ? "month" : "\(count) months"
            }
        }
    }

    /// The first release's time.
    public let start: Timestamp
    /// The time to the next.
    public let interval: Interval
    /// What each may cost.
    public let cost: PrivacyCost
    /// The type of each, and whom it is for; `nil` for none.
    public let releaseType: String?, recipient: String?

    /// Plans releases.
    ///
    /// - Parameters:
    ///   - start: The first release's time.
    ///   - interval: The time to the next.
    ///   - cost: What each may cost; more than nothing.
    ///   - releaseType: The type of each, or `nil`.
    ///   - recipient: Whom each is for, or `nil`.
    public init(
        start: Timestamp, interval: Interval, cost: PrivacyCost, releaseType: String? = nil,
        recipient: String? = nil
    ) {
        precondition(!cost.isZero, "releases that cost nothing never end")
        self.start = start
        self.interval = interval
        self.cost = cost
        self.releaseType = releaseType
        self.recipient = recipient
    }

    /// The time of a release, counted from 0.
    func time(of index: Int) -> Timestamp {
        switch interval {
        case .days(let days): start.adding(days: days * index)
        // From the start each time: the last day of a month does not move the days after it.
        case .months(let months): start.adding(months: months * index)
        }
    }
}

/// How long one limit lasts under a schedule.
public struct Forecast: Sendable, Hashable {
    /// The limit and where it stands now.
    public let standing: BudgetStanding
    /// How many releases fit; `nil` where this limit refuses none as far as one looks.
    public let releases: Int?
    /// The day of the first that is refused.
    public let refusedOn: String?
}

extension LedgerState {
    /// No schedule is followed further.
    public static let forecastHorizon = 10_000

    /// When each limit refuses the first release of a schedule.
    ///
    /// Charges add as δ-approximate ρ-zCDP, exactly as a reservation adds them. A window that has refused one
    /// release may allow later ones; only the first refusal is told.
    ///
    /// - Parameters:
    ///   - population: The population.
    ///   - cap: The cap for life that a policy names; `nil` to take the ledger's.
    ///   - limits: What a policy allows beside it; `nil` for what it last allowed.
    ///   - schedule: The releases.
    ///   - time: Now.
    /// - Returns: One forecast a limit, that for life first.
    /// - Throws: `LedgerError` as `standings(of:)` does.
    public func forecast(
        of population: String, cap: BudgetCap? = nil, limits: PolicyLimits? = nil,
        schedule: ReleaseSchedule, at time: Timestamp
    ) throws(LedgerError) -> [Forecast] {
        let standings = try standings(
            of: population, cap: cap, limits: limits, releaseType: schedule.releaseType,
            recipient: schedule.recipient, at: time)
        return standings.map { standing in
            let count =
                if case .window(let days) = standing.limit {
                    releases(
                        within: days, cap: standing.cap, of: population, schedule: schedule)
                } else {
                    Self.releases(under: standing, cost: schedule.cost)
                }
            return Forecast(
                standing: standing, releases: count,
                refusedOn: count.map { schedule.time(of: $0).day })
        }
    }

    /// The largest number of equal charges that a sum under a cap allows: what it allows shrinks with
    /// each, so bisection finds it.
    private static func releases(under standing: BudgetStanding, cost: PrivacyCost) -> Int? {
        func affords(_ count: Int) -> Bool {
            let times = Rational(count)
            return standing.affords(
                PrivacyCost(cost.rho.scaled(by: times), delta: cost.delta * times))
        }
        guard !affords(forecastHorizon) else { return nil }
        var fits = 0
        var refused = forecastHorizon
        guard affords(1) else { return 0 }
        while refused - fits > 1 {
            let middle = (fits + refused) / 2
            if affords(middle) { fits = middle } else { refused = middle }
        }
        return fits
    }

    private func releases(
        within days: Int, cap: BudgetCap, of population: String, schedule: ReleaseSchedule
    ) -> Int? {
        let length = Int64(days) * 86_400
        var first = 0
        for index in 0..<Self.forecastHorizon {
            let time = schedule.time(of: index)
            while schedule.time(of: first).seconds <= time.seconds - length { first += 1 }
            let history =
                books[population]?.spent(within: days, around: time, latest: latest)
                ?? .zero
            let planned = Rational(index - first + 1)
            let sum =
                history
                + PrivacyCost(
                    schedule.cost.rho.scaled(by: planned), delta: schedule.cost.delta * planned)
            guard cap.allows(sum) else { return index }
            // Once history has left the window and the window is full, nothing changes any more.
            if history.isZero, first > 60 { return nil }
        }
        return nil
    }
}
