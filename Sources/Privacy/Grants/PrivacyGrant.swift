// SPDX-License-Identifier: Apache-2.0

/// Privacy budget as a value that exists once: minted by the ledger, divided, and spent on one mechanism.
///
/// The type is not copyable, so spending twice does not compile. A grant that goes out of scope without
/// being spent or burnt is reported to its monitor.
public struct PrivacyGrant: ~Copyable, Sendable {
    /// The zCDP budget this grant still holds.
    public private(set) var rho: Rho
    private let monitor: SpendMonitor
    private var isSettled = false

    /// Creates budget.
    ///
    /// Only the ledger may, after the charge has reached the disk.
    ///
    /// - Parameters:
    ///   - rho: The budget that was charged.
    ///   - monitor: Told of whatever part of the grant dies unspent.
    @_spi(Minting) public init(minting rho: Rho, monitor: SpendMonitor) {
        self.rho = rho
        self.monitor = monitor
    }

    deinit {
        if !isSettled && rho > .zero { monitor.record(unspent: rho) }
    }

    /// Moves part of the budget into a grant of its own.
    ///
    /// - Parameter part: At most what this grant holds.
    /// - Returns: A grant of exactly `part`; this one keeps the rest.
    /// - Throws: `GrantError.overdrawn`, and this grant stays as it was.
    public mutating func take(_ part: Rho) throws(GrantError) -> PrivacyGrant {
        guard part <= rho else { throw .overdrawn(asked: part, held: rho) }
        rho = rho - part
        return PrivacyGrant(minting: part, monitor: monitor)
    }

    /// Moves a share of what this grant holds now into a grant of its own.
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
    /// unit: then the larger loss counts, not the sum (McSherry 2009, Theorem 4).
    ///
    /// - Returns: Two grants of this grant's ρ, one for each part.
    public consuming func inParallel() -> ParallelGrants {
        isSettled = true
        return ParallelGrants(
            training: PrivacyGrant(minting: rho, monitor: monitor),
            holdout: PrivacyGrant(minting: rho, monitor: monitor))
    }

    /// Pays for one mechanism.
    ///
    /// The grant is gone afterwards, whatever it held.
    ///
    /// The exact cost of the noise really drawn may be a little below the grant, because noise parameters
    /// are rounded to the safe side; that difference stays charged and buys nothing.
    ///
    /// - Parameter mechanism: The mechanism about to run, with its true parameters.
    /// - Returns: The receipt that belongs beside the mechanism's output.
    /// - Throws: `GrantError.overdrawn` when the mechanism costs more than the grant holds; the grant is
    ///   then reported as unspent.
    public consuming func spend(_ mechanism: Mechanism) throws(GrantError) -> Charge {
        let cost = mechanism.rho
        guard cost <= rho else { throw .overdrawn(asked: cost, held: rho) }
        isSettled = true
        return Charge(mechanism: mechanism, rho: cost, granted: rho)
    }

    /// Gives the budget up on purpose, without a report.
    public consuming func burn() {
        isSettled = true
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
