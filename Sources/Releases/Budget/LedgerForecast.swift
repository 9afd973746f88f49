// SPDX-License-Identifier: Apache-2.0

import Foundation
import Governance
import Ledger
import Privacy

/// When a budget runs out.
public enum LedgerForecast {
    /// What a forecast is asked about, in the words of the command line.
    public struct Question: Sendable {
        /// The ledger; `nil` to take the release file's.
        public var ledger: String?
        /// A release file whose cost, type, recipient and policy are planned; `nil` for none.
        public var releaseFile: String?
        /// The time from one release to the next, such as `3 months`.
        public var every: String
        /// ε and δ of each release; `nil` to take the release file's.
        public var epsilon: String?, delta: String?
        /// The population; `nil` for the only one, or the release file's.
        public var population: String?
        /// The type of release and the recipient; `nil` for the release file's, or for none.
        public var releaseType: String?, recipient: String?
        /// The day of the first release; `nil` for today.
        public var start: String?

        /// Asks about nothing yet.
        ///
        /// - Parameter every: The time from one release to the next.
        public init(every: String) { self.every = every }
    }

    /// Tells how many more releases fit under each limit, and when the first is refused.
    ///
    /// - Parameter question: What is asked.
    /// - Returns: Text.
    /// - Throws: `ReleaseError`: `usage` for a question that cannot be read, or what the ledger says.
    public static func forecast(_ question: Question) throws(ReleaseError) -> String {
        guard let interval = ReleaseSchedule.Interval(question.every) else {
            throw usage(
                "--every: found '\(question.every)', expected a time like '3 months' or '90 days'")
        }
        let prepared: PreparedRelease? =
            if let path = question.releaseFile { try PreparedRelease(path: path) } else { nil }
        let today = LedgerAccess.now
        guard let start = question.start.map({ Timestamp(day: $0) }) ?? today else {
            throw usage("--start: found '\(question.start ?? "")', expected a day YYYY-MM-DD")
        }
        let schedule = ReleaseSchedule(
            start: start, interval: interval, cost: try cost(question, prepared),
            releaseType: question.releaseType ?? prepared?.file.type,
            recipient: question.recipient ?? prepared?.file.recipient.name)
        let state = try state(question, prepared)
        let population = try population(question, prepared, state)
        let forecasts: [Forecast]
        do {
            forecasts = try state.forecast(
                of: population, cap: prepared?.policy.cap, limits: prepared?.policy.budget,
                schedule: schedule, at: today)
        } catch {
            throw ReleaseError(error)
        }
        return text(forecasts, population: population, schedule: schedule)
    }

    private static func usage(_ message: String) -> ReleaseError { ReleaseError(.usage, message) }

    private static func cost(
        _ question: Question, _ prepared: PreparedRelease?
    ) throws(ReleaseError) -> PrivacyCost {
        guard question.epsilon != nil || question.delta != nil else {
            guard let prepared else {
                throw usage("nothing to plan: expected --epsilon and --delta, or a release file")
            }
            return prepared.cost
        }
        guard let epsilon = question.epsilon.flatMap({ Rational(decimal: $0) }), epsilon > 0,
            epsilon <= BudgetCap.largestEpsilon,
            let delta = question.delta.flatMap({ Rational(decimal: $0) }), delta > 0, delta < 1
        else {
            throw usage(
                "--epsilon and --delta: expected both, epsilon above 0 and at most 1000, delta between 0 and 1"
            )
        }
        let rho = ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta)
        guard rho > .zero else { throw usage("--epsilon: too small to use; raise it") }
        return PrivacyCost(rho)
    }

    private static func state(
        _ question: Question, _ prepared: PreparedRelease?
    ) throws(ReleaseError) -> LedgerState {
        guard let path = question.ledger ?? prepared?.ledgerPlace.path else {
            throw usage("no ledger: expected its path, or --release with a file that names it")
        }
        do {
            return try BudgetLedger(at: path, createIfMissing: false).current()
        } catch {
            // A ledger that no release has made yet has spent nothing.
            guard error.kind == .notFound, prepared != nil, !LedgerLocation.isURL(path) else {
                throw ReleaseError(error)
            }
            return LedgerState()
        }
    }

    private static func population(
        _ question: Question, _ prepared: PreparedRelease?, _ state: LedgerState
    ) throws(ReleaseError) -> String {
        if let name = question.population ?? prepared?.policy.population { return name }
        guard state.populations.count == 1 else {
            throw usage(
                "--population: expected one of \(state.populations.joined(separator: ", "))")
        }
        return state.populations[0]
    }

    private static func text(
        _ forecasts: [Forecast], population: String, schedule: ReleaseSchedule
    ) -> String {
        var lines = [
            "Population \(population): a release of \(schedule.cost.reading)"
                + " every \(schedule.interval) from \(schedule.start.day)"
        ]
        for forecast in forecasts {
            let standing = forecast.standing
            lines.append(
                "  \(standing.limit), \(standing.cap), "
                    + "spent ε = \(BudgetWords.epsilon(standing.spent, standing.cap))")
            if let releases = forecast.releases, let day = forecast.refusedOn {
                lines.append(
                    "    \(releases) more fit; the first that is refused is that of \(day)")
            } else {
                lines.append("    refuses none of the next \(grouped(LedgerState.forecastHorizon))")
            }
        }
        return lines.joined(separator: "\n")
    }
}
