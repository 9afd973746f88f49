// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@_spi(Minting) @testable import Privacy

@Suite("Privacy grants")
struct GrantTests {
    private func rho(_ decimal: String) throws -> Rho { Rho(try #require(Rational(decimal))) }

    @Test("taking more than a grant holds is refused and changes nothing")
    func overdraw() throws {
        let account = GrantAccount(reserving: PrivacyCost(try rho("0.1")))
        var grant = account.mint()
        for part in ["0.04", "0.05"] {
            let taken = try grant.take(try rho(part))
            #expect(taken.rho == (try rho(part)))
            taken.burn()
        }
        var refusal: GrantError?
        do {
            let part = try grant.take(try rho("0.010000000000000001"))
            part.burn()
        } catch let error as GrantError {
            refusal = error
        }
        #expect(
            refusal
                == .overdrawn(
                    asked: PrivacyCost(try rho("0.010000000000000001")),
                    held: PrivacyCost(try rho("0.01"))))
        #expect(grant.rho == (try rho("0.01")))
        let last = try grant.take(try rho("0.01"))
        #expect(last.rho == (try rho("0.01")))
        #expect(grant.rho == .zero)
        last.burn()
        grant.burn()
        let settlement = account.settlement
        #expect(settlement.isSettled)
        #expect(settlement.lostGrants == 0)
        #expect(settlement.forgone == PrivacyCost(try rho("0.1")))
    }

    @Test("shares divide a grant exactly, thirds too")
    func shares() throws {
        var grant = GrantAccount(reserving: PrivacyCost(try rho("0.1"))).mint()
        let first = try grant.take(share: Rational(numerator: 1, denominator: 3))
        let second = try grant.take(share: Rational(numerator: 1, denominator: 2))
        let third = try grant.take(share: 1)
        let expected = Rho(Rational(numerator: 1, denominator: 30))
        #expect(first.rho == expected)
        #expect(second.rho == expected)
        #expect(third.rho == expected)
        #expect(grant.rho == .zero)
        first.burn()
        second.burn()
        third.burn()
        grant.burn()
    }

    @Test(
        "a share below zero or above one is refused",
        arguments: [-1, 2, Rational(numerator: 1_000_001, denominator: 1_000_000)])
    func badShares(share: Rational) {
        var grant = GrantAccount(reserving: PrivacyCost(Rho(1))).mint()
        var refusal: GrantError?
        do {
            let part = try grant.take(share: share)
            part.burn()
        } catch { refusal = error }
        #expect(refusal == .shareOutOfRange(share))
        #expect(grant.rho == Rho(1))
        grant.burn()
    }

    @Test(
        "disjoint parts of the records each get the whole budget, and the larger of the two counts")
    func parallel() throws {
        let account = GrantAccount(
            reserving: PrivacyCost(try rho("0.2"), delta: Rational(numerator: 1, denominator: 9)))
        let parts = account.mint().inParallel()
        #expect(parts.training.rho == (try rho("0.2")))
        #expect(parts.holdout.rho == (try rho("0.2")))
        #expect(parts.holdout.cost.delta == Rational(numerator: 1, denominator: 9))
        #expect(account.settlement.outstanding == account.reserved)
        try Self.use(parts)
        let settlement = account.settlement
        #expect(settlement.isSettled)
        #expect(settlement.consumed == PrivacyCost(try rho("0.125")))
        #expect(settlement.lostGrants == 1)
        #expect(settlement.lost.rho == (try rho("0.075")))
    }

    /// Spends 1/8 of the training part and drops the rest of it; spends 1/18 of the other and burns the rest.
    private static func use(_ parts: consuming ParallelGrants) throws {
        var training = parts.training
        var holdout = parts.holdout
        _ = try training.take(Rho(Rational(numerator: 1, denominator: 8)))
            .spend(.laplace(scale: 2, sensitivity: 1, cells: 1, count: 1))
        _ = try holdout.take(Rho(Rational(numerator: 1, denominator: 18)))
            .spend(.laplace(scale: 3, sensitivity: 1, cells: 1, count: 1))
        holdout.burn()
    }

    @Test("a mechanism that costs more than the grant is refused, however little more")
    func expensive() throws {
        let mechanism = Mechanism.gaussian(sigma2: 100, sensitivity: 1, cells: 10, count: 20)
        #expect(mechanism.rho == (try rho("0.1")))
        let held = try rho("0.0999999999999999999999999")
        let account = GrantAccount(reserving: PrivacyCost(held))
        let grant = account.mint()
        var refusal: GrantError?
        do { _ = try grant.spend(mechanism) } catch { refusal = error }
        #expect(refusal == .overdrawn(asked: mechanism.cost, held: PrivacyCost(held)))
        // Charged on disk and of no use: the books have to say so.
        #expect(account.settlement.lost == PrivacyCost(held))
        #expect(account.settlement.lostGrants == 1)
    }

    @Test("a spent grant leaves a receipt with the true cost and nothing unspent")
    func spending() throws {
        let mechanism = Mechanism.gaussian(sigma2: 100, sensitivity: 3, cells: 10, count: 1)
        let account = GrantAccount(reserving: PrivacyCost(try rho("0.05")))
        let charge = try account.mint().spend(mechanism)
        #expect(charge.rho == (try rho("0.045")))
        #expect(charge.granted == PrivacyCost(try rho("0.05")))
        #expect(charge.mechanism == mechanism)
        #expect(account.settlement.consumed == charge.cost)
        #expect(account.settlement.forgone == PrivacyCost(try rho("0.005")))
        #expect(account.settlement.lostGrants == 0)
        let kept = try JSONEncoder().encode(charge)
        #expect(try JSONDecoder().decode(Charge.self, from: kept) == charge)
    }

    @Test("a grant of exactly the cost pays")
    func exactCost() throws {
        let plan = try GaussianPlan(sensitivity: 7, rho: try rho("0.0123"))
        let charge = try GrantAccount(reserving: PrivacyCost(plan.cost)).mint()
            .spend(plan.mechanism(cells: 5))
        #expect(charge.cost == charge.granted)
    }

    @Test("a grant that is dropped is counted; a burnt or an empty one is not")
    func dropped() throws {
        let account = GrantAccount(reserving: PrivacyCost(Rho(3)))
        do {
            var grant = account.mint()
            let part = try grant.take(Rho(1))
            part.burn()
        }
        #expect(account.settlement.lost == PrivacyCost(Rho(2)))
        #expect(account.settlement.lostGrants == 1)
        #expect(account.settlement.forgone == PrivacyCost(Rho(3)))
        let empty = GrantAccount(reserving: .zero)
        do { _ = empty.mint() }
        #expect(empty.settlement.lostGrants == 0)
        #expect(empty.settlement.isSettled)
    }

    @Test("what is held but neither spent nor burnt is outstanding")
    func outstanding() throws {
        let account = GrantAccount(reserving: PrivacyCost(Rho(3)))
        #expect(account.settlement.outstanding == account.reserved)
        var grant = account.mint()
        let part = try grant.take(Rho(1))
        grant.burn()
        #expect(account.settlement.outstanding == PrivacyCost(Rho(1)))
        #expect(!account.settlement.isSettled)
        part.burn()
        #expect(account.settlement.isSettled)
    }

    @Test("ρ does not pay for δ, nor δ for ρ")
    func bothParts() throws {
        let tenth = Rational(numerator: 1, denominator: 10)
        let account = GrantAccount(reserving: PrivacyCost(Rho(tenth), delta: tenth))
        var grant = account.mint()
        for asked in [
            PrivacyCost(Rho(tenth * 2)), PrivacyCost(Rho(tenth), delta: tenth * 2),
            PrivacyCost(.zero, delta: tenth + tenth * tenth),
        ] {
            var refusal: GrantError?
            do {
                let part = try grant.take(asked)
                part.burn()
            } catch { refusal = error }
            #expect(refusal == .overdrawn(asked: asked, held: grant.cost))
        }
        let delta = try grant.take(PrivacyCost(.zero, delta: tenth))
        #expect(grant.cost == PrivacyCost(Rho(tenth)))
        delta.burn()
        grant.burn()
    }

    @Test("a receipt whose arithmetic is wrong is not read")
    func forged() throws {
        let honest = """
            {"mechanism":{"mechanism":"laplace","scale":"2","sensitivity":1,"cells":1,"count":1},
            "cost":{"rho":"0.125"},"granted":{"rho":"0.2"}}
            """
        let charge = try JSONDecoder().decode(Charge.self, from: Data(honest.utf8))
        #expect(charge.rho == (try rho("0.125")))
        for (text, lie) in [
            ("\"0.125\"", "\"0.1\""), ("\"0.2\"", "\"0.1\""),
            ("\"scale\":\"2\"", "\"scale\":\"0\""),
            ("\"cells\":1", "\"cells\":0"), ("\"0.125\"", "0.125"), ("\"0.2\"", "\"-0.2\""),
            ("{\"rho\":\"0.125\"}", "{\"rho\":\"0.125\",\"delta\":\"0.001\"}"),
            ("{\"rho\":\"0.2\"}", "{\"rho\":\"0.2\",\"delta\":\"-1\"}"),
        ] {
            let forged = honest.replacingOccurrences(of: text, with: lie)
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Charge.self, from: Data(forged.utf8))
            }
        }
    }

    @Test("every mechanism keeps its parameters through its text form")
    func mechanisms() throws {
        let third = Rational(numerator: 1, denominator: 3)
        let mechanisms: [(Mechanism, Rational)] = [
            (.gaussian(sigma2: 900, sensitivity: 3, cells: 8, count: 20), Rational("0.1") ?? 0),
            (.laplace(scale: third, sensitivity: 2, cells: 4, count: 2), 36),
            (
                .exponential(epsilon: third, sensitivity: 1 << 20, candidates: 10_000),
                third * third / 8
            ),
            (
                .permuteAndFlip(epsilon: third, sensitivity: 1, candidates: 7),
                third * third / 2
            ),
            (.aboveThreshold(epsilon: third, sensitivity: 2, positives: 3), third * third / 2),
        ]
        for (mechanism, cost) in mechanisms {
            #expect(mechanism.rho.value == cost)
            let kept = try JSONEncoder().encode(mechanism)
            #expect(try JSONDecoder().decode(Mechanism.self, from: kept) == mechanism)
        }
    }

    @Test("sixty-four tasks spending and dropping grants at once lose no count")
    func concurrent() async throws {
        let account = GrantAccount(reserving: PrivacyCost(Rho(6400)))
        var whole = account.mint()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<64 {
                guard let share = try? whole.take(Rho(100)) else { continue }
                group.addTask { [share = Held(share)] in
                    var share = share.release()
                    for _ in 0..<50 {
                        _ = try? share.take(Rho(1)).spend(
                            .laplace(scale: 1, sensitivity: 1, cells: 1, count: 1))
                    }
                    if task % 2 == 0 { share.burn() }
                }
            }
        }
        whole.burn()
        let settlement = account.settlement
        #expect(settlement.consumed == PrivacyCost(Rho(1600)))
        #expect(settlement.lostGrants == 32)
        #expect(settlement.lost == PrivacyCost(Rho(1600)))
        #expect(settlement.isSettled)
    }
}

/// Carries a grant into a task, which cannot capture what is not copyable.
private final class Held: Sendable {
    private let grant: Mutex<PrivacyGrant?>

    init(_ grant: consuming PrivacyGrant) {
        self.grant = Mutex(grant)
    }

    /// The grant, once; afterwards an empty one.
    func release() -> PrivacyGrant {
        grant.withLock { $0.take() } ?? GrantAccount(reserving: .zero).mint()
    }
}
