// SPDX-License-Identifier: Apache-2.0

public import Governance
import Ledger
public import Privacy
public import Synthesis

/// What one release is: source, privacy, evidence, recipient and output, as its owner wrote it.
///
/// All paths are as written; `resolve(_:)` makes them relative to the folder of the release file.
public struct ReleaseFile: Sendable {
    /// Where the sensitive table is.
    public struct Source: Sendable {
        /// Files or globs; `-` is standard input.
        public let paths: [String]
        /// `csv` or `jsonl`.
        public let format: String
        /// The delimiter and the quote of CSV, one ASCII character each.
        public let delimiter: String, quote: String
        /// The escape and the comment character of CSV, or `nil` for none.
        public let escape: String?, comment: String?
        /// Whether CSV begins with the names of its columns.
        public let header: Bool
        /// How texts are encoded.
        public let encoding: String
        /// Where rejected records go, or `nil` to refuse the whole input at the first one.
        public let quarantine: String?
    }

    /// The evidence that the release pays for.
    public struct Evidence: Sendable {
        /// The share of ρ that evidence takes, between 0 and 1.
        public let share: Rational
        /// The share of privacy units kept out of training.
        public let holdout: Rational
        /// The column that a model is trained to predict.
        public let target: String?
    }

    /// What finding domains out may cost.
    public struct Discovery: Sendable {
        /// The share of ρ that it takes, between 0 and 1; `nil` for a tenth.
        public let share: Rational?
        /// Its part of the release's δ; `nil` for a tenth of it.
        public let delta: Rational?
    }

    /// For whom the copy is made.
    public struct Recipient: Sendable {
        /// A short name, which is also the watermark's recipient identifier.
        public let name: String
        /// What the rows are for.
        public let purpose: String?
        /// Where the recipient is, such as `US`.
        public let jurisdiction: String?
        /// The contract that covers the hand-over.
        public let contract: String?
        /// The last day of permitted use, `YYYY-MM-DD`.
        public let expires: String?
    }

    /// The release's name, part of every file name.
    public let name: String
    /// One line for the title of documents.
    public let title: String
    /// Where the sensitive table is.
    public let source: Source
    /// The path of the schema.
    public let schema: String
    /// The privacy unit's column, or `nil` where each record is its own unit.
    public let unitColumn: String?
    /// The enforced cap of records per privacy unit.
    public let unitRows: Int
    /// ε, the total that this release will ever cost, evidence included.
    public let epsilon: Rational
    /// δ of the same guarantee.
    public let delta: Rational
    /// By which accountant noise is calibrated to ε and δ.
    public let accountant: Accountant
    /// The method that was asked for.
    public let method: SynthesisMethod
    /// What the rows are to be right in.
    public let wishes: SynthesisWishes
    /// How many records to write; `nil` follows the noisy estimate.
    public let rows: Int?
    /// The public seed of row sampling; `nil` derives one from the release's name.
    public let seed: UInt64?
    /// The evidence, or `nil` where it is switched off.
    public let evidence: Evidence?
    /// What finding domains out may cost, or `nil` where the file does not say.
    public let discovery: Discovery?
    /// Earlier releases whose measurements are evidence; empty for none.
    public let reuse: [Reuse]
    /// Thresholds by name, exact.
    public let gate: [String: Rational]
    /// Whether an interval that straddles its threshold passes.
    public let allowsInconclusive: Bool
    /// For whom the copy is made.
    public let recipient: Recipient
    /// The path of the policy.
    public let policy: String
    /// Where the budget ledger is; `nil` where the policy says it.
    public let ledger: LedgerPlace?
    /// The type of release, one of the policy's; `nil` where it knows none.
    public let type: String?
    /// The path of the OpenSSH private key that signs the archive.
    public let signingKey: String
    /// The principal under which recipients know the signing key.
    public let signer: String
    /// The path of the watermark's master secret, or `nil` for no watermark.
    public let watermarkKey: String?
    /// The folder that the archive is written to.
    public let outputFolder: String
    /// `csv` or `jsonl`.
    public let dataFormat: String
    /// The folder of the release file.
    public let folder: String

    /// Thresholds that a release file may set.
    public static let knownThresholds = [
        "max_2way_tvd", "max_worst_2way_tvd", "min_auc", "min_auc_ratio", "max_attack_advantage",
        "max_linkage_risk", "min_found",
    ]

    /// A path of this file, relative to the file's folder.
    ///
    /// - Parameter path: A path as written; `-`, absolute paths and URLs of databases stay as they are.
    /// - Returns: The path to open.
    public func resolve(_ path: String) -> String {
        path == "-" || path.hasPrefix("/") || folder.isEmpty || LedgerLocation.isURL(path)
            ? path : folder + "/" + path
    }
}
