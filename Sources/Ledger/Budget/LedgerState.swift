// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// What the entries of a ledger add up to.
public struct LedgerState: Sendable {
    /// How a reservation ended.
    public enum Outcome: Sendable, Hashable {
        /// The release was written; its mechanisms cost this much of the charge.
        case committed(consumed: PrivacyCost)
        /// The release failed after the charge; the charge stays.
        case failed(reason: String)
        /// Nobody said, and it was closed as one that never will; the charge stays.
        case abandoned(reason: String)
        /// Nobody said: it is running, or it was killed. The charge stays.
        case open
    }

    /// One charge.
    public struct Reservation: Sendable, Hashable {
        /// Its identifier.
        public let id: String
        /// Its place in the chain.
        public let sequence: Int
        /// The population charged.
        public let population: String
        /// The release and its recipient; empty for a loss that was accepted.
        public let release: String, recipient: String
        /// The type of release, or `nil` for none.
        public let releaseType: String?
        /// The privacy unit and its bound in words.
        public let unit: String
        /// The time of the charge.
        public let time: Timestamp
        /// What was charged, exact.
        public let cost: PrivacyCost
        /// The process that holds it, and the random part of the entry that hides it.
        let holder: Holder?, nonce: String
        /// How it ended.
        public internal(set) var outcome: Outcome
    }

    /// Sums by population.
    private(set) var books: [String: PopulationBooks] = [:]
    /// All charges in the order of the chain.
    public private(set) var reservations: [Reservation] = []
    private var places: [String: Int] = [:]
    /// The latest time of any entry.
    private(set) var latest = Timestamp(seconds: .min)
    /// Populations whose sum was not yet held to their cap.
    private var unchecked: Set<String> = []

    /// Nothing charged, of nobody.
    public init() {}

    /// The populations that the ledger knows.
    public var populations: [String] { books.keys.sorted() }

    /// The cap for life that the ledger keeps for a population; `nil` for one that it does not know.
    ///
    /// - Parameter population: The population's name.
    /// - Returns: The cap.
    public func cap(of population: String) -> BudgetCap? { books[population]?.cap }

    /// What a population has been charged, failed and open reservations included.
    ///
    /// - Parameter population: The population's name.
    /// - Returns: The sum, exact.
    public func spent(_ population: String) -> PrivacyCost { books[population]?.total ?? .zero }

    /// What was charged for each recipient of a population, which means something only if recipients
    /// never share.
    ///
    /// - Parameter population: The population's name.
    /// - Returns: Sums by recipient.
    public func spentByRecipient(_ population: String) -> [String: PrivacyCost] {
        books[population]?.byRecipient ?? [:]
    }

    /// A charge by its identifier.
    ///
    /// - Parameter id: The identifier.
    /// - Returns: The charge, or `nil` where there is none.
    public func reservation(_ id: String) -> Reservation? { places[id].map { reservations[$0] } }

    /// Adds an entry's meaning.
    ///
    /// - Throws: `LedgerError.corrupt` when it refers to nothing or lacks a part.
    mutating func apply(_ entry: Entry) throws(LedgerError) {
        let isFirst = entry.seq == 1
        guard isFirst == (entry.kind == .genesis) else { throw Self.broken(entry.seq) }
        latest = max(latest, entry.time)
        switch entry.kind {
        case .genesis:
            guard entry.format == Entry.currentFormat else { throw Self.foreign(entry.format) }
        case .population, .capChange:
            guard let name = entry.population, let cap = entry.cap,
                (books[name] == nil) == (entry.kind == .population)
            else { throw Self.broken(entry.seq) }
            try check(name, before: entry.seq)
            books[name, default: PopulationBooks(cap: cap)].cap = cap
        case .limits:
            guard let name = entry.population, books[name] != nil, let limits = entry.limits
            else { throw Self.broken(entry.seq) }
            books[name]?.limits = limits
        case .reserve, .loss:
            try charge(entry)
        case .commit, .fail, .abandon:
            guard let id = entry.id, let place = places[id],
                reservations[place].isOpen(for: entry.kind),
                reservations[place].cost.covers(entry.consumed ?? .zero)
            else { throw Self.broken(entry.seq) }
            reservations[place].outcome =
                switch entry.kind {
                case .commit: .committed(consumed: entry.consumed ?? .zero)
                case .fail: .failed(reason: entry.reason ?? "")
                default: .abandoned(reason: entry.reason ?? "")
                }
        }
    }

    private mutating func charge(_ entry: Entry) throws(LedgerError) {
        guard let name = entry.population, books[name] != nil, let id = entry.id,
            places[id] == nil, let cost = entry.cost
        else { throw Self.broken(entry.seq) }
        // What a loss adds is a fact, whatever the cap; what was decided before it is not.
        if entry.kind == .loss { try check(name, before: entry.seq) }
        books[name]?.enter(
            cost, time: entry.time, latest: latest, type: entry.releaseType,
            recipient: entry.recipient, isLoss: entry.kind == .loss)
        if entry.kind == .reserve { unchecked.insert(name) }
        places[id] = reservations.count
        reservations.append(
            Reservation(
                id: id, sequence: entry.seq, population: name, release: entry.release ?? "",
                recipient: entry.recipient ?? "", releaseType: entry.releaseType,
                unit: entry.unit ?? "", time: entry.time, cost: cost, holder: entry.holder,
                nonce: entry.nonce,
                outcome: entry.kind == .loss ? .abandoned(reason: entry.reason ?? "") : .open))
    }

    /// Holds every sum to its cap.
    ///
    /// Sums only grow and what a cap allows only shrinks as δ are added, so the last sum under a cap
    /// speaks for all before it: one conversion a cap, not one a charge.
    mutating func check(through sequence: Int) throws(LedgerError) {
        for name in unchecked { try check(name, before: sequence + 1) }
    }

    private mutating func check(_ name: String, before sequence: Int) throws(LedgerError) {
        guard unchecked.remove(name) != nil, let books = books[name] else { return }
        guard books.cap.allows(books.total) else { throw Self.broken(sequence - 1) }
    }

    private static func broken(_ sequence: Int) -> LedgerError {
        LedgerError(
            .corrupt,
            "ledger corrupt: entry \(sequence) does not fit what is before it; restore the ledger from its "
                + "last good copy together with its .head file")
    }

    private static func foreign(_ format: String?) -> LedgerError {
        LedgerError(
            .corrupt,
            "ledger of another version: found format '\(format ?? "none")', expected '\(Entry.currentFormat)'; "
                + "use the version of the program that wrote it")
    }
}

extension LedgerState.Reservation {
    /// Whether an entry may still say how it ended: one that was closed for its holder may yet be ended
    /// by the holder itself.
    func isOpen(for kind: Entry.Kind) -> Bool {
        switch outcome {
        case .open: true
        case .abandoned: kind != .abandon && !release.isEmpty
        case .committed, .failed: false
        }
    }
}
