// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Privacy

/// The ledger for a person.
public enum LedgerReport {
    /// Lists caps, charges and what remains.
    ///
    /// - Parameter path: The ledger.
    /// - Returns: Text.
    /// - Throws: `ReleaseError`: `noInput`, `unavailable`, `temporary` or `dataInvalid`.
    public static func show(_ path: String) throws(ReleaseError) -> String {
        let (_, state) = try checked(path)
        var lines: [String] = []
        for (population, cap) in state.caps.sorted(by: { $0.key < $1.key }) {
            let spent = state.spent(population)
            lines.append("Population \(population)")
            lines.append("  cap        ε = \(cap.epsilon) at δ = \(scientific(cap.delta))")
            lines.append(
                "  spent      ε = \(BudgetWords.epsilon(spent, cap))  (ρ = \(digits(spent)))")
            let rest = spent < cap.rho ? cap.rho - spent : .zero
            lines.append(
                "  remaining  ρ = \(digits(rest)), "
                    + "\(formatted(100 * ratio(rest, cap.rho), digits: 1)) % of the cap")
            for entry in state.reservations where entry.population == population {
                let outcome =
                    switch entry.outcome {
                    case .committed: "released"
                    case .failed(let reason): "failed: \(reason), charge stays"
                    case .open: "never ended, charge stays"
                    }
                lines.append(
                    "  #\(entry.sequence)  \(entry.time)  \(entry.release) for \(entry.recipient)  "
                        + "ρ = \(digits(entry.rho))  \(outcome)")
            }
        }
        return lines.isEmpty ? "Nothing was charged yet." : lines.joined(separator: "\n")
    }

    /// Checks chain, links and the last known head.
    ///
    /// - Parameter path: The ledger.
    /// - Returns: One line.
    /// - Throws: `ReleaseError` with status `dataInvalid` where something is broken.
    public static func verify(_ path: String) throws(ReleaseError) -> String {
        let (entries, state) = try checked(path)
        let open = state.reservations.filter { $0.outcome == .open }.count
        return "ok  \(entries) entries, chain whole, last known head extended, "
            + "\(state.reservations.count) charges of which \(open) never ended"
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
        guard let newEpsilon = Rational(decimal: epsilon), newEpsilon > Rational(0),
            newEpsilon <= Rational(1000), let newDelta = Rational(decimal: delta),
            newDelta > Rational(0), newDelta < Rational(1)
        else {
            throw ReleaseError(
                .usage,
                "cap out of range: expected epsilon above 0 and at most 1000, delta between 0 and 1"
            )
        }
        do {
            try BudgetLedger(at: path, createIfMissing: false).setCap(
                of: population, to: BudgetCap(epsilon: newEpsilon, delta: newDelta), reason: reason,
                time: Clock.timestamp(Clock.seconds()))
        } catch {
            throw ReleaseError(error)
        }
        return "Cap of \(population) is now ε = \(epsilon) at δ = \(delta)"
    }

    private static func checked(
        _ path: String
    ) throws(ReleaseError) -> (entries: Int, state: LedgerState) {
        do {
            return try BudgetLedger(at: path, createIfMissing: false).verify()
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Six digits for reading; the entries themselves are exact.
    private static func digits(_ rho: Rho) -> String {
        formatted(Double(rho.value, rounding: .up), digits: 6)
    }

    private static func ratio(_ part: Rho, _ whole: Rho) -> Double {
        whole > .zero ? Double(part.value / whole.value, rounding: .down) : 0
    }
}
