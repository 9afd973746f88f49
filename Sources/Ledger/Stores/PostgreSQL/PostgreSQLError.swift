// SPDX-License-Identifier: Apache-2.0

/// What went wrong between this program and a PostgreSQL server.
///
/// The server's messages quote names and values, so only their five-letter code is kept.
enum PostgreSQLError: Error, Equatable {
    /// No connection was made; libpq's reason, in one line.
    case notConnected(String)
    /// The connection ended, or the server said nothing for too long.
    ///
    /// Whether it did what it was last told is not known.
    case lost
    /// The server refused a statement; the code is a SQLSTATE.
    case refused(String)
    /// The server would not keep what it is given, or must not be given any: found and expected.
    case unfit(String)

    /// Whether the same transaction can go well if it is run again now.
    var callsForAnotherTry: Bool {
        switch self {
        case .lost: true
        case .notConnected, .unfit: false
        case .refused(let code):
            // A serialization failure, a deadlock, and a writer who did not take the ledger's lock: its
            // row came between what was read and what was put in.
            ["40001", "40P01", "23505", PostgreSQLSchema.elsewhere].contains(code)
        }
    }

    /// What it means for the person who runs a release.
    ///
    /// - Parameters:
    ///   - name: How messages call the ledger.
    ///   - wasKnown: Whether there was a ledger before.
    func translated(_ name: String, wasKnown: Bool) -> LedgerError {
        switch self {
        case .notConnected(let reason), .unfit(let reason):
            LedgerError(.unavailable, "ledger unavailable: \(name): \(reason)")
        case .lost:
            LedgerError(
                .unavailable, "ledger unavailable: \(name): the connection was lost; run again")
        case .refused(let code): Self.translated(code, name, wasKnown: wasKnown)
        }
    }

    private static func translated(
        _ code: String, _ name: String, wasKnown: Bool
    ) -> LedgerError {
        switch code {
        case "55P03", "57014", "40001", "40P01", "23505", PostgreSQLSchema.elsewhere:
            LedgerError(.busy, "ledger busy: \(name): another process is writing; try again")
        case "42P01", "3F000":
            wasKnown
                ? LedgerError(
                    .corrupt,
                    "ledger vanished: \(name): its head file says that there was one; "
                        + LossAcceptance.advice(for: name))
                : LedgerError(
                    .notFound,
                    "no such ledger: \(name): found no table semblance.entry; its database's owner makes "
                        + "it: semblance ledger sql | psql")
        case "42703", "XX001", "XX002":
            LedgerError(
                .corrupt, "ledger corrupt: \(name): not a ledger's table; restore it from a copy")
        case "42501":
            LedgerError(
                .unavailable,
                "ledger unavailable: \(name): the role may not do this; a writer needs the role "
                    + "semblance_writer, a reader semblance_reader")
        case "53100":
            LedgerError(
                .unavailable, "ledger unavailable: \(name): the disk is full; nothing was charged")
        default:
            LedgerError(
                .unavailable, "ledger unavailable: \(name): the server refused (SQLSTATE \(code))")
        }
    }
}
