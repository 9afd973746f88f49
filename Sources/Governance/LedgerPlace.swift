// SPDX-License-Identifier: Apache-2.0

import Ledger

/// Where a ledger is, and where what it looked like last is kept for it.
public struct LedgerPlace: Sendable, Hashable {
    /// The ledger, as written: the path of a SQLite database, or a PostgreSQL URL without a password.
    public let path: String
    /// A file on another disk or in another machine's keeping, or `nil` for none.
    public let anchor: String?

    /// Reads the key `ledger`: a path, or `path` and `anchor`.
    ///
    /// - Parameter reader: A policy or a release file.
    /// - Returns: `nil` where the key is missing.
    /// - Throws: `ConfigurationError` where it is something else.
    public init?(in reader: ConfigurationReader) throws(ConfigurationError) {
        if reader.isText("ledger") {
            path = try Self.checked("ledger", in: reader)
            anchor = nil
            return
        }
        guard let place = try reader.mapping("ledger", keys: ["path", "anchor"]) else { return nil }
        path = try Self.checked("path", in: place)
        anchor = try place.string("anchor")
    }

    private static func checked(
        _ key: String, in reader: ConfigurationReader
    ) throws(ConfigurationError) -> String {
        let text = try reader.requiredString(key)
        do throws(LedgerError) {
            _ = try LedgerLocation(text)
        } catch {
            throw reader.error(key, error.description)
        }
        return text
    }

    /// Names a place.
    ///
    /// - Parameters:
    ///   - path: The ledger.
    ///   - anchor: The anchor, or `nil` for none.
    public init(path: String, anchor: String?) {
        self.path = path
        self.anchor = anchor
    }
}
