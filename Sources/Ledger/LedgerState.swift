// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// A cap on everything that is ever learnt about a population.
public struct BudgetCap: Sendable, Hashable {
    /// ε of the cap.
    public let epsilon: Rational
    /// δ of the cap, at which lifetime ε is read.
    public let delta: Rational
    /// The largest ρ that (ε, δ) allows, rounded down: the currency in which the cap is checked.
    public let rho: Rho

    /// Creates a cap.
    ///
    /// - Parameters:
    ///   - epsilon: ε of the cap, more than 0.
    ///   - delta: δ of the cap, between 0 and 1.
    public init(epsilon: Rational, delta: Rational) {
        self.epsilon = epsilon
        self.delta = delta
        rho = ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta)
    }
}

/// What the entries of a ledger add up to.
public struct LedgerState: Sendable {
    /// How a reservation ended.
    public enum Outcome: Sendable, Hashable {
        /// The release was written.
        case committed
        /// The release failed after the charge; the charge stays.
        case failed(reason: String)
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
        /// The release, its recipient, and the time of the charge.
        public let release: String, recipient: String, time: String
        /// ρ charged, exact.
        public let rho: Rho
        /// How it ended.
        public internal(set) var outcome: Outcome
    }

    /// The cap of each population.
    public private(set) var caps: [String: BudgetCap] = [:]
    /// All charges in the order of the chain.
    public private(set) var reservations: [Reservation] = []
    private var places: [String: Int] = [:]
    private var sums: [String: Rho] = [:]

    init() {}

    /// What a population has been charged, failed and open reservations included.
    ///
    /// - Parameter population: The population's name.
    /// - Returns: The sum, exact.
    public func spent(_ population: String) -> Rho { sums[population] ?? .zero }

    /// A charge by its identifier.
    func reservation(_ id: String) -> Reservation? { places[id].map { reservations[$0] } }

    /// The lower of both caps, and what it leaves.
    func standing(
        population: String, policyCap: BudgetCap
    ) throws(LedgerError) -> BudgetStanding {
        if let known = caps[population], policyCap.rho > known.rho {
            throw LedgerError(
                .capConflict,
                "cap conflict: population \(population): the policy's cap ε = \(policyCap.epsilon) at δ = "
                    + "\(policyCap.delta) is above the ledger's ε = \(known.epsilon) at δ = "
                    + "\(known.delta); raise it on purpose with 'semblance ledger set-cap'")
        }
        let spent = spent(population)
        let left = policyCap.rho <= spent ? Rho.zero : policyCap.rho - spent
        return BudgetStanding(cap: policyCap, spent: spent, remaining: left)
    }

    /// Adds an entry's meaning.
    ///
    /// - Throws: `LedgerError.corrupt` when it refers to nothing or lacks a part.
    mutating func apply(_ entry: Entry) throws(LedgerError) {
        func broken() -> LedgerError {
            LedgerError(
                .corrupt,
                "ledger corrupt: entry \(entry.seq) does not fit what is before it; restore the ledger "
                    + "from its last good copy together with its .head file")
        }
        switch entry.kind {
        case .population, .capChange:
            guard let name = entry.population, let epsilon = entry.capEpsilon,
                let delta = entry.capDelta, (caps[name] == nil) == (entry.kind == .population),
                epsilon > Rational(0), epsilon <= Rational(1000), delta > Rational(0),
                delta < Rational(1)
            else { throw broken() }
            caps[name] = BudgetCap(epsilon: epsilon, delta: delta)
        case .reserve:
            guard let name = entry.population, let cap = caps[name], let id = entry.id,
                places[id] == nil, let rho = entry.rho, rho >= .zero,
                spent(name) + rho <= cap.rho
            else { throw broken() }
            places[id] = reservations.count
            sums[name] = spent(name) + rho
            reservations.append(
                Reservation(
                    id: id, sequence: entry.seq, population: name, release: entry.release ?? "",
                    recipient: entry.recipient ?? "", time: entry.time, rho: rho, outcome: .open))
        case .commit, .fail:
            guard let id = entry.id, let place = places[id],
                reservations[place].outcome == .open,
                (entry.consumedRho ?? .zero) <= reservations[place].rho
            else { throw broken() }
            reservations[place].outcome =
                entry.kind == .commit ? .committed : .failed(reason: entry.reason ?? "")
        }
    }
}
