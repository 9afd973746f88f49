// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// Why a value may leave the owner's house.
public enum Basis: Sendable {
    /// It is a function of public inputs only: release file, schema, policy, program version.
    case `public`
    /// It is a function of differentially private outputs, paid for by these charges.
    ///
    /// Post-processing of such outputs (synthetic rows, scores, intervals, plots) costs nothing more
    /// (closure under post-processing, Dwork and Roth 2014, Proposition 2.1).
    case dp([Charge])

    /// The word written beside each item in `audit.json`.
    public var name: String {
        switch self {
        case .public: "public"
        case .dp: "dp-charged"
        }
    }
}

/// A file of the archive together with the reason why it may be published.
///
/// The packer accepts nothing else, and there is no third case: exact figures computed from real
/// records have no `Basis`, so they have no way into an archive.
public struct Publishable: Sendable {
    /// The path inside the release's top folder, ASCII letters, digits, `.`, `_`, `-` and `/`.
    public let name: String
    /// The bytes of the file.
    public let bytes: [UInt8]
    /// Why the bytes may be published.
    public let basis: Basis

    /// Creates a publishable file.
    ///
    /// - Parameters:
    ///   - name: The path inside the release's top folder.
    ///   - bytes: The bytes of the file.
    ///   - basis: Why the bytes may be published.
    public init(name: String, bytes: [UInt8], basis: Basis) {
        self.name = name
        self.bytes = bytes
        self.basis = basis
    }

    /// Creates a publishable text file.
    ///
    /// - Parameters:
    ///   - name: The path inside the release's top folder.
    ///   - text: The text, written as UTF-8.
    ///   - basis: Why the text may be published.
    public init(name: String, text: String, basis: Basis) {
        self.init(name: name, bytes: [UInt8](text.utf8), basis: basis)
    }
}
