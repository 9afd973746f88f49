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
                at: prepared.file.resolve(prepared.file.ledger), createIfMissing: true)
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Where the budget stands, without making a ledger.
    static func standing(_ prepared: PreparedRelease) throws(ReleaseError) -> BudgetStanding {
        do throws(LedgerError) {
            let path = prepared.file.resolve(prepared.file.ledger)
            return try BudgetLedger(at: path, createIfMissing: false)
                .standing(of: prepared.policy.population, policyCap: prepared.cap)
        } catch {
            guard error.kind == .notFound else { throw ReleaseError(error) }
            return .untouched(prepared.cap)
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
                    population: prepared.policy.population, cap: prepared.cap, release: file.name,
                    recipient: file.recipient.name, planSHA256: planSHA256, rho: prepared.rho,
                    epsilon: file.epsilon, delta: file.delta, time: now))
            let before = charged.facts.before
            let cap = before.cap.rho
            let after = before.spent + prepared.rho
            return ReleaseCharge(
                facts: AuditBuilder.ReservationFacts(
                    sequence: charged.facts.sequence, hash: charged.facts.hash,
                    shareBefore: share(before.spent, of: cap),
                    shareNow: share(prepared.rho, of: cap),
                    lifetimeEpsilon: BudgetWords.epsilon(after, before.cap)),
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
            charges.filter { $0.part == part }.reduce(.zero) { $0 + $1.charge.cost }
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

    /// Notes that the archive exists.
    static func commit(
        _ ledger: BudgetLedger, id: String, sums: String, settlement: Settlement
    ) throws(ReleaseError) {
        do {
            try ledger.commit(
                id: id, sumsSHA256: sums, consumed: settlement.consumed.rho, time: now)
        } catch {
            throw ReleaseError(error)
        }
    }

    private static var now: String { Clock.timestamp(Clock.seconds()) }

    private static func share(_ part: Rho, of cap: Rho) -> Double {
        guard cap > .zero else { return 1 }
        return min(1, Double(part.value / cap.value, rounding: .up))
    }
}

/// Amounts of budget in the words of plan and report.
enum BudgetWords {
    /// ε of an amount of ρ at a cap's δ, rounded up to three digits.
    ///
    /// An amount within the cap never reads as more than the cap's own ε, which the conversion to ρ
    /// and back would pass by its roundings.
    static func epsilon(_ rho: Rho, _ cap: BudgetCap) -> String {
        guard rho > .zero else { return "0" }
        let epsilon = ZeroConcentrated.epsilon(rho: rho, delta: cap.delta)
        if rho <= cap.rho, epsilon >= Double(cap.epsilon, rounding: .down) {
            return cap.epsilon.description
        }
        return formatted((epsilon * 1000).rounded(.up) / 1000, digits: 3)
    }
}
