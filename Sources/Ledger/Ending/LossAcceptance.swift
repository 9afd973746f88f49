// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// The way on with an old copy of a ledger whose newest copy is lost for good.
///
/// What was learnt through the lost entries stays learnt, so their charges are made anew. An anchor knows
/// their sum, because no noise is drawn before a charge is anchored. Without one, or where the ledger was
/// used without it or by other machines too, nobody knows, and each population that copy or anchor know is
/// charged up to its cap: what is left then is a decision of the owner, by `setCap`, on record. Where they
/// know none, nothing is accepted.
public enum LossAcceptance {
    /// What was charged for a population.
    public struct Loss: Sendable, Hashable {
        /// The population.
        public let population: String
        /// The charge.
        public let cost: PrivacyCost
        /// Whether it is exact, or the whole rest of the cap.
        public let isExact: Bool
    }

    /// What to do where only the head file beside a ledger knows of entries that the ledger lacks.
    ///
    /// - Parameter name: The ledger.
    /// - Returns: The end of a message.
    static func advice(for name: String) -> String {
        "put the newest copy back, or, if it is lost for good, charge what is missing with "
            + "'semblance ledger reconcile \(name) --accept-loss', and --anchor where there is one"
    }

    /// Charges what is missing, and lets the copy be the ledger from now on.
    ///
    /// A loss counts for life, in every window, and under the limit of every type of release and of every
    /// recipient, because nobody knows whose the lost releases were. Caps that the anchor knows to be lower
    /// than the copy's are lowered.
    ///
    /// - Parameters:
    ///   - path: The copy, in the ledger's place, or its URL; a file is made anew where there is none.
    ///   - anchorPath: The anchor, or `nil` where there is none.
    ///   - reason: Why, for the record.
    ///   - time: Now.
    /// - Returns: The charges.
    /// - Throws: `LedgerError`: `notFound` where nothing is lost; `corrupt` where neither copy nor anchor
    ///   know a population to charge.
    public static func accept(
        at path: String, anchor anchorPath: String?, reason: String, time: Timestamp
    ) throws(LedgerError) -> [Loss] {
        let location = try LedgerLocation(path)
        let head = HeadFile(path: location.headFile)
        let anchor = anchorPath.map { Anchor(path: $0) }
        let known = (try? head.read()) ?? nil
        let record = try anchor?.newest()
        let store = try location.store(
            createIfMissing: known != nil || record != nil, wasKnown: false, patience: 10)
        return try accept(over: store, head: head, anchor: anchor, reason: reason, time: time)
    }

    /// The same over a store, whatever database that is.
    static func accept(
        over store: any LedgerStore, head: HeadFile, anchor: Anchor?, reason: String,
        time: Timestamp
    ) throws(LedgerError) -> [Loss] {
        let witness = try LossWitness(head: head, anchor: anchor)
        let outcome = try store.append(from: 1) { (rows) throws(LedgerError) in
            var replay = Replay(of: store.name)
            try replay.walk(rows)
            guard !witness.isExtended(by: replay) else {
                throw LedgerError(
                    .notFound,
                    "nothing is lost: \(store.name) continues its last known head"
                        + (anchor.map { " and its anchor \($0.path)" } ?? ""))
            }
            if let origin = witness.newest?.checkpoint.origin, let own = replay.checkpoint?.origin,
                own != origin
            {
                throw Anchor.foreign(anchor?.path ?? "")
            }
            let isCovered = !store.isShared && witness.covers(replay)
            let names = Set(replay.state.populations).union(witness.budgets.map(\.population))
            guard isCovered || !names.isEmpty else {
                throw LedgerError(
                    .corrupt,
                    "loss not accepted: \(store.name): entries are lost, and nothing that is left knows a "
                        + "population to charge for them; put back any copy of the ledger that has charges, or "
                        + "name its anchor with --anchor")
            }
            let losses = names.sorted().compactMap {
                Self.loss(of: $0, in: replay, witness: witness, isCovered: isCovered)
            }
            var chained: [StoredEntry] = []
            var end = replay.head
            for entry in Self.entries(
                for: losses, after: replay, witness: witness, reason: reason, time: time)
            {
                let row = entry.following(end)
                end = ChainHead(sequence: row.sequence, hash: row.hash)
                try replay.follow(row)
                chained.append(row)
            }
            return (chained, (losses, replay.head, replay.record))
        }.result
        try head.replace(by: outcome.1)
        if let anchor, var record = outcome.2 {
            record.acceptLoss()
            // Of a shorter ledger than what is there, and on purpose.
            try anchor.append { _ in record }
        }
        return outcome.0
    }

    private static func loss(
        of population: String, in replay: Replay, witness: LossWitness, isCovered: Bool
    ) -> Loss? {
        let missing = witness.missing(of: population, in: replay)
        if isCovered {
            guard !missing.isZero else { return nil }
            return Loss(population: population, cost: missing, isExact: true)
        }
        let caps = [
            replay.state.cap(of: population), witness.budget(of: population)?.cap,
        ].compactMap { $0 }
        // The largest rest: a cap that is raised again later starts from there.
        let rest =
            caps.compactMap { $0.remaining(after: replay.state.spent(population)) }.max() ?? .zero
        let cost = PrivacyCost(rest).inParallel(with: missing)
        guard !cost.isZero else { return nil }
        return Loss(population: population, cost: cost, isExact: false)
    }

    private static func entries(
        for losses: [Loss], after replay: Replay, witness: LossWitness, reason: String,
        time: Timestamp
    ) -> [Entry] {
        var entries: [Entry] = replay.head == .start ? [.genesis(time: time)] : []
        for budget in witness.budgets {
            let own = replay.state.cap(of: budget.population)
            guard own.map({ $0.isAbove(budget.cap) }) ?? true else { continue }
            var entry = Entry(own == nil ? .population : .capChange, time: time)
            entry.population = budget.population
            entry.cap = budget.cap
            entry.reason = reason
            entries.append(entry)
        }
        for loss in losses {
            var entry = Entry(.loss, time: time)
            entry.population = loss.population
            entry.id = Entry.randomHex()
            entry.cost = loss.cost
            entry.reason = reason
            entries.append(entry)
        }
        return entries
    }
}
