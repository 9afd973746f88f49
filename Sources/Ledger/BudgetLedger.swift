// SPDX-License-Identifier: Apache-2.0

@_spi(Minting) public import Privacy

/// What a release asks of the ledger.
public struct ReservationRequest: Sendable {
    /// The population whose budget is charged: people, not files.
    public let population: String
    /// The cap that the policy names.
    public let cap: BudgetCap
    /// The release and its recipient.
    public let release: String, recipient: String
    /// SHA-256 of the plan that will run.
    public let planSHA256: String
    /// ρ asked for, exact.
    public let rho: Rho
    /// The same as the release file words it.
    public let epsilon: Rational, delta: Rational
    /// RFC 3339 time, UTC.
    public let time: String

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - population: The population whose budget is charged.
    ///   - cap: The cap that the policy names.
    ///   - release: The release.
    ///   - recipient: Its recipient.
    ///   - planSHA256: SHA-256 of the plan that will run.
    ///   - rho: ρ asked for.
    ///   - epsilon: ε of the release at `delta`.
    ///   - delta: δ of the release.
    ///   - time: RFC 3339 time, UTC.
    public init(
        population: String, cap: BudgetCap, release: String, recipient: String, planSHA256: String,
        rho: Rho, epsilon: Rational, delta: Rational, time: String
    ) {
        self.population = population
        self.cap = cap
        self.release = release
        self.recipient = recipient
        self.planSHA256 = planSHA256
        self.rho = rho
        self.epsilon = epsilon
        self.delta = delta
        self.time = time
    }
}

/// Where a population's budget stands before a charge.
public struct BudgetStanding: Sendable, Hashable {
    /// The cap in force: the lower of ledger and policy.
    public let cap: BudgetCap
    /// ρ charged so far.
    public let spent: Rho
    /// ρ left under the cap; never below zero.
    public let remaining: Rho

    /// The standing of a population that was never charged.
    ///
    /// - Parameter cap: The cap that the policy names.
    /// - Returns: The whole cap remaining.
    public static func untouched(_ cap: BudgetCap) -> BudgetStanding {
        BudgetStanding(cap: cap, spent: .zero, remaining: cap.rho)
    }
}

/// Where a charge stands in the ledger.
public struct ReservationFacts: Sendable, Hashable {
    /// The reservation's identifier.
    public let id: String
    /// Its place in the chain and the hash of its entry.
    public let sequence: Int, hash: String
    /// The budget before it.
    public let before: BudgetStanding
}

/// A charge, durable before this value exists, and the grant that it pays for.
@frozen public struct ChargedReservation: ~Copyable {
    /// Where the charge stands.
    public let facts: ReservationFacts
    /// What the mechanisms may spend.
    public let grant: PrivacyGrant
    /// The books of the charge, which tell at the end what was consumed.
    public let account: GrantAccount
}

/// The budget of populations across releases: every charge is an entry of a hash chain, and the sum
/// never passes the cap.
///
/// A charge is written, flushed to the disk and only then turned into a `PrivacyGrant`, so noise is
/// never drawn uncharged. Nothing is ever refunded: failed and forgotten reservations stay charged.
public final class BudgetLedger: Sendable {
    /// The database.
    public let path: String
    private let store: LedgerStore
    private let head: HeadFile

    /// Opens a ledger, and checks its chain and that it was not rolled back.
    ///
    /// - Parameters:
    ///   - path: The database; `PATH.head` beside it keeps the last known entry.
    ///   - createIfMissing: Whether to make a new one. A ledger that vanished while its head is still
    ///     there is not made again.
    ///   - patience: Seconds to wait for another writer.
    /// - Throws: `LedgerError` of kind `notFound`, `unavailable`, `busy` or `corrupt`.
    public init(
        at path: String, createIfMissing: Bool, patience: Double = 10
    ) throws(LedgerError) {
        self.path = path
        head = HeadFile(path: path + ".head")
        let known = try head.read()
        store = try LedgerStore(
            path: path, createIfMissing: createIfMissing, wasKnown: known != nil,
            patience: patience)
        if try store.rows().isEmpty {
            // From here on a ledger without a head is one that lost it.
            try head.write(sequence: 0, hash: Entry.genesis)
        }
        _ = try verify()
    }

    /// SQLite's durability level in force; 2 is FULL.
    ///
    /// - Returns: The level read back from the database.
    /// - Throws: `LedgerError`.
    public func synchronousLevel() throws(LedgerError) -> Int { try store.synchronousLevel() }

