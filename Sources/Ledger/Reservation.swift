// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// What a release asks of the ledger.
public struct ReservationRequest: Sendable {
    /// The population whose budget is charged: people, not files.
    public let population: String
    /// The cap that the policy names.
    public let cap: BudgetCap
    /// The release and its recipient.
    public let release: String, recipient: String
    /// SHA-256 of the plan that will run.
    public let planSHA256: String
    /// ρ asked for, exact.
    public let rho: Rho
    /// The same as the release file words it.
    public let epsilon: Rational, delta: Rational
    /// RFC 3339 time, UTC.
    public let time: String

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - population: The population whose budget is charged.
    ///   - cap: The cap that the policy names.
    ///   - release: The release.
    ///   - recipient: Its recipient.
    ///   - planSHA256: SHA-256 of the plan that will run.
    ///   - rho: ρ asked for.
    ///   - epsilon: ε of the release at `delta`.
    ///   - delta: δ of the release.
    ///   - time: RFC 3339 time, UTC.
    public init(
        population: String, cap: BudgetCap, release: String, recipient: String, planSHA256: String,
        rho: Rho, epsilon: Rational, delta: Rational, time: String
    ) {
        self.population = population
        self.cap = cap
        self.release = release
        self.recipient = recipient
        self.planSHA256 = planSHA256
        self.rho = rho
        self.epsilon = epsilon
        self.delta = delta
        self.time = time
    }
}

/// Where a population's budget stands before a charge.
public struct BudgetStanding: Sendable, Hashable {
    /// The cap in force: the lower of ledger and policy.
    public let cap: BudgetCap
    /// ρ charged so far.
    public let spent: Rho
    /// ρ left under the cap; never below zero.
    public let remaining: Rho

    /// The standing of a population that was never charged.
    ///
    /// - Parameter cap: The cap that the policy names.
    /// - Returns: The whole cap remaining.
    public static func untouched(_ cap: BudgetCap) -> BudgetStanding {
        BudgetStanding(cap: cap, spent: .zero, remaining: cap.rho)
    }
}

/// Where a charge stands in the ledger.
public struct ReservationFacts: Sendable, Hashable {
    /// The reservation's identifier.
    public let id: String
    /// Its place in the chain and the hash of its entry.
    public let sequence: Int, hash: String
    /// The budget before it.
    public let before: BudgetStanding
}

/// A charge, durable before this value exists, and the grant that it pays for.
@frozen public struct ChargedReservation: ~Copyable {
    /// Where the charge stands.
    public let facts: ReservationFacts
    /// What the mechanisms may spend.
    public let grant: PrivacyGrant
    /// The books of the charge, which tell at the end what was consumed.
    public let account: GrantAccount
}
