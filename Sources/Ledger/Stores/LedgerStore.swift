// SPDX-License-Identifier: Apache-2.0

/// A row of the chain as a database keeps it.
struct StoredEntry: Sendable, Hashable {
    /// Its place, counted from 1.
    let sequence: Int
    /// The hash of the row before it.
    let prev: String
    /// The entry as canonical JSON.
    let body: String
    /// SHA-256 of the body, in hexadecimal.
    let hash: String
}

/// Where the rows of a ledger are kept.
///
/// A store knows rows and transactions; it does not know what they mean. Caps, sums and hashes are the
/// ledger's, so that every database keeps the same promises.
///
/// A store must hold three:
/// - When `append` returns, its rows survive a power cut.
/// - What the body of `append` sees is all there is until its rows are in: no other writer, of any
///   process, comes between.
/// - Rows are neither changed nor removed, as far as a database can prevent it.
protocol LedgerStore: Sendable {
    /// How messages call it; without secrets.
    var name: String { get }

    /// Whether other machines write to it too, of whose rows this one need not know.
    var isShared: Bool { get }

    /// Reads rows in their order.
    ///
    /// - Parameter sequence: The first row to read.
    /// - Returns: The rows from there to the end, as of one moment.
    /// - Throws: `LedgerError`: `unavailable`, `busy`, or `corrupt` where this is no ledger.
    func rows(from sequence: Int) throws(LedgerError) -> [StoredEntry]

    /// Reads and appends within one serialised transaction.
    ///
    /// - Parameters:
    ///   - sequence: The first row that the body wants to see.
    ///   - body: Gets the rows from there to the end; returns what to append, already chained. Where it
    ///     throws, nothing is written. A store that has to try again calls it again, so it may change
    ///     nothing but what it learns of the given rows.
    /// - Returns: The body's rows and result, durable.
    /// - Throws: What the body throws, or as for `rows(from:)`. After `unavailable` the rows may be
    ///   there or not.
    func append<Result: Sendable>(
        from sequence: Int,
        _ body: ([StoredEntry]) throws(LedgerError) -> (rows: [StoredEntry], result: Result)
    ) throws(LedgerError) -> (rows: [StoredEntry], result: Result)
}
