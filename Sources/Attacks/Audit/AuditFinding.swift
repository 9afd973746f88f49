// SPDX-License-Identifier: Apache-2.0

/// What an experiment says about a claim.
public struct AuditFinding: Sendable, Hashable {
    /// What was looked at.
    public let name: String
    /// What is claimed.
    public let claim: PrivacyClaim
    /// Runs on each of the two tables.
    public let runs: Int
    /// The least parameter that the runs allow, in the unit of the claim; a lower bound at the audit's confidence.
    public let leastParameter: Double
    /// Whether the bound is above the claim.
    public let isRejected: Bool

    /// Whether the bound is 0: then the runs would let any claim stand, and that this one does says nothing.
    public var provesNothing: Bool { leastParameter <= 0 }
}

extension Trials {
    /// Tests several claims.
    ///
    /// - Parameters:
    ///   - claims: The claims.
    ///   - name: What was looked at.
    ///   - falseAlarm: The probability of rejecting any true one of them.
    /// - Returns: A finding for each claim.
    func findings(on claims: [PrivacyClaim], name: String, falseAlarm: Double) -> [AuditFinding] {
        claims.map { claim in
            let (least, isRejected) = test(claim, falseAlarm: falseAlarm / Double(claims.count))
            return AuditFinding(
                name: name, claim: claim, runs: min(without.count, with.count),
                leastParameter: least, isRejected: isRejected)
        }
    }
}
