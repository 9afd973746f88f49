// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// What a policy allows of a population's budget beside the cap for life.
///
/// These limits pace and divide the spending. Only the cap for life bounds what is ever learnt about a
/// person: a window does not make old loss expire, and recipients may share what they got.
public struct PolicyLimits: Sendable, Hashable, Codable {
    /// A limit on what is charged within any stretch of time of a given length.
    public struct Window: Sendable, Hashable, Codable {
        /// The length in days of 86 400 seconds.
        public let days: Int
        /// The cap on all charges within it.
        public let cap: BudgetCap

        /// Creates a window.
        ///
        /// - Parameters:
        ///   - days: The length, at least one day.
        ///   - cap: The cap on all charges within it.
        public init(days: Int, cap: BudgetCap) {
            self.days = days
            self.cap = cap
        }
    }

    /// Limits on stretches of time.
    public let windows: [Window]
    /// Limits by type of release.
    public let releaseTypes: [String: BudgetCap]
    /// Limits by recipient.
    public let recipients: [String: BudgetCap]
    /// The limit of each recipient that `recipients` does not name.
    public let eachRecipient: BudgetCap?

    /// No limits beside the cap for life.
    public static let none = PolicyLimits()

    /// Creates limits.
    ///
    /// - Parameters:
    ///   - windows: Limits on stretches of time.
    ///   - releaseTypes: Limits by type of release.
    ///   - recipients: Limits by recipient.
    ///   - eachRecipient: The limit of each recipient that is not named.
    public init(
        windows: [Window] = [], releaseTypes: [String: BudgetCap] = [:],
        recipients: [String: BudgetCap] = [:], eachRecipient: BudgetCap? = nil
    ) {
        self.windows = windows.sorted { $0.days < $1.days }
        self.releaseTypes = releaseTypes
        self.recipients = recipients
        self.eachRecipient = eachRecipient
    }

    /// The limit of a recipient, or `nil` for none.
    ///
    /// - Parameter name: The recipient.
    /// - Returns: Its own limit, or that of each recipient.
    public func cap(ofRecipient name: String) -> BudgetCap? { recipients[name] ?? eachRecipient }
}

/// One of the limits that a charge has to keep.
public enum BudgetLimit: Sendable, Hashable, CustomStringConvertible {
    /// The cap for life, all recipients together: the only one that bounds what is learnt.
    case life
    /// The policy's limit on any stretch of so many days.
    case window(days: Int)
    /// The policy's limit on a type of release.
    case releaseType(String)
    /// The policy's limit on a recipient, which means something only if recipients never share.
    case recipient(String)

    /// The limit in words, to follow "under".
    public var description: String {
        switch self {
        case .life: "the cap for life"
        case .window(let days): "the policy's limit of any \(days) days"
        case .releaseType(let name): "the policy's limit on releases of type \(name)"
        case .recipient(let name): "the policy's limit on recipient \(name)"
        }
    }
}

/// Where one limit stands.
public struct BudgetStanding: Sendable, Hashable {
    /// The limit.
    public let limit: BudgetLimit
    /// Its cap; for life the lower one of ledger and policy.
    public let cap: BudgetCap
    /// What counts against it so far.
    public let spent: PrivacyCost

    /// ρ left for a charge without a δ of its own; never below zero.
    public var remaining: Rho { cap.remaining(after: spent) ?? .zero }

    /// Whether a charge keeps the limit.
    ///
    /// - Parameter cost: The charge to come.
    /// - Returns: Whether it fits, exactly.
    public func affords(_ cost: PrivacyCost) -> Bool { cap.allows(spent + cost) }

    /// Creates a standing.
    ///
    /// - Parameters:
    ///   - limit: The limit.
    ///   - cap: Its cap.
    ///   - spent: What counts against it.
    public init(limit: BudgetLimit, cap: BudgetCap, spent: PrivacyCost) {
        self.limit = limit
        self.cap = cap
        self.spent = spent
    }

    /// Why a charge is refused: which limit, and what remains under it.
    ///
    /// - Parameters:
    ///   - cost: The charge to come.
    ///   - population: The population that it is asked of.
    /// - Returns: An error of kind `budgetRefused`.
    public func refusal(of cost: PrivacyCost, population: String) -> LedgerError {
        let left = cap.remaining(after: spent, delta: cost.delta)
        // What is asked is rounded up and what remains down, so that the reading is true of both.
        let rest =
            left.map { "remaining ρ = \($0.reading(rounded: .down))" }
            ?? "remaining δ = \(max(0, cap.delta - spent.delta).reading(rounded: .down)), of which some "
            + "has to be left"
        return LedgerError(
            .budgetRefused,
            "budget refused: population \(population): asked \(cost.reading), \(rest) under \(limit), \(cap); "
                + "ask for less, or have the limit changed")
    }
}
