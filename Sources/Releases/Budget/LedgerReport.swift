// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Privacy

/// The ledger for a person.
public enum LedgerReport {
    /// Lists caps, charges and what remains.
    ///
    /// - Parameters:
    ///   - path: The ledger.
    ///   - anchor: Its anchor, or `nil` for none.
    /// - Returns: Text.
    /// - Throws: `ReleaseError`: `noInput`, `unavailable`, `temporary` or `dataInvalid`.
    public static func show(
        _ path: String, anchor: String? = nil
    ) throws(ReleaseError) -> String {
        let (_, state) = try checked(path, anchor: anchor)
        var lines: [String] = []
        for population in state.populations {
            lines += try limits(of: population, in: state)
            lines += state.reservations.filter { $0.population == population }.map(line)
        }
        if lines.isEmpty { lines = ["Nothing was charged yet."] }
        lines.append(
            anchor.map { "Whole, and continues what its anchor \($0) knows." }
                ?? "Whole as far as this copy tells; give --anchor to detect an old copy.")
        return lines.joined(separator: "\n")
    }

    /// The cap for life, what the policy allows beside it, and each recipient's share.
    private static func limits(
        of population: String, in state: LedgerState
    ) throws(ReleaseError) -> [String] {
        let standings: [BudgetStanding]
        do {
            standings = try state.allStandings(of: population, at: LedgerAccess.now)
        } catch {
            throw ReleaseError(error)
        }
        let life = standings[0]
        var lines = [
            "Population \(population)",
            "  cap        \(life.cap), for life, all recipients together",
            "  spent      ε = \(BudgetWords.epsilon(life.spent, life.cap))"
                + "  (\(life.spent.reading))",
            "  remaining  ρ = \(life.remaining.reading(rounded: .down)), "
                + "\(percent(life.remaining, of: life.cap.rho)) % of the cap",
        ]
        for standing in standings.dropFirst() {
            lines.append(
                "  as policy  ε = \(BudgetWords.epsilon(standing.spent, standing.cap)) of "
                    + "\(standing.cap.epsilon.reading(rounded: .down)) at δ = "
                    + "\(standing.cap.delta.reading(rounded: .down)) under \(standing.limit)")
        }
        let recipients = state.spentByRecipient(population)
        if recipients.count > 1 {
            lines.append("  if recipients never share what they got:")
            for (name, spent) in recipients.sorted(by: { $0.key < $1.key }) {
                lines.append("    \(name)  ε = \(BudgetWords.epsilon(spent, life.cap))")
            }
        }
        return lines
    }

    private static func line(_ entry: LedgerState.Reservation) -> String {
        let outcome =
            switch entry.outcome {
            case .committed: "released"
            case .failed(let reason): "failed: \(reason), charge stays"
            case .abandoned(let reason): "closed: \(reason), charge stays"
            case .open: "never ended (running, or killed: see 'ledger reconcile'), charge stays"
            }
        let what =
            entry.release.isEmpty ? "lost entries" : "\(entry.release) for \(entry.recipient)"
        return "  #\(entry.sequence)  \(entry.time)  \(what)  \(entry.cost.reading)  \(outcome)"
    }

    /// Checks chain, links, the last known head and the anchor.
    ///
    /// - Parameters:
    ///   - path: The ledger.
    ///   - anchor: Its anchor, or `nil` for none.
    /// - Returns: One line.
    /// - Throws: `ReleaseError` with status `dataInvalid` where something is broken.
    public static func verify(
        _ path: String, anchor: String? = nil
    ) throws(ReleaseError) -> String {
        let (entries, state) = try checked(path, anchor: anchor)
        let open = state.reservations.filter { $0.outcome == .open }.count
        let charges = "\(state.reservations.count) charges of which \(open) never ended"
        return anchor == nil
            ? "ok  \(entries) entries, chain whole as far as this copy tells, last known head extended, "
                + "\(charges); give --anchor to detect an old copy"
            : "ok  \(entries) entries, chain whole, last known head and anchor extended, \(charges)"
    }

    /// Writes the chain as JSON lines for stock tools.
    ///
    /// - Parameter path: The ledger.
    /// - Returns: One canonical JSON object a line; each line's SHA-256 is the next one's `prev`.
    /// - Throws: `ReleaseError`.
    public static func export(_ path: String) throws(ReleaseError) -> String {
        do {
            return try BudgetLedger(at: path, createIfMissing: false).export()
                .joined(separator: "\n")
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Changes a population's cap, on record.
    ///
    /// - Parameters:
    ///   - path: The ledger.
    ///   - population: The population.
    ///   - epsilon: ε of the new cap, decimal.
    ///   - delta: δ of the new cap, decimal.
    ///   - reason: Why.
    /// - Returns: One line.
    /// - Throws: `ReleaseError`.
    public static func setCap(
        _ path: String, population: String, epsilon: String, delta: String, reason: String
    ) throws(ReleaseError) -> String {
        let cap = try cap(epsilon: epsilon, delta: delta)
        do {
            try BudgetLedger(at: path, createIfMissing: false).setCap(
                of: population, to: cap, reason: reason, time: LedgerAccess.now)
        } catch {
            throw ReleaseError(error)
        }
        return "Cap of \(population) is now ε = \(epsilon) at δ = \(delta)"
    }

    /// Reads a cap.
    static func cap(epsilon: String, delta: String) throws(ReleaseError) -> BudgetCap {
        guard let newEpsilon = Rational(decimal: epsilon), newEpsilon > Rational(0),
            newEpsilon <= BudgetCap.largestEpsilon, let newDelta = Rational(decimal: delta),
            newDelta > Rational(0), newDelta < Rational(1)
        else {
            throw ReleaseError(
                .usage,
                "cap out of range: expected epsilon above 0 and at most 1000, delta between 0 and 1"
            )
        }
        return BudgetCap(epsilon: newEpsilon, delta: newDelta)
    }

    private static func checked(
        _ path: String, anchor: String? = nil
    ) throws(ReleaseError) -> (entries: Int, state: LedgerState) {
        do {
            return try BudgetLedger(at: path, createIfMissing: false, anchor: anchor).verify()
        } catch {
            throw ReleaseError(error)
        }
    }

    /// A share in percent, rounded down to tenths, as what remains is.
    static func percent(_ part: Rho, of whole: Rho) -> String {
        guard whole > .zero else { return formatted(0, digits: 1) }
        let tenths = Double(1000 * part.value / whole.value, rounding: .down).rounded(.down)
        return formatted(tenths / 10, digits: 1)
    }
}
