// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// The way on with an old copy of a ledger whose newest copy is lost for good.
///
/// What was learnt through the lost entries stays learnt, so their charges are made anew. An anchor knows
/// their sum, because no noise is drawn before a charge is anchored. Without one, or where the ledger was
/// used without it or by other machines too, nobody knows, and each population is charged up to its cap: what is left then is a
/// decision of the owner, by `setCap`, on record.
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

    /// Charges what is missing, and lets the copy be the ledger from now on.
    ///
    /// - Parameters:
    ///   - path: The copy, in the ledger's place, or its URL; a file is made anew where there is none.
    ///   - anchorPath: The anchor, or `nil` where there is none.
    ///   - reason: Why, for the record.
    ///   - time: Now.
    /// - Returns: The charges.
    /// - Throws: `LedgerError`: `notFound` where nothing is lost.
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
        // A head that cannot be read is no witness; nor is it needed to charge all that is left.
        let known = (try? head.read()) ?? nil
        let record = try anchor?.newest()
        let outcome = try store.append(from: 1) { (rows) throws(LedgerError) in
            var replay = Replay(of: store.name)
            try replay.walk(rows)
            let extendsHead = (try? replay.requireExtending(known)) != nil
            guard !extendsHead || record.map({ !replay.extends($0) }) ?? false else {
                throw LedgerError(
                    .notFound,
                    "nothing is lost: \(store.name) continues its last known head"
                        + (anchor.map { " and its anchor \($0.path)" } ?? ""))
            }
            if let record, let own = replay.checkpoint?.origin, own != record.checkpoint.origin {
                throw Anchor.foreign(anchor?.path ?? "")
            }
            // The anchor speaks for the lost entries only if it knew as many as the head did; what other
            // machines have charged since, neither need know.
            let covers =
                !store.isShared
                && record.map { $0.checkpoint.size >= known?.sequence ?? 0 } ?? false
            let budgets = record?.budgets
            if let anchor, record != nil, budgets == nil { throw anchor.unreadable }
            let losses = Self.losses(in: replay.state, budgets: covers ? budgets : nil)
            var chained: [StoredEntry] = []
            var end = replay.head
            for entry in Self.entries(
                for: losses, after: replay, budgets: budgets, reason: reason, time: time)
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
            try anchor.append(record, isForced: true)
        }
        return outcome.0
    }

    private static func losses(in state: LedgerState, budgets: [AnchorRecord.Budget]?) -> [Loss] {
        if let budgets {
            return budgets.compactMap { budget in
                let spent = state.spent(budget.population)
                let rho = max(budget.cost.rho.value, spent.rho.value) - spent.rho.value
                let delta = max(budget.cost.delta, spent.delta) - spent.delta
                guard rho > 0 || delta > 0 else { return nil }
                return Loss(
                    population: budget.population, cost: PrivacyCost(Rho(rho), delta: delta),
                    isExact: true)
            }
        }
        return state.books.sorted { $0.key < $1.key }.compactMap { name, books in
            let rest = books.cap.remaining(after: books.total) ?? .zero
            guard rest > .zero else { return nil }
            return Loss(population: name, cost: PrivacyCost(rest), isExact: false)
        }
    }

    private static func entries(
        for losses: [Loss], after replay: Replay, budgets: [AnchorRecord.Budget]?, reason: String,
        time: Timestamp
    ) -> [Entry] {
        var entries: [Entry] = replay.head == .start ? [.genesis(time: time)] : []
        for loss in losses {
            if replay.state.cap(of: loss.population) == nil {
                var entry = Entry(.population, time: time)
                entry.population = loss.population
                entry.cap = budgets?.first { $0.population == loss.population }?.cap
                entries.append(entry)
            }
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
