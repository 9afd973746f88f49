// SPDX-License-Identifier: Apache-2.0

import Privacy

/// What is left of a lost ledger beside the copy: its last known head, and its anchor.
struct LossWitness {
    /// The head; `nil` where none can be read.
    let head: ChainHead?
    /// Whether a head file is there that cannot be read.
    private let isHeadDamaged: Bool
    /// What the anchor remembers, oldest first.
    private let records: [AnchorRecord]
    /// The newest of them.
    let newest: AnchorRecord?
    /// What each population had spent then; empty where there is no anchor.
    let budgets: [AnchorRecord.Budget]

    /// Reads both.
    ///
    /// - Throws: `LedgerError` where the anchor cannot be read. A head that cannot be read is no witness; nor
    ///   is it needed to charge all that is left.
    init(head file: HeadFile, anchor: Anchor?) throws(LedgerError) {
        do throws(LedgerError) {
            head = try file.read()
            isHeadDamaged = false
        } catch {
            head = nil
            isHeadDamaged = true
        }
        newest = try anchor?.newest()
        records = try anchor?.records() ?? []
        guard let anchor, let newest else {
            budgets = []
            return
        }
        guard let known = newest.budgets else { throw anchor.unreadable }
        budgets = known
    }

    /// What the anchor knows of a population.
    func budget(of population: String) -> AnchorRecord.Budget? {
        budgets.first { $0.population == population }
    }

    /// Whether a copy has all that both know.
    func isExtended(by replay: Replay) -> Bool {
        (try? replay.requireExtending(head)) != nil
            && newest.map { replay.extends($0) } ?? true
    }

    /// Whether the anchor knows every lost entry that the head knows.
    ///
    /// The head may be the end of a second copy that was used without the anchor, so its number alone says
    /// nothing: it has to be an entry of the copy, or the very one that a record of the anchor ended with.
    func covers(_ replay: Replay) -> Bool {
        guard newest != nil, !isHeadDamaged else { return false }
        if let head {
            if (try? replay.requireExtending(head)) != nil { return true }
            guard records.contains(where: { $0.head == head }) else { return false }
        }
        // Nobody knows where the copy ended: it must not have gone on without the anchor.
        return replay.head.sequence <= extended(by: replay)?.checkpoint.size ?? 0
    }

    /// What the anchor knows of a population beyond what the copy shares with it.
    ///
    /// What the copy was charged after the two parted is none of it: both were spent.
    func missing(of population: String, in replay: Replay) -> PrivacyCost {
        guard let known = budget(of: population)?.cost else { return .zero }
        let shared =
            extended(by: replay)?.budgets?.first { $0.population == population }?.cost ?? .zero
        return known.covers(shared) ? known - shared : known
    }

    /// The newest record that the copy continues.
    private func extended(by replay: Replay) -> AnchorRecord? {
        records.last { replay.extends($0) && $0.budgets != nil }
    }
}
