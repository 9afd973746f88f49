// SPDX-License-Identifier: Apache-2.0

import Curation
import Governance
import Ledger
import Privacy

/// A charge with what the audit document says of it.
struct ReleaseCharge: ~Copyable {
    let facts: AuditBuilder.ReservationFacts
    let id: String
    let grant: PrivacyGrant
    let account: GrantAccount
}

/// A release's dealings with its ledger.
enum LedgerAccess {
    /// Opens the ledger that a release file names, or makes it.
    static func open(_ prepared: PreparedRelease) throws(ReleaseError) -> BudgetLedger {
        do {
            return try BudgetLedger(
                at: prepared.ledgerPlace.path, createIfMissing: true,
                anchor: prepared.ledgerPlace.anchor)
        } catch {
            throw ReleaseError(error)
        }
    }

    /// What the ledger that a release file names has on record, without making a ledger.
    static func current(_ prepared: PreparedRelease) throws(ReleaseError) -> LedgerState {
        do throws(LedgerError) {
            return try BudgetLedger(
                at: prepared.ledgerPlace.path, createIfMissing: false,
                anchor: prepared.ledgerPlace.anchor
            )
            .current()
        } catch {
            // The first release makes a file, and nothing in a database of others.
            guard error.kind == .notFound, !LedgerLocation.isURL(prepared.ledgerPlace.path) else {
                throw ReleaseError(error)
            }
            return LedgerState()
        }
    }

    /// The entries of the ledger that a release file names, a line each with its hash.
    static func entries(_ prepared: PreparedRelease) throws(ReleaseError) -> [String] {
        do {
            return try BudgetLedger(
                at: prepared.ledgerPlace.path, createIfMissing: false,
                anchor: prepared.ledgerPlace.anchor
            )
            .export()
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Where every limit on the release stands, that for life first, without making a ledger.
    static func standings(_ prepared: PreparedRelease) throws(ReleaseError) -> [BudgetStanding] {
        let state = try current(prepared)
        do throws(LedgerError) {
            return try state.standings(
                of: prepared.policy.population, cap: prepared.policy.cap,
                limits: prepared.policy.budget, releaseType: prepared.file.type,
                recipient: prepared.file.recipient.name, at: now)
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Charges the release.
    static func reserve(
        _ ledger: BudgetLedger, prepared: PreparedRelease, planSHA256: String
    ) throws(ReleaseError) -> ReleaseCharge {
        let file = prepared.file
        do {
            let charged = try ledger.reserve(
                ReservationRequest(
                    population: prepared.policy.population, cap: prepared.policy.cap,
                    limits: prepared.policy.budget, release: file.name, releaseType: file.type,
                    recipient: file.recipient.name, unit: prepared.unit, planSHA256: planSHA256,
                    cost: prepared.cost, epsilon: file.epsilon, delta: file.delta, time: now))
            let life = charged.facts.before[0]
            let after = life.spent + prepared.cost
            return ReleaseCharge(
                facts: AuditBuilder.ReservationFacts(
                    sequence: charged.facts.sequence, hash: charged.facts.hash,
                    shareBefore: share(life.spent.rho, of: life.cap.rho),
                    shareNow: share(prepared.rho, of: life.cap.rho),
                    lifetimeEpsilon: BudgetWords.epsilon(after, life.cap)),
                id: charged.facts.id, grant: charged.grant, account: charged.account)
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Notes why a charged release failed.
    ///
    /// What went wrong before is what the person must see, so a ledger that cannot even take the
    /// note adds nothing: the charge is on record already.
    static func fail(_ ledger: BudgetLedger, id: String, status: ExitStatus) {
        try? ledger.fail(id: id, reason: "\(status)", time: now)
    }

    /// Holds the receipts that an audit document lists to the books of the charge.
    ///
    /// A document that lists less than was drawn would be untrue, so nothing is published then.
    static func check(
        _ account: GrantAccount, against charges: [(part: Part, charge: Charge)]
    ) throws(ReleaseError) -> Settlement {
        func listed(_ part: Part) -> PrivacyCost {
            PrivacyCost.sum(charges.lazy.filter { $0.part == part }.map(\.charge.cost))
        }
        let settlement = account.settlement
        guard settlement.isSettled,
            settlement.consumed == listed(.training).inParallel(with: listed(.holdout))
        else {
            throw ReleaseError(
                .software,
                "budget: the receipts of this release do not add up to what its grants paid; the "
                    + "charge stays, nothing was published, please report this")
        }
        return settlement
    }

    /// What the archive says of the ledger: the release's own entry, and what commits to it.
    static func statement(
        _ ledger: BudgetLedger, id: String, key: SigningKey
    ) throws(ReleaseError) -> [Publishable] {
        let evidence: LedgerEvidence
        do {
            evidence = try ledger.evidence(of: id)
        } catch {
            throw ReleaseError(error)
        }
        return try LedgerStatement.files(evidence, key: key)
    }

    /// Notes that the archive exists.
    static func commit(
        _ ledger: BudgetLedger, id: String, sums: String, settlement: Settlement
    ) throws(ReleaseError) {
        do {
            try ledger.commit(
                id: id, sumsSHA256: sums, settlement: settlement, time: now)
        } catch {
            throw ReleaseError(error)
        }
    }

    /// The clock itself: a time that an environment variable fixes would pass by every window.
    static var now: Timestamp { Timestamp(seconds: Clock.now()) }

    private static func share(_ part: Rho, of cap: Rho) -> Double {
        guard cap > .zero else { return 1 }
        return min(1, Double(part.value / cap.value, rounding: .up))
    }
}

/// Amounts of budget in the words of plan and report.
enum BudgetWords {
    /// ε of a sum of charges at a cap's δ, rounded up to four digits.
    ///
    /// An amount within the cap never reads as more than the cap does, which is rounded down: it would
    /// otherwise seem to be passed by what keeps it.
    static func epsilon(_ sum: PrivacyCost, _ cap: BudgetCap) -> String {
        guard !sum.isZero else { return "0" }
        let rest = cap.delta - sum.delta
        guard rest > 0 else { return "unbounded" }
        let epsilon = ZeroConcentrated.epsilon(rho: sum.rho, delta: rest)
        let most = cap.epsilon.reading(rounded: .down)
        if cap.allows(sum), let limit = Rational(decimal: most),
            Rational(exactly: epsilon).map({ $0 > limit }) ?? true
        {
            return most
        }
        return reading(epsilon)
    }

    /// An ε that is rounded up already, to four digits.
    static func reading(_ epsilon: Double) -> String {
        Rational(exactly: epsilon)?.reading() ?? "unbounded"
    }

    /// An exact amount of a document, which is a text there, as people read it.
    static func reading(_ exact: String) -> String { Rational(exact)?.reading() ?? exact }

    /// ε or δ of a cap in a document, exact, as people read it: rounded down, so that no reading allows more
    /// than the cap does.
    static func cap(_ exact: String) -> String {
        Rational(exact)?.reading(rounded: .down) ?? exact
    }

    /// Why the same ρ is read as two ε, or nothing where it is not.
    ///
    /// - Parameters:
    ///   - delta: δ of the release, exact.
    ///   - capDelta: δ of the cap, exact.
    /// - Returns: Words in brackets after a space, or an empty text.
    static func footnote(delta: String, capDelta: String) -> String {
        guard let own = Rational(delta), let cap = Rational(capDelta), own != cap else { return "" }
        let (size, amount) = own < cap ? ("larger", "less") : ("smaller", "more")
        return "  (at the cap's δ, which is \(size), the same ρ is \(amount) ε)"
    }
}
