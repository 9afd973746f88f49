// SPDX-License-Identifier: Apache-2.0

/// Privacy budget as a value that exists once: minted by the ledger, divided, and spent on one mechanism.
///
/// The type is not copyable, so spending twice does not compile, and only a mechanism of this module can
/// spend: it consumes the grant, checks its own true cost against it, and then draws. A grant that goes out
/// of scope without being spent or burnt is reported to its account.
public struct PrivacyGrant: ~Copyable, Sendable {
    /// Which records a grant pays for.
    public enum Scope: Sendable, Hashable {
        /// Queries on any record: the budget was not divided between disjoint parts.
        case all
        /// Queries on one of the two disjoint parts only.
        case training, holdout
    }

    /// The budget this grant still holds.
    public private(set) var cost: PrivacyCost
    /// Which records it pays for.
    public let scope: Scope
    private let account: GrantAccount
    private var isSettled = false

    /// Only an account mints.
    init(cost: PrivacyCost, scope: Scope, account: GrantAccount) {
        self.cost = cost
        self.scope = scope
        self.account = account
    }

    deinit {
        if !isSettled && !cost.isZero { account.enter(lost: cost) }
    }

    /// The zCDP part of the budget this grant still holds.
    public var rho: Rho { cost.rho }

    /// Moves part of the budget into a grant of its own.
    ///
    /// - Parameter part: At most what this grant holds.
    /// - Returns: A grant of exactly `part`; this one keeps the rest.
    /// - Throws: `GrantError.overdrawn`, and this grant stays as it was.
    public mutating func take(_ part: PrivacyCost) throws(GrantError) -> PrivacyGrant {
        guard cost.covers(part) else { throw .overdrawn(asked: part, held: cost) }
        cost = cost - part
        return PrivacyGrant(cost: part, scope: scope, account: account)
    }

    /// Moves part of the zCDP budget into a grant of its own, which has no δ.
    ///
    /// - Parameter rho: At most what this grant holds.
    /// - Returns: A grant of exactly `rho`; this one keeps the rest.
    /// - Throws: `GrantError.overdrawn`, and this grant stays as it was.
    public mutating func take(_ rho: Rho) throws(GrantError) -> PrivacyGrant {
        try take(PrivacyCost(rho))
    }

    /// Moves a share of the zCDP budget that this grant holds now into a grant of its own, without δ.
    ///
    /// - Parameter share: From 0 to 1; taking 1/3, then 1/2, then 1 divides in three equal parts.
    /// - Returns: A grant of exactly share·ρ; this one keeps the rest.
    /// - Throws: `GrantError.shareOutOfRange`, and this grant stays as it was.
    public mutating func take(share: Rational) throws(GrantError) -> PrivacyGrant {
        guard share >= 0, share <= 1 else { throw .shareOutOfRange(share) }
        return try take(rho.scaled(by: share))
    }

    /// Turns the budget into the same budget on each of the two disjoint parts of the records.
    ///
    /// Sound only because every privacy unit lies wholly in one part, by a rule that looks at no other
    /// unit: then the larger loss counts, not the sum (McSherry 2009, Theorem 4). δ is parallel for the
    /// same reason: neighbours differ in one part, and the other's output has one distribution. A part is
    /// not divided again: that stops the program, as would a query on the other part's records.
    ///
    /// - Returns: Two grants of this grant's budget, one for each part.
    public consuming func inParallel() -> ParallelGrants {
        precondition(scope == .all, "a grant is divided between parts once")
        isSettled = true
        let parts = account.divide(cost)
        return ParallelGrants(
            training: parts.training.mintOnce(for: .training),
            holdout: parts.holdout.mintOnce(for: .holdout))
    }

    /// Pays for one mechanism, which draws next.
    ///
    /// The grant is gone afterwards, whatever it held. The exact cost of the noise really drawn may be a
    /// little below the grant, because noise parameters are rounded to the safe side; that difference
    /// stays charged and buys nothing.
    ///
    /// - Parameter mechanism: The mechanism about to run, with its true parameters.
    /// - Returns: The receipt that belongs beside the mechanism's output.
    /// - Throws: `GrantError.overdrawn` when the mechanism costs more than the grant holds; the grant is
    ///   then reported as lost.
    consuming func spend(_ mechanism: Mechanism) throws(GrantError) -> Charge {
        let price = mechanism.cost
        guard cost.covers(price) else { throw .overdrawn(asked: price, held: cost) }
        isSettled = true
        account.enter(consumed: price, of: cost)
        return Charge(mechanism: mechanism, cost: price, granted: cost)
    }

    /// Gives the budget up on purpose, without a report.
    public consuming func burn() {
        isSettled = true
        account.enter(forgone: cost)
    }
}

/// One grant for each disjoint part of the records; see `PrivacyGrant.inParallel()`.
@frozen
public struct ParallelGrants: ~Copyable, Sendable {
    /// Pays for queries on the part that a model may learn from.
    public var training: PrivacyGrant
    /// Pays for queries on the part that no model has seen.
    public var holdout: PrivacyGrant
}
