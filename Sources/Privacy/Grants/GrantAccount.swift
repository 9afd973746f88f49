// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The books of one reservation: where every part of the budget that the ledger charged went.
///
/// A ledger opens one account a reservation and mints one grant from it. Whatever becomes of that grant and
/// of all that is split off it is entered here, exactly, so that at the end
/// `reserved = consumed + forgone + lost`, and the ledger can hold the release to it. Nothing is ever given
/// back: the charge is on disk already.
public final class GrantAccount: Sendable {
    private struct Books {
        var isMinted = false
        var consumed = CostSum()
        var forgone = CostSum()
        var lost = PrivacyCost.zero
        var lostGrants = 0
        /// What was turned into grants on disjoint parts, and the books of the two parts.
        var divided: [(cost: PrivacyCost, training: GrantAccount, holdout: GrantAccount)] = []
    }

    /// What was charged before this account was opened.
    public let reserved: PrivacyCost
    private let books = Mutex(Books())

    /// Opens the books of a charge.
    ///
    /// Only a ledger may, after the charge has reached the disk.
    ///
    /// - Parameter reserved: What was charged.
    @_spi(Minting) public init(reserving reserved: PrivacyCost) { self.reserved = reserved }

    /// Opens the books of a part of a charge.
    init(part reserved: PrivacyCost) { self.reserved = reserved }

    /// The one grant of this account, over all that was reserved.
    ///
    /// - Returns: The grant; asking a second time stops the program, as it would double the budget.
    @_spi(Minting) public func mint() -> PrivacyGrant { mintOnce(for: .all) }

    func mintOnce(for scope: PrivacyGrant.Scope) -> PrivacyGrant {
        books.withLock { books in
            precondition(!books.isMinted, "a reservation mints one grant")
            books.isMinted = true
        }
        return PrivacyGrant(cost: reserved, scope: scope, account: self)
    }

    /// Where the budget went so far.
    ///
    /// Of disjoint parts of the records the larger cost counts, in ρ and in δ.
    public var settlement: Settlement {
        // No lock is held while the parts are asked, so accounts cannot wait for each other.
        let books = books.withLock { $0 }
        var consumed = books.consumed.total
        var lost = books.lost
        var lostGrants = books.lostGrants
        var outstanding = reserved - consumed - books.forgone.total - books.lost
        for part in books.divided {
            let training = part.training.settlement
            let holdout = part.holdout.settlement
            consumed += training.consumed.inParallel(with: holdout.consumed)
            lost += training.lost.inParallel(with: holdout.lost)
            lostGrants += training.lostGrants + holdout.lostGrants
            outstanding =
                outstanding - part.cost
                + training.outstanding.inParallel(with: holdout.outstanding)
        }
        // A grant without budget cannot be told from one that is gone, so an unminted account of zero is settled.
        return Settlement(
            reserved: reserved, consumed: consumed, lost: lost, lostGrants: lostGrants,
            outstanding: outstanding)
    }

    /// Enters a mechanism's cost and what its grant held beyond it.
    func enter(consumed: PrivacyCost, of granted: PrivacyCost) {
        books.withLock { books in
            books.consumed.add(consumed)
            books.forgone.add(granted - consumed)
        }
    }

    /// Enters budget that was given up on purpose.
    func enter(forgone: PrivacyCost) {
        books.withLock { $0.forgone.add(forgone) }
    }

    /// Enters a grant that died without being spent or burnt.
    func enter(lost: PrivacyCost) {
        books.withLock { books in
            books.lost += lost
            books.lostGrants += 1
        }
    }

    /// Opens the books of the two disjoint parts that a grant is turned into.
    func divide(_ cost: PrivacyCost) -> (training: GrantAccount, holdout: GrantAccount) {
        let parts = (training: GrantAccount(part: cost), holdout: GrantAccount(part: cost))
        books.withLock { $0.divided.append((cost, parts.training, parts.holdout)) }
        return parts
    }
}

/// Where the budget of a reservation went.
public struct Settlement: Sendable, Hashable {
    /// What the ledger charged.
    public let reserved: PrivacyCost
    /// The exact cost of all noise that was drawn.
    public let consumed: PrivacyCost
    /// What died in grants that were neither spent nor burnt: a fault of the program, not of privacy.
    public let lost: PrivacyCost
    /// The number of such grants.
    public let lostGrants: Int
    /// What grants still hold; noise may yet be drawn against it.
    public let outstanding: PrivacyCost

    /// Whether no grant is left that could be spent.
    public var isSettled: Bool { outstanding.isZero }

    /// What was reserved and bought nothing: roundings, steps that were not needed, and what was lost.
    ///
    /// It stays charged.
    public var forgone: PrivacyCost { reserved - consumed - outstanding }
}
