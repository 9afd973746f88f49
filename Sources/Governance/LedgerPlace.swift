// SPDX-License-Identifier: Apache-2.0

/// Where a ledger is, and where what it looked like last is kept for it.
public struct LedgerPlace: Sendable, Hashable {
    /// The ledger, as written.
    public let path: String
    /// A file on another disk or in another machine's keeping, or `nil` for none.
    public let anchor: String?

    /// Reads the key `ledger`: a path, or `path` and `anchor`.
    ///
    /// - Parameter reader: A policy or a release file.
    /// - Returns: `nil` where the key is missing.
    /// - Throws: `ConfigurationError` where it is something else.
    public init?(in reader: inout ConfigurationReader) throws(ConfigurationError) {
        if reader.isText("ledger") {
            path = try reader.requiredString("ledger")
            anchor = nil
            return
        }
        guard var place = try reader.mapping("ledger") else { return nil }
        path = try place.requiredString("path")
        anchor = try place.string("anchor")
        try place.finish()
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
