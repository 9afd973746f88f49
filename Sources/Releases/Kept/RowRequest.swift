// SPDX-License-Identifier: Apache-2.0

/// What rows are asked of kept measurements.
public struct RowRequest: Sendable {
    /// Whose signature of the measurements is asked for.
    public enum Trust: Sendable {
        /// That of a principal, or of any, in an OpenSSH allowed_signers file.
        case signers(path: String, identity: String?)
        /// None: whoever asks vouches for the file.
        case unsigned
    }

    /// For whom the copy is marked.
    public struct Mark: Sendable {
        /// The file of the watermark's master secret, and the recipient's name.
        public let key: String, recipient: String

        /// Names the recipient of a marked copy.
        ///
        /// - Parameters:
        ///   - key: The file of the watermark's master secret.
        ///   - recipient: The recipient's name, as `semblance trace` will know it.
        public init(key: String, recipient: String) {
            self.key = key
            self.recipient = recipient
        }
    }

    /// The file of the measurements.
    public let measurements: String
    /// Whose signature it needs.
    public let trust: Trust
    /// How many rows; `nil` for as many as the release has, of those the condition's share.
    public var rows: Int?
    /// The public seed; `nil` for the release's own, which gives the release's own rows again.
    public var seed: UInt64?
    /// A condition on the rows, see `Condition`; empty for none.
    public var condition = ""
    /// A column whose values come equally often, `denied`, or in stated shares, `denied=Y:0.5,N:0.5`.
    public var balance: String?
    /// Where the rows go; `-` is standard output.
    public var output = "-"
    /// `csv` or `jsonl`.
    public var format = "csv"
    /// For whom the copy is marked, or `nil` for places by chance.
    public var mark: Mark?

    /// Asks for the release's own rows.
    ///
    /// - Parameters:
    ///   - measurements: The file of the measurements.
    ///   - trust: Whose signature it needs.
    public init(measurements: String, trust: Trust) {
        self.measurements = measurements
        self.trust = trust
    }
}
