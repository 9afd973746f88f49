// SPDX-License-Identifier: Apache-2.0

import Privacy

extension LedgerState {
    /// Where every limit on a charge stands, that for life first.
    ///
    /// - Parameters:
    ///   - population: The population.
    ///   - cap: The cap for life that the policy names; `nil` to take the ledger's.
    ///   - limits: What the policy allows beside it; `nil` for what it last allowed.
    ///   - releaseType: The type of release; `nil` for none.
    ///   - recipient: The recipient; `nil` for none.
    ///   - time: The time of the charge.
    /// - Returns: The limits that apply, each with what counts against it.
    /// - Throws: `LedgerError.capConflict` when the policy would raise the ledger's cap, `notFound` where
    ///   the ledger knows other populations and not this one, or neither ledger nor policy knows a cap.
    public func standings(
        of population: String, cap: BudgetCap? = nil, limits: PolicyLimits? = nil,
        releaseType: String? = nil, recipient: String? = nil, at time: Timestamp
    ) throws(LedgerError) -> [BudgetStanding] {
        let known = books[population]
        guard known != nil || books.isEmpty else { throw stranger(population) }
        if let cap, let known, cap.isAbove(known.cap) {
            throw LedgerError(
                .capConflict,
                "cap conflict: population \(population): the policy's cap \(cap) is above the ledger's "
                    + "\(known.cap); raise it on purpose with 'semblance ledger set-cap'")
        }
        guard let life = cap ?? known?.cap else {
            throw LedgerError(
                .notFound,
                "no such population: '\(population)': the ledger knows none; charge it with a policy"
            )
        }
        let limits = limits ?? known?.limits ?? .none
        var standings = [
            BudgetStanding(limit: .life, cap: life, spent: known?.total ?? .zero)
        ]
        standings += limits.windows.map {
            BudgetStanding(
                limit: .window(days: $0.days), cap: $0.cap,
                spent: known?.spent(within: $0.days, around: time, latest: latest) ?? .zero)
        }
        if let releaseType, let cap = limits.releaseTypes[releaseType] {
            standings.append(
                BudgetStanding(
                    limit: .releaseType(releaseType), cap: cap,
                    spent: known?.spent(ofType: releaseType) ?? .zero))
        }
        if let recipient, let cap = limits.cap(ofRecipient: recipient) {
            standings.append(
                BudgetStanding(
                    limit: .recipient(recipient), cap: cap,
                    spent: known?.spent(ofRecipient: recipient) ?? .zero))
        }
        return standings
    }

    /// Refuses a population that only a policy knows: a name that was mistyped or changed would be a second
    /// budget for the same people.
    private func stranger(_ population: String) -> LedgerError {
        LedgerError(
            .notFound,
            "no such population: '\(population)': expected one of "
                + populations.joined(separator: ", ")
                + "; if these are other people, none of whom is in those, say so on record with "
                + "'semblance ledger add-population'")
    }

    /// Where the limits stand that a population has, whatever release comes next: for life, by window, and
    /// of every type and recipient that has a limit.
    ///
    /// - Parameters:
    ///   - population: A population that the ledger knows.
    ///   - time: Now.
    /// - Returns: The limits, each with what counts against it.
    /// - Throws: `LedgerError.notFound` for an unknown population.
    public func allStandings(
        of population: String, at time: Timestamp
    ) throws(LedgerError) -> [BudgetStanding] {
        var standings = try standings(of: population, at: time)
        guard let books = books[population] else { return standings }
        for (name, cap) in books.limits.releaseTypes.sorted(by: { $0.key < $1.key }) {
            standings.append(
                BudgetStanding(
                    limit: .releaseType(name), cap: cap, spent: books.spent(ofType: name)))
        }
        for name in Set(books.limits.recipients.keys).union(books.byRecipient.keys).sorted() {
            guard let cap = books.limits.cap(ofRecipient: name) else { continue }
            standings.append(
                BudgetStanding(
                    limit: .recipient(name), cap: cap, spent: books.spent(ofRecipient: name)))
        }
        return standings
    }
}
