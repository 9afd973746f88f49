// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// What a release asks of the ledger.
public struct ReservationRequest: Sendable {
    /// The population whose budget is charged: people, not files.
    public let population: String
    /// The cap for life that the policy names.
    public let cap: BudgetCap
    /// What the policy allows beside it.
    public let limits: PolicyLimits
    /// The release and its recipient.
    public let release: String, recipient: String
    /// The type of release, such as `test-data`; `nil` where the policy knows no types.
    public let releaseType: String?
    /// Whose records differ between neighbours: the privacy unit and its bound in words.
    public let unit: String
    /// SHA-256 of the plan that will run, which names every mechanism.
    public let planSHA256: String
    /// What the release may cost.
    public let cost: PrivacyCost
    /// The guarantee as the release file words it.
    public let epsilon: Rational, delta: Rational
    /// The time of the charge.
    public let time: Timestamp

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - population: The population whose budget is charged.
    ///   - cap: The cap for life that the policy names.
    ///   - limits: What the policy allows beside it.
    ///   - release: The release.
    ///   - releaseType: Its type; `nil` for none.
    ///   - recipient: Its recipient.
    ///   - unit: The privacy unit and its bound in words.
    ///   - planSHA256: SHA-256 of the plan that will run.
    ///   - cost: What the release may cost, exact.
    ///   - epsilon: ε of the release's own guarantee.
    ///   - delta: δ of the same guarantee.
    ///   - time: The time.
    public init(
        population: String, cap: BudgetCap, limits: PolicyLimits = .none, release: String,
        releaseType: String? = nil, recipient: String, unit: String, planSHA256: String,
        cost: PrivacyCost, epsilon: Rational, delta: Rational, time: Timestamp
    ) {
        self.population = population
        self.cap = cap
        self.limits = limits
        self.release = release
        self.releaseType = releaseType
        self.recipient = recipient
        self.unit = unit
        self.planSHA256 = planSHA256
        self.cost = cost
        self.epsilon = epsilon
        self.delta = delta
        self.time = time
    }
}

/// Where a charge stands in the ledger.
public struct ReservationFacts: Sendable, Hashable {
    /// The reservation's identifier.
    public let id: String
    /// Its place in the chain and the hash of its entry.
    public let sequence: Int, hash: String
    /// Every limit before it, that for life first.
    public let before: [BudgetStanding]
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
