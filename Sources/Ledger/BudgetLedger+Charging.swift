// SPDX-License-Identifier: Apache-2.0

@_spi(Minting) public import Privacy

extension BudgetLedger {
    /// Charges a population and mints the grant.
    ///
    /// All limits are checked within the transaction that writes the charge, so of two releases that
    /// together pass a limit one is refused, whatever process or machine they run on.
    ///
    /// - Parameter request: What the release asks.
    /// - Returns: The charge, durable, with its grant.
    /// - Throws: `LedgerError`: `budgetRefused` when a limit does not leave enough, naming it, in which
    ///   case nothing is written; `capConflict`, `busy`, `unavailable` or `corrupt`.
    public func reserve(
        _ request: ReservationRequest
    ) throws(LedgerError) -> ChargedReservation {
        let id = Entry.randomHex()
        let (before, head) = try transact { (state) throws(LedgerError) in
            let standings = try state.standings(
                of: request.population, cap: request.cap, limits: request.limits,
                releaseType: request.releaseType, recipient: request.recipient, at: request.time)
            // A policy's cap may be lower than the ledger's; the ledger's holds as well.
            let own = state.cap(of: request.population).map {
                BudgetStanding(limit: .life, cap: $0, spent: state.spent(request.population))
            }
            for standing in standings + (own.map { [$0] } ?? [])
            where !standing.affords(request.cost) {
                throw standing.refusal(of: request.cost, population: request.population)
            }
            return (Self.entries(for: request, id: id, in: state), standings)
        }
        do throws(LedgerError) {
            try anchorNow()
        } catch {
            try? fail(id: id, reason: "not anchored", time: request.time)
            throw error
        }
        let account = GrantAccount(reserving: request.cost)
        return ChargedReservation(
            facts: ReservationFacts(
                id: id, sequence: head.sequence, hash: head.hash, before: before),
            grant: account.mint(), account: account)
    }

    private static func entries(
        for request: ReservationRequest, id: String, in state: LedgerState
    ) -> [Entry] {
        var entries: [Entry] = []
        let books = state.books[request.population]
        if books == nil {
            var entry = Entry(.population, time: request.time)
            entry.population = request.population
            entry.cap = request.cap
            entries.append(entry)
        }
        // What the policy allows is on record, so that a change of it is too.
        if (books?.limits ?? .none) != request.limits {
            var entry = Entry(.limits, time: request.time)
            entry.population = request.population
            entry.limits = request.limits
            entries.append(entry)
        }
        var entry = Entry(.reserve, time: request.time)
        entry.population = request.population
        entry.id = id
        entry.release = request.release
        entry.releaseType = request.releaseType
        entry.recipient = request.recipient
        entry.unit = request.unit
        entry.planSHA256 = request.planSHA256
        entry.cost = request.cost
        entry.epsilon = request.epsilon
        entry.delta = request.delta
        entry.holder = Holder.current(nonce: entry.nonce)
        return entries + [entry]
    }

    /// Records that a release was written.
    ///
    /// - Parameters:
    ///   - id: The reservation.
    ///   - sumsSHA256: SHA-256 of the archive's list of checksums.
    ///   - settlement: Where the charge went: it has to be of this charge, and no grant of it may be left.
    ///   - time: The time.
    /// - Throws: `LedgerError`; `corrupt` where the books do not add up to the charge.
    public func commit(
        id: String, sumsSHA256: String, settlement: Settlement, time: Timestamp
    ) throws(LedgerError) {
        var entry = Entry(.commit, time: time)
        entry.id = id
        entry.sumsSHA256 = sumsSHA256
        entry.consumed = settlement.consumed.inShort(within: settlement.reserved)
        try close(entry, id: id) { reservation in
            settlement.isSettled && settlement.reserved == reservation.cost
                && settlement.consumed + settlement.forgone == reservation.cost
        }
    }

    /// Records why a charged release did not come to an end.
    ///
    /// The charge stays.
    ///
    /// - Parameters:
    ///   - id: The reservation.
    ///   - reason: A public word for it, such as an exit status.
    ///   - time: The time.
    /// - Throws: `LedgerError`.
    public func fail(id: String, reason: String, time: Timestamp) throws(LedgerError) {
        var entry = Entry(.fail, time: time)
        entry.id = id
        entry.reason = reason
        try close(entry, id: id) { _ in true }
    }

    private func close(
        _ entry: Entry, id: String, where balances: (LedgerState.Reservation) -> Bool
    ) throws(LedgerError) {
        _ = try transact { (state) throws(LedgerError) in
            guard let reservation = state.reservation(id), reservation.isOpen(for: entry.kind),
                balances(reservation)
            else {
                throw LedgerError(
                    .corrupt,
                    "ledger: \(name): a release ended whose books do not add up to an open charge; "
                        + "nothing was recorded, the charge stays")
            }
            return ([entry], ())
        }
        // The charge itself was anchored before noise was drawn; how it ended is, at the latest, by the next.
        try? anchorNow()
    }

    /// Adds a population with a budget of its own: an assertion, on record, that it has no person in common
    /// with those that the ledger knows.
    ///
    /// The first population of a ledger needs none; `reserve` adds it.
    ///
    /// - Parameters:
    ///   - population: A population that the ledger does not know.
    ///   - cap: Its cap for life.
    ///   - reason: Why these are other people, for the record.
    ///   - time: The time.
    /// - Throws: `LedgerError.capConflict` for a population that the ledger knows.
    public func addPopulation(
        _ population: String, cap: BudgetCap, reason: String, time: Timestamp
    ) throws(LedgerError) {
        _ = try transact { (state) throws(LedgerError) in
            guard state.cap(of: population) == nil else {
                throw LedgerError(
                    .capConflict,
                    "population known already: '\(population)' in \(name): expected another name; change "
                        + "its cap with 'semblance ledger set-cap'")
            }
            var entry = Entry(.population, time: time)
            entry.population = population
            entry.cap = cap
            entry.reason = reason
            return ([entry], ())
        }
        try anchorNow()
    }

    /// Changes a population's cap by an entry of its own.
    ///
    /// - Parameters:
    ///   - population: A population that the ledger knows.
    ///   - cap: The new cap; it may be lower than what was spent, and then nothing remains.
    ///   - reason: Why, for the record.
    ///   - time: The time.
    /// - Throws: `LedgerError.notFound` for an unknown population.
    public func setCap(
        of population: String, to cap: BudgetCap, reason: String, time: Timestamp
    ) throws(LedgerError) {
        _ = try transact { (state) throws(LedgerError) in
            guard state.cap(of: population) != nil else {
                throw LedgerError(
                    .notFound,
                    "no such population: '\(population)' in \(name): expected one of "
                        + state.populations.joined(separator: ", "))
            }
            var entry = Entry(.capChange, time: time)
            entry.population = population
            entry.cap = cap
            entry.reason = reason
            return ([entry], ())
        }
        try anchorNow()
    }
}
