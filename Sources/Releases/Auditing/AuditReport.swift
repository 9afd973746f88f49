// SPDX-License-Identifier: Apache-2.0

import Attacks
import Foundation

/// What experiments on the mechanisms came to.
public struct AuditReport: Sendable {
    /// What was audited, and what is claimed.
    let heading: [String]
    /// The findings that are told, in their order.
    let findings: [AuditFinding]
    /// The probability of a false alarm.
    let falseAlarm: Double
    /// How long the experiments took.
    let duration: Duration

    /// Whether no claim is contradicted.
    public var holds: Bool { findings.allSatisfy { !$0.isRejected } }

    /// The report for a person.
    public var summary: String {
        let width = findings.map(\.name.count).max() ?? 0
        let seconds = max(1, Int(duration.components.seconds))
        let rows = findings.map { finding in
            let name = finding.name.padding(toLength: width, withPad: " ", startingAt: 0)
            let claim = finding.claim
            let least = Self.number(finding.leastParameter, rounding: .down)
                .padding(toLength: 9, withPad: " ", startingAt: 0)
            return "  \(name)  \(claim.symbol) ≥ \(least) claimed "
                + Self.number(claim.parameter, rounding: .up)
                .padding(toLength: 9, withPad: " ", startingAt: 0)
                + " in \(grouped(finding.runs)) runs"
                + ": " + Self.verdict(finding)
        }
        let idle = findings.count { $0.provesNothing }
        return
            (heading + [
                "Time        \(grouped(seconds)) s",
                "Confidence  all bounds hold together but for a chance of \(falseAlarm)",
                "",
                "What runs on an invented table with a canary and as many without it prove",
            ] + rows + [
                ""
            ]
            + (idle == 0
                ? []
                : [
                    "\(idle) of \(findings.count) bounds are 0: so few runs prove nothing of so small a "
                        + "budget, whether its claim is true or not."
                ]) + [
                holds
                    ? "HOLDS: no claim is contradicted. That is an experiment; the proof is the accounting."
                    : "REJECTED: a mechanism gives away more than it charges."
            ]).joined(separator: "\n")
    }

    /// A word on a finding.
    static func verdict(_ finding: AuditFinding) -> String {
        if finding.isRejected { return "REJECTED" }
        return finding.provesNothing ? "proves nothing" : "holds"
    }

    /// Stops where a claim is contradicted.
    ///
    /// - Throws: `ReleaseError` with status `software`.
    public func requireHolds() throws(ReleaseError) {
        guard let worst = findings.first(where: \.isRejected) else { return }
        throw ReleaseError(
            .software,
            "privacy claim contradicted: \(worst.name): found \(worst.claim.symbol) of at least "
                + "\(Self.number(worst.leastParameter, rounding: .down)), expected at most "
                + "\(Self.number(worst.claim.parameter, rounding: .up)); release nothing with this "
                + "program, and report it")
    }

    /// Three significant digits, on the safe side.
    private static func number(_ value: Double, rounding: FloatingPointRoundingRule) -> String {
        guard value > 0, value.isFinite else { return value == 0 ? "0" : "∞" }
        let exponent = Int(log10(value).rounded(.down))
        guard exponent >= -5 else {
            let digits = number(value * pow(10, Double(-exponent)), rounding: rounding)
            return digits + "e\(exponent)"
        }
        let places = 2 - exponent
        let scale = pow(10, Double(places))
        // Or 1 + 1e-12 would be told as 1.01.
        let nudge = rounding == .up ? 1 - 1e-9 : 1 + 1e-9
        let rounded = (value * scale * nudge).rounded(rounding) / scale
        return String(format: "%.\(max(0, places))f", rounded)
    }
}
