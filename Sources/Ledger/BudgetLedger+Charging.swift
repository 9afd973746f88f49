// SPDX-License-Identifier: Apache-2.0

@_spi(Minting) public import Privacy

extension BudgetLedger {
    /// Charges a population and mints the grant.
    ///
    /// - Parameter request: What the release asks.
    /// - Returns: The charge, durable, with its grant.
    /// - Throws: `LedgerError`: `budgetRefused` when the cap does not leave enough, in which case
    ///   nothing is written; `capConflict`, `busy`, `unavailable` or `corrupt`.
    public func reserve(
        _ request: ReservationRequest
    ) throws(LedgerError) -> ChargedReservation {
        let id = Entry.randomHex()
        let (before, head) = try transact { (state) throws(LedgerError) in
            let standing = try state.standing(
                population: request.population, policyCap: request.cap)
            guard request.rho <= standing.remaining else {
                throw LedgerError(
                    .budgetRefused,
                    "budget refused: population \(request.population): asked ρ = \(request.rho), "
                        + "remaining ρ = \(standing.remaining) under the cap ε = "
                        + "\(standing.cap.epsilon) at δ = \(standing.cap.delta); ask for less, or have "
                        + "the cap changed")
            }
            return (Self.entries(for: request, id: id, in: state), standing)
        }
        let account = GrantAccount(reserving: PrivacyCost(request.rho))
        return ChargedReservation(
            facts: ReservationFacts(
                id: id, sequence: head.sequence, hash: head.hash, before: before),
            grant: account.mint(), account: account)
    }

    private static func entries(
        for request: ReservationRequest, id: String, in state: LedgerState
    ) -> [Entry] {
        var entries: [Entry] = []
        if state.caps[request.population] == nil {
            var entry = Entry(.population, time: request.time)
            entry.population = request.population
            entry.capEpsilon = request.cap.epsilon
            entry.capDelta = request.cap.delta
            entries.append(entry)
        }
        var entry = Entry(.reserve, time: request.time)
        entry.population = request.population
        entry.id = id
        entry.release = request.release
        entry.recipient = request.recipient
        entry.planSHA256 = request.planSHA256
        entry.rho = request.rho
        entry.epsilon = request.epsilon
        entry.delta = request.delta
        return entries + [entry]
    }

    /// Records that a release was written.
    ///
    /// - Parameters:
    ///   - id: The reservation.
    ///   - sumsSHA256: SHA-256 of the archive's list of checksums.
    ///   - consumed: ρ that the mechanisms spent, the larger of the two parts.
    ///   - time: RFC 3339 time, UTC.
    /// - Throws: `LedgerError`.
    public func commit(
        id: String, sumsSHA256: String, consumed: Rho, time: String
    ) throws(LedgerError) {
        var entry = Entry(.commit, time: time)
        entry.id = id
        entry.sumsSHA256 = sumsSHA256
        entry.consumedRho = consumed
        try close(entry, id: id, atMost: consumed)
    }

    /// Records why a charged release did not come to an end.
    ///
    /// The charge stays.
    ///
    /// - Parameters:
    ///   - id: The reservation.
    ///   - reason: A public word for it, such as an exit status.
    ///   - time: RFC 3339 time, UTC.
    /// - Throws: `LedgerError`.
    public func fail(id: String, reason: String, time: String) throws(LedgerError) {
        var entry = Entry(.fail, time: time)
        entry.id = id
        entry.reason = reason
        try close(entry, id: id, atMost: .zero)
    }

    private func close(_ entry: Entry, id: String, atMost consumed: Rho) throws(LedgerError) {
        _ = try transact { (state) throws(LedgerError) in
            guard let reservation = state.reservation(id), reservation.outcome == .open,
                consumed <= reservation.rho
            else {
                throw LedgerError(
                    .corrupt,
                    "ledger: \(name): a release ended that holds no open charge large enough; "
                        + "nothing was recorded")
            }
            return ([entry], ())
        }
    }

    /// Changes a population's cap by an entry of its own.
    ///
    /// - Parameters:
    ///   - population: A population that the ledger knows.
    ///   - cap: The new cap.
    ///   - reason: Why, for the record.
    ///   - time: RFC 3339 time, UTC.
    /// - Throws: `LedgerError.notFound` for an unknown population.
    public func setCap(
        of population: String, to cap: BudgetCap, reason: String, time: String
    ) throws(LedgerError) {
        _ = try transact { (state) throws(LedgerError) in
            guard state.caps[population] != nil else {
                throw LedgerError(
                    .notFound,
                    "no such population: '\(population)' in \(name): expected one of "
                        + state.caps.keys.sorted().joined(separator: ", "))
            }
            var entry = Entry(.capChange, time: time)
            entry.population = population
            entry.capEpsilon = cap.epsilon
            entry.capDelta = cap.delta
            entry.reason = reason
            return ([entry], ())
        }
    }
}
