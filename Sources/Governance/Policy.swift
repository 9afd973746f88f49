// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Privacy

/// What the owner of the data allows, whoever writes the release file.
public struct Policy: Sendable {
    /// Limits of one release.
    public struct Limits: Sendable {
        /// The largest ε and δ of one release; `nil` for the cap alone.
        public let epsilon: Rational?, delta: Rational?
        /// The most records per privacy unit.
        public let rowsPerUnit: Int?
    }

    /// A recipient that may get copies.
    public struct Recipient: Sendable {
        /// The recipient's name.
        public let name: String
        /// Where copies for it may go; empty for anywhere.
        public let jurisdictions: [String]
    }

    /// The policy's name.
    public let name: String
    /// The population whose budget releases spend.
    public let population: String
    /// The cap for life, all recipients together.
    public let cap: BudgetCap
    /// What is allowed beside it: by stretch of time, by type of release, by recipient.
    public let budget: PolicyLimits
    /// The types of release that there may be; `nil` where releases have none.
    public let releaseTypes: [String]?
    /// Where the ledger has to be, and its anchor; `nil` to leave it to the release file.
    public let ledger: LedgerPlace?
    /// Limits of one release.
    public let limits: Limits
    /// Whether every release needs evidence.
    public let requiresEvidence: Bool
    /// The least share of privacy units kept out of training where there is evidence.
    public let leastHoldout: Rational
    /// Whether temporary files are encrypted.
    public let encryptsSpool: Bool
    /// Who may get copies; `nil` for anyone.
    public let recipients: [Recipient]?

    /// The keys of a policy.
    private static let keys = [
        "policy", "population", "cap", "ledger", "limits", "encrypt_spool", "evidence", "windows",
        "release_types", "recipients", "each_recipient",
    ]

    /// Reads a policy strictly.
    ///
    /// - Parameters:
    ///   - yaml: The text.
    ///   - name: The file's name, for messages.
    /// - Throws: `ConfigurationError` naming file, line and key.
    public init(yaml: String, name file: String) throws(ConfigurationError) {
        let reader = try ConfigurationReader(text: yaml, file: file, keys: Self.keys)
        name = try reader.requiredString("policy")
        population = try reader.requiredString("population")
        guard let cap = try Self.cap("cap", reader) else {
            throw reader.error("cap", "missing, expected epsilon and delta for life")
        }
        self.cap = cap
        ledger = try LedgerPlace(in: reader)
        let limits = try reader.mapping(
            "limits",
            keys: ["max_epsilon_per_release", "max_delta_per_release", "max_rows_per_unit"])
        self.limits = Limits(
            epsilon: try limits?.rational("max_epsilon_per_release"),
            delta: try limits?.rational("max_delta_per_release"),
            rowsPerUnit: try limits?.integer("max_rows_per_unit", in: 1...1_000_000))
        encryptsSpool = try reader.boolean("encrypt_spool") ?? false
        let evidence = try reader.mapping("evidence", keys: ["required", "min_holdout"])
        requiresEvidence = try evidence?.boolean("required") ?? true
        leastHoldout = try evidence?.rational("min_holdout") ?? Rational(0)
        let windows = try Self.windows(reader)
        let types = try Self.named("release_types", reader)
        releaseTypes = types?.map(\.name)
        let named = try Self.named("recipients", reader)
        recipients = named?.map { Recipient(name: $0.name, jurisdictions: $0.jurisdictions) }
        budget = PolicyLimits(
            windows: windows, releaseTypes: Self.caps(types), recipients: Self.caps(named),
            eachRecipient: try Self.cap("each_recipient", reader))
    }
}
