// SPDX-License-Identifier: Apache-2.0

extension BudgetLedger {
    /// The state of the ledger now, for a signature.
    ///
    /// - Returns: The checkpoint; `nil` for a ledger without entries.
    /// - Throws: `LedgerError`.
    public func checkpoint() throws(LedgerError) -> Checkpoint? {
        try look { $0.checkpoint }
    }

    /// A charge's entry with the proof that it is in the ledger as it is now.
    ///
    /// - Parameter id: The reservation.
    /// - Returns: The entry, a checkpoint, and the proof, which shows no other entry.
    /// - Throws: `LedgerError`: `notFound` where there is no such charge. Complexity: O(entries) hashes.
    public func evidence(of id: String) throws(LedgerError) -> LedgerEvidence {
        let (sequence, checkpoint, hashes) = try look {
            (replay) throws(LedgerError) -> (Int, Checkpoint, [MerkleHash]) in
            guard let sequence = replay.state.reservation(id)?.sequence,
                let checkpoint = replay.checkpoint
            else {
                throw LedgerError(
                    .notFound, "no such charge in \(name): '\(id)': see 'semblance ledger show'")
            }
            return (sequence, checkpoint, replay.tree.inclusionProof(of: sequence - 1))
        }
        guard let row = try store.rows(from: sequence).first, row.sequence == sequence else {
            throw LedgerError(.corrupt, "ledger corrupt: \(name): entry \(sequence) is gone")
        }
        return LedgerEvidence(
            entry: row.body, checkpoint: checkpoint,
            inclusion: InclusionProof(
                index: sequence - 1, size: checkpoint.size, hashes: hashes))
    }

    /// The proof that the ledger continues an earlier checkpoint of it.
    ///
    /// - Parameter older: The checkpoint.
    /// - Returns: The proof, to the state of now.
    /// - Throws: `LedgerError.corrupt` where it does not continue it.
    public func consistency(since older: Checkpoint) throws(LedgerError) -> ConsistencyProof {
        try look { (replay) throws(LedgerError) -> ConsistencyProof in
            guard let now = replay.checkpoint, older.size > 0, older.origin == now.origin,
                older.size <= now.size, replay.tree.root(ofFirst: older.size) == older.root
            else {
                throw LedgerError(
                    .corrupt,
                    "ledger does not continue the checkpoint: \(name): found other entries than the "
                        + "\(older.size) of \(older.origin); put the newest copy back")
            }
            return ConsistencyProof(
                from: older.size, to: now,
                hashes: replay.tree.consistencyProof(from: older.size))
        }
    }

    /// Notes the ledger's state in its anchor, where it has one; durable when this returns.
    ///
    /// - Throws: `LedgerError`: `corrupt` where the anchor knows entries that this ledger does not have.
    func anchorNow() throws(LedgerError) {
        guard let anchor else { return }
        try anchor.append { (known) throws(LedgerError) in
            // Looked at under the anchor's lock: what another writer of this ledger has anchored is here too.
            try look { (replay) throws(LedgerError) in
                guard let known else { return replay.record }
                if !replay.continues(known) { try replay.requireExtending(known, in: anchor) }
                return known.checkpoint.size < replay.head.sequence ? replay.record : nil
            }
        }
    }
}

extension Replay {
    /// The state that was walked to.
    var checkpoint: Checkpoint? {
        firstHash.map {
            Checkpoint(
                origin: Checkpoint.origin(firstHash: $0), size: head.sequence, root: tree.root)
        }
    }

    /// The state with what each population has spent.
    var record: AnchorRecord? {
        checkpoint.map { checkpoint in
            AnchorRecord(
                checkpoint: checkpoint, entry: head.hash,
                budgets: state.books.sorted { $0.key < $1.key }.map {
                    .init(population: $0.key, cap: $0.value.cap, cost: $0.value.total)
                })
        }
    }

    /// Whether the chain has the entry that an anchor remembers as the last: a quick look, for records that
    /// were held to their root before, or written since.
    func continues(_ record: AnchorRecord) -> Bool {
        guard record.checkpoint.origin == checkpoint?.origin, let head = record.head else {
            return false
        }
        return (try? requireExtending(head)) != nil
    }

    /// Whether the chain continues what an anchor remembers.
    func extends(_ record: AnchorRecord) -> Bool {
        let known = record.checkpoint
        return known.origin == checkpoint?.origin && known.size <= head.sequence
            && tree.root(ofFirst: known.size) == known.root
    }

    /// Refuses a chain that does not continue what an anchor remembers.
    func requireExtending(_ record: AnchorRecord, in anchor: Anchor) throws(LedgerError) {
        if let own = checkpoint?.origin, own != record.checkpoint.origin {
            throw Anchor.foreign(anchor.path)
        }
        guard extends(record) else {
            throw LedgerError(
                .corrupt,
                "ledger rolled back: \(name): found \(head.sequence) entries that do not continue the "
                    + "\(record.checkpoint.size) that its anchor \(anchor.path) knows; put the newest copy "
                    + "back, or, if it is lost for good, charge what is missing with "
                    + "'semblance ledger reconcile \(name) --anchor \(anchor.path) --accept-loss'")
        }
    }
}
