// SPDX-License-Identifier: Apache-2.0

/// What became of reservations that nobody had ended.
public struct Reconciliation: Sendable {
    /// Those that were closed; their charges stay.
    public let closed: [LedgerState.Reservation]
    /// Those that were left open, each with the reason.
    public let left: [(reservation: LedgerState.Reservation, reason: String)]
}

extension BudgetLedger {
    /// Closes reservations whose process is gone: the charge stays, and the record says so.
    ///
    /// A reservation is left open while its process is running on this machine, and, where it is of another
    /// machine or of a time before this one's last start, until it is old enough that no release runs that
    /// long. One that is closed too early loses nothing: its process may still say how it ended.
    ///
    /// - Parameters:
    ///   - sequences: The entries of the reservations to close whatever their age; empty for all that can be.
    ///   - age: From how many seconds on a reservation of a process that cannot be seen is closed.
    ///   - reason: Why, for the record.
    ///   - time: Now.
    /// - Returns: What was closed, and what was not.
    /// - Throws: `LedgerError`: `notFound` where a named entry is no open reservation.
    public func reconcile(
        entries sequences: [Int] = [], olderThan age: Int64, reason: String, time: Timestamp
    ) throws(LedgerError) -> Reconciliation {
        let result = try transact {
            (state) throws(LedgerError) -> (entries: [Entry], result: Reconciliation) in
            let open = state.reservations.filter { $0.outcome == .open }
            for sequence in sequences where !open.contains(where: { $0.sequence == sequence }) {
                throw LedgerError(
                    .notFound,
                    "no open charge: entry \(sequence) of \(name): expected one of "
                        + open.map { String($0.sequence) }.joined(separator: ", "))
            }
            var closed: [LedgerState.Reservation] = []
            var left: [(reservation: LedgerState.Reservation, reason: String)] = []
            for reservation in open
            where sequences.isEmpty || sequences.contains(reservation.sequence) {
                if let reason = Self.obstacle(
                    reservation, isNamed: !sequences.isEmpty, age: age, time: time)
                {
                    left.append((reservation, reason))
                } else {
                    closed.append(reservation)
                }
            }
            let entries = closed.map { reservation in
                var entry = Entry(.abandon, time: time)
                entry.id = reservation.id
                entry.reason = reason
                return entry
            }
            return (entries, Reconciliation(closed: closed, left: left))
        }.result
        if !result.closed.isEmpty { try anchorNow() }
        return result
    }

    /// Why a reservation has to stay open; `nil` where it need not.
    private static func obstacle(
        _ reservation: LedgerState.Reservation, isNamed: Bool, age: Int64, time: Timestamp
    ) -> String? {
        switch reservation.holder?.life(nonce: reservation.nonce) ?? .unknown {
        case .gone: return nil
        case .running: return "its process is running on this machine"
        case .unknown:
            guard !isNamed, time.seconds - reservation.time.seconds < age else { return nil }
            return "it may be running on another machine; name its entry to close it"
        }
    }
}
