// SPDX-License-Identifier: Apache-2.0

/// Why the ledger did not do what was asked.
public struct LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal it is; the kinds call for different reactions.
    public enum Kind: Sendable, Hashable {
        /// Another process holds the ledger; trying again helps.
        case busy
        /// The database cannot be opened, created or written.
        case unavailable
        /// The chain is broken or was rolled back.
        case corrupt
        /// The cap does not leave enough.
        case budgetRefused
        /// The policy's cap is higher than the ledger's.
        case capConflict
        /// There is no such ledger, population or reservation.
        case notFound
        /// Where the ledger shall be is not well written, or not with its password.
        case misplaced
    }

    /// What kind of refusal it is.
    public let kind: Kind
    /// One line: what, where, found and expected, what to do.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
