// SPDX-License-Identifier: Apache-2.0

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
    /// The cap for life: ε and δ.
    public let capEpsilon: Rational, capDelta: Rational
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

    /// Reads a policy strictly.
    ///
    /// - Parameters:
    ///   - yaml: The text.
    ///   - name: The file's name, for messages.
    /// - Throws: `ConfigurationError` naming file, line and key.
    public init(yaml: String, name file: String) throws(ConfigurationError) {
        var reader = try ConfigurationReader(text: yaml, file: file)
        name = try reader.requiredString("policy")
        population = try reader.requiredString("population")
        guard var cap = try reader.mapping("cap") else {
            throw reader.error("cap", "missing, expected epsilon and delta for life")
        }
        capEpsilon = try Self.number("epsilon", &cap, atMost: Rational(1000))
        capDelta = try Self.number("delta", &cap, atMost: nil)
        try cap.finish()
        var limits = try reader.mapping("limits")
        self.limits = Limits(
            epsilon: try limits?.rational("max_epsilon_per_release"),
            delta: try limits?.rational("max_delta_per_release"),
            rowsPerUnit: try limits?.integer("max_rows_per_unit", in: 1...1_000_000))
        try limits?.finish()
        encryptsSpool = try reader.boolean("encrypt_spool") ?? false
        var evidence = try reader.mapping("evidence")
        requiresEvidence = try evidence?.boolean("required") ?? true
        leastHoldout = try evidence?.rational("min_holdout") ?? Rational(0)
        try evidence?.finish()
        recipients = try Self.recipients(&reader)
        try reader.finish()
    }

    private static func number(
        _ key: String, _ reader: inout ConfigurationReader, atMost limit: Rational?
    ) throws(ConfigurationError) -> Rational {
        guard let value = try reader.rational(key) else {
            throw reader.error(key, "missing, expected a number")
        }
        guard value > Rational(0), limit.map({ value <= $0 }) ?? (value < Rational(1)) else {
            throw reader.error(
                key,
                limit.map { "out of range, expected above 0 and at most \($0)" }
                    ?? "out of range, expected above 0 and below 1")
        }
        return value
    }

    private static func recipients(
        _ reader: inout ConfigurationReader
    ) throws(ConfigurationError) -> [Recipient]? {
        guard let items = try reader.mappings("recipients") else { return nil }
        var recipients: [Recipient] = []
        for item in items {
            var item = item
            recipients.append(
                Recipient(
                    name: try item.requiredString("name"),
                    jurisdictions: try item.strings("jurisdictions") ?? []))
            try item.finish()
        }
        return recipients
    }
}