    /// Checks hashes, links, meaning and the last known head.
    ///
    /// - Returns: How many entries there are, and what they add up to.
    /// - Throws: `LedgerError` of kind `corrupt`. Complexity: O(entries).
    public func verify() throws(LedgerError) -> (entries: Int, state: LedgerState) {
        // The head first: a writer may append between the two reads, and a longer chain still extends it.
        let known = try head.read()
        let rows = try store.rows()
        return (rows.count, try Self.replay(rows, extending: known, path: path))
    }

    /// All entries as canonical JSON lines, oldest first, for stock tools: each line's SHA-256 is the
    /// next one's `prev`.
    ///
    /// - Returns: One line an entry.
    /// - Throws: `LedgerError`.
    public func export() throws(LedgerError) -> [String] { try store.rows().map(\.body) }

    /// Where a population's budget stands under a policy's cap.
    ///
    /// - Parameters:
    ///   - population: The population; unknown ones have spent nothing.
    ///   - cap: The cap that the policy names.
    /// - Returns: The standing.
    /// - Throws: `LedgerError.capConflict` when the policy would raise the ledger's cap.
    public func standing(
        of population: String, policyCap cap: BudgetCap
    ) throws(LedgerError) -> BudgetStanding {
        try Self.standing(verify().state, population: population, policyCap: cap)
    }

    /// Charges a population and mints the grant.
    ///
    /// - Parameter request: What the release asks.
    /// - Returns: The charge, durable, with its grant.
    /// - Throws: `LedgerError`: `budgetRefused` when the cap does not leave enough, in which case
    ///   nothing is written; `capConflict`, `busy`, `unavailable` or `corrupt`.
    public func reserve(
        _ request: ReservationRequest
    ) throws(LedgerError) -> ChargedReservation {
        let path = self.path
        let head = self.head
        let id = Entry.randomHex()
        let (appended, before) = try store.append { rows in
            let state = try Self.replay(rows, extending: head.read(), path: path)
            let standing = try Self.standing(
                state, population: request.population, policyCap: request.cap)
            guard request.rho <= standing.remaining else {
                throw LedgerError(
                    .budgetRefused,
                    "budget refused: population \(request.population): asked ρ = \(request.rho), "
                        + "remaining ρ = \(standing.remaining) under the cap ε = "
                        + "\(standing.cap.epsilon) at δ = \(standing.cap.delta); ask for less, or have "
                        + "the cap changed")
            }
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
            entries.append(entry)
            return (entries, standing)
        }
        guard let last = appended.last else {
            throw LedgerError(.corrupt, "ledger corrupt: \(path): nothing was appended")
        }
        try head.write(sequence: last.sequence, hash: last.hash)
        let account = GrantAccount(reserving: PrivacyCost(request.rho))
        return ChargedReservation(
            facts: ReservationFacts(
                id: id, sequence: last.sequence, hash: last.hash, before: before),
            grant: account.mint(), account: account)
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
        let path = self.path
        let head = self.head
        let (appended, _) = try store.append { rows in
            let state = try Self.replay(rows, extending: head.read(), path: path)
            guard state.caps[population] != nil else {
                throw LedgerError(
                    .notFound,
                    "no such population: '\(population)' in \(path): expected one of "
                        + state.caps.keys.sorted().joined(separator: ", "))
            }
            var entry = Entry(.capChange, time: time)
            entry.population = population
            entry.capEpsilon = cap.epsilon
            entry.capDelta = cap.delta
            entry.reason = reason
            return ([entry], ())
        }
        if let last = appended.last { try head.write(sequence: last.sequence, hash: last.hash) }
    }

    private func close(_ entry: Entry, id: String, atMost consumed: Rho) throws(LedgerError) {
        let path = self.path
        let head = self.head
        let (appended, _) = try store.append { rows in
            let state = try Self.replay(rows, extending: head.read(), path: path)
            guard let reservation = state.reservations.first(where: { $0.id == id }),
                reservation.outcome == .open, consumed <= reservation.rho
            else {
                throw LedgerError(
                    .corrupt,
                    "ledger: \(path): a release ended that holds no open charge large enough; "
                        + "nothing was recorded")
            }
            return ([entry], ())
        }
        if let last = appended.last { try head.write(sequence: last.sequence, hash: last.hash) }
    }
}
