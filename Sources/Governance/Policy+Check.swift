// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// What a release asks for, as far as a policy has a say in it.
public struct PlanFacts: Sendable {
    let epsilon: Rational, delta: Rational
    let rowsPerUnit: Int
    let evidence: Bool
    let holdout: Rational
    let recipient: String
    let releaseType: String?
    let jurisdiction: String?
    let expires: String?
    let today: String

    /// Creates facts.
    ///
    /// - Parameters:
    ///   - epsilon: ε of the release.
    ///   - delta: δ of the release.
    ///   - rowsPerUnit: The cap of records per privacy unit.
    ///   - evidence: Whether the release buys evidence.
    ///   - holdout: The share of units kept out of training.
    ///   - recipient: The recipient's name.
    ///   - releaseType: The type of release, or `nil` for none.
    ///   - jurisdiction: Where the recipient is.
    ///   - expires: The last day of permitted use, `YYYY-MM-DD`.
    ///   - today: Today, `YYYY-MM-DD`.
    public init(
        epsilon: Rational, delta: Rational, rowsPerUnit: Int, evidence: Bool, holdout: Rational,
        recipient: String, releaseType: String?, jurisdiction: String?, expires: String?,
        today: String
    ) {
        self.epsilon = epsilon
        self.delta = delta
        self.rowsPerUnit = rowsPerUnit
        self.evidence = evidence
        self.holdout = holdout
        self.recipient = recipient
        self.releaseType = releaseType
        self.jurisdiction = jurisdiction
        self.expires = expires
        self.today = today
    }
}

extension Policy {
    /// Checks a release against the policy.
    ///
    /// - Parameter facts: What the release asks for.
    /// - Returns: One line a violation: what is asked, what is allowed. Empty where all is allowed.
    public func check(_ facts: PlanFacts) -> [String] {
        var violations: [String] = []
        func limit(_ name: String, _ value: Rational, _ limit: Rational?) {
            if let limit, value > limit {
                violations.append("\(name) is \(value), allowed at most \(limit)")
            }
        }
        limit("privacy.epsilon", facts.epsilon, limits.epsilon)
        limit("privacy.delta", facts.delta, limits.delta)
        if let most = limits.rowsPerUnit, facts.rowsPerUnit > most {
            violations.append("unit.rows is \(facts.rowsPerUnit), allowed at most \(most)")
        }
        if requiresEvidence, !facts.evidence {
            violations.append("evidence is off, required on")
        }
        if facts.evidence, facts.holdout < leastHoldout {
            violations.append(
                "evidence.holdout is \(facts.holdout), required at least \(leastHoldout)")
        }
        if let recipients {
            if let known = recipients.first(where: { $0.name == facts.recipient }) {
                if !known.jurisdictions.isEmpty,
                    !known.jurisdictions.contains(facts.jurisdiction ?? "")
                {
                    violations.append(
                        "recipient.jurisdiction is \(facts.jurisdiction ?? "missing"), allowed "
                            + known.jurisdictions.joined(separator: ", "))
                }
            } else {
                violations.append(
                    "recipient.name is \(facts.recipient), allowed "
                        + recipients.map(\.name).joined(separator: ", "))
            }
        }
        if let releaseTypes {
            if !releaseTypes.contains(facts.releaseType ?? "") {
                violations.append(
                    "type is \(facts.releaseType ?? "missing"), allowed "
                        + releaseTypes.joined(separator: ", "))
            }
        } else if let type = facts.releaseType {
            violations.append("type is \(type), but the policy lists no release_types")
        }
        if let expires = facts.expires, expires < facts.today {
            violations.append("recipient.expires is \(expires), which is past")
        }
        return violations
    }
}
