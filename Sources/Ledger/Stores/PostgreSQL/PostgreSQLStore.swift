// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// A ledger's rows in a PostgreSQL database, for teams and machines that share a budget.
///
/// Writers are ordered by an advisory lock that each transaction holds to its end. The isolation level
/// is READ COMMITTED on purpose: a snapshot of a stricter one would be taken before the wait for the
/// lock, and miss what the writer before has written. Nothing rests on the lock alone: rows never
/// change and their numbers are a primary key, so the row N + 1 that a transaction puts in can be
/// committed only if N was still the end that it decided on.
final class PostgreSQLStore: LedgerStore {
    let name: String
    var isShared: Bool { true }
    private let session: Mutex<PostgreSQLSession>
    private let patience: Duration
    private let wasKnown: Bool

    /// How often a transaction is run again that lost a race or its connection.
    private static let tries = 5
    /// How long at least to look for a transaction whose end was not told.
    private static let search = Duration.seconds(10)

    /// Connects to a database, and checks that it keeps what it is given.
    ///
    /// - Parameters:
    ///   - url: The database, whose owner has run `PostgreSQLSchema.script`.
    ///   - wasKnown: Whether a head tells that there was a ledger.
    ///   - patience: Seconds to wait for another writer.
    /// - Throws: `LedgerError`.
    init(url: PostgreSQLURL, wasKnown: Bool, patience: Double) throws(LedgerError) {
        name = url.name
        self.wasKnown = wasKnown
        self.patience = .seconds(max(0, patience))
        session = Mutex(PostgreSQLSession(url: url, patience: patience))
        _ = try rows(from: Int.max)
    }

    func rows(from sequence: Int) throws(LedgerError) -> [StoredEntry] {
        try session.withLock { (session) throws(LedgerError) in
            var triesLeft = Self.tries
            while true {
                do throws(PostgreSQLError) {
                    try session.begin(waiting: patience, isWriting: false)
                    let rows = try session.rows(from: sequence)
                    session.rollback()
                    return rows
                } catch {
                    session.rollback()
                    triesLeft -= 1
                    guard error.callsForAnotherTry, triesLeft > 0 else {
                        throw error.translated(name, wasKnown: wasKnown)
                    }
                }
            }
        }
    }

    func append<Result: Sendable>(
        from sequence: Int,
        _ body: ([StoredEntry]) throws(LedgerError) -> (rows: [StoredEntry], result: Result)
    ) throws(LedgerError) -> (rows: [StoredEntry], result: Result) {
        try session.withLock { (session) throws(LedgerError) in
            var deadline = ContinuousClock.now + patience
            var triesLeft = Self.tries
            // What was sent to be committed, while it is not known whether it was.
            var unsettled: Decision<Result>?
            while true {
                let attempt = Self.attempt(
                    in: &session, from: sequence, waiting: deadline - .now, unsettled: &unsettled,
                    body)
                switch attempt {
                case .durable(let decision): return (decision.rows, decision.result)
                case .refused(let error): throw error
                case .unconfirmed: throw unconfirmed
                case .unknown(let decision):
                    guard triesLeft > 1 else { throw unknownOutcome }
                    if unsettled == nil { deadline = .now + max(patience, Self.search) }
                    unsettled = decision
                case .failed(let error):
                    let isWorthIt =
                        unsettled == nil
                        ? error.callsForAnotherTry && triesLeft > 1 : ContinuousClock.now < deadline
                    guard isWorthIt else {
                        throw unsettled == nil
                            ? error.translated(name, wasKnown: wasKnown) : unknownOutcome
                    }
                }
                triesLeft -= 1
                usleep(20_000)
            }
        }
    }

    /// What a transaction wants to write.
    private struct Decision<Result: Sendable>: Sendable {
        let rows: [StoredEntry]
        let result: Result
    }

    /// How one try went.
    private enum Attempt<Result: Sendable>: Sendable {
        case durable(Decision<Result>)
        /// On record, but not as safe as the server was set to make it.
        case unconfirmed
        /// By the ledger; nothing was written.
        case refused(LedgerError)
        /// Nothing was written.
        case failed(PostgreSQLError)
        /// The server was told to commit, and did not say that it has.
        case unknown(Decision<Result>)
    }

    private static func attempt<Result: Sendable>(
        in session: inout PostgreSQLSession, from sequence: Int, waiting wait: Duration,
        unsettled: inout Decision<Result>?,
        _ body: ([StoredEntry]) throws(LedgerError) -> (rows: [StoredEntry], result: Result)
    ) -> Attempt<Result> {
        let decision: Decision<Result>
        do throws(PostgreSQLError) {
            try session.begin(waiting: wait, isWriting: true)
            // A transaction holds the lock until its rows are there to be seen, or never will be.
            try session.lock()
            let rows = try session.rows(from: sequence)
            if let settled = unsettled, let last = settled.rows.last, rows.contains(last) {
                try session.mark()
                return try session.commit() == .durable ? .durable(settled) : .unconfirmed
            }
            unsettled = nil
            do throws(LedgerError) {
                let decided = try body(rows)
                decision = Decision(rows: decided.rows, result: decided.result)
            } catch {
                session.rollback()
                return .refused(error)
            }
            for row in decision.rows { try session.insert(row) }
        } catch {
            session.rollback()
            return .failed(error)
        }
        do throws(PostgreSQLError) {
            guard !decision.rows.isEmpty else {
                session.rollback()
                return .durable(decision)
            }
            return try session.commit() == .durable ? .durable(decision) : .unconfirmed
        } catch {
            guard error == .lost else {
                session.rollback()
                return .failed(error)
            }
            return .unknown(decision)
        }
    }

    private var unknownOutcome: LedgerError {
        LedgerError(
            .unavailable,
            "ledger unavailable: \(name): the connection was lost before the server confirmed; the charge "
                + "may be on record and then stays, nothing was released; look with 'semblance ledger "
                + "show' and run again")
    }

    private var unconfirmed: LedgerError {
        LedgerError(
            .unavailable,
            "ledger unavailable: \(name): a standby did not confirm; the charge is on record and stays, "
                + "nothing was released; have the standby looked at and run again")
    }
}
