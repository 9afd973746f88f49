// SPDX-License-Identifier: Apache-2.0

import Foundation
@_spi(Minting) import Privacy
import Testing

@Suite("Privacy grants")
struct GrantTests {
    private let monitor = SpendMonitor()

    private func rho(_ decimal: String) throws -> Rho { Rho(try #require(Rational(decimal))) }

    @Test("taking more than a grant holds is refused and changes nothing")
    func overdraw() throws {
        var grant = PrivacyGrant(minting: try rho("0.1"), monitor: monitor)
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
                == .overdrawn(asked: try rho("0.010000000000000001"), held: try rho("0.01")))
        #expect(grant.rho == (try rho("0.01")))
        let last = try grant.take(try rho("0.01"))
        #expect(last.rho == (try rho("0.01")))
        #expect(grant.rho == .zero)
        last.burn()
        grant.burn()
        #expect(monitor.unspent == .zero)
    }

    @Test("shares divide a grant exactly, thirds too")
    func shares() throws {
        var grant = PrivacyGrant(minting: try rho("0.1"), monitor: monitor)
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
        var grant = PrivacyGrant(minting: Rho(1), monitor: monitor)
        var refusal: GrantError?
        do {
            let part = try grant.take(share: share)
            part.burn()
        } catch { refusal = error }
        #expect(refusal == .shareOutOfRange(share))
        #expect(grant.rho == Rho(1))
        grant.burn()
    }

    @Test("disjoint parts of the records each get the whole budget, and only those count")
    func parallel() throws {
        let grant = PrivacyGrant(minting: try rho("0.2"), monitor: monitor)
        let parts = grant.inParallel()
        #expect(parts.training.rho == (try rho("0.2")))
        #expect(parts.holdout.rho == (try rho("0.2")))
        #expect(monitor.unspentGrants == 0)
        Self.drop(parts)
        #expect(monitor.unspentGrants == 2)
        #expect(monitor.unspent == (try rho("0.4")))
    }

    private static func drop(_ parts: consuming ParallelGrants) {}

    @Test("a mechanism that costs more than the grant is refused, however little more")
    func expensive() throws {
        let mechanism = Mechanism.gaussian(sigma2: 100, sensitivity: 1, cells: 10, count: 20)
        #expect(mechanism.rho == (try rho("0.1")))
        let held = try rho("0.0999999999999999999999999")
        let grant = PrivacyGrant(minting: held, monitor: monitor)
        var refusal: GrantError?
        do { _ = try grant.spend(mechanism) } catch { refusal = error }
        #expect(refusal == .overdrawn(asked: mechanism.rho, held: held))
        // Charged on disk and of no use: the monitor has to know.
        #expect(monitor.unspent == held)
        #expect(monitor.unspentGrants == 1)
    }

    @Test("a spent grant leaves a receipt with the true cost and nothing unspent")
    func spending() throws {
        let mechanism = Mechanism.gaussian(sigma2: 100, sensitivity: 3, cells: 10, count: 1)
        let charge = try PrivacyGrant(minting: try rho("0.05"), monitor: monitor).spend(mechanism)
        #expect(charge.rho == (try rho("0.045")))
        #expect(charge.granted == (try rho("0.05")))
        #expect(charge.mechanism == mechanism)
        #expect(monitor.unspent == .zero)
        let kept = try JSONEncoder().encode(charge)
        #expect(try JSONDecoder().decode(Charge.self, from: kept) == charge)
    }

    @Test("a grant of exactly the cost pays")
    func exactCost() throws {
        let plan = try GaussianPlan(sensitivity: 7, rho: try rho("0.0123"))
        let charge = try PrivacyGrant(minting: plan.cost, monitor: monitor)
            .spend(plan.mechanism(cells: 5))
        #expect(charge.rho == charge.granted)
    }

    @Test("a grant that is dropped is counted; a burnt or an empty one is not")
    func dropped() throws {
        do {
            var grant = PrivacyGrant(minting: Rho(3), monitor: monitor)
            let part = try grant.take(Rho(1))
            part.burn()
        }
        #expect(monitor.unspent == Rho(2))
        #expect(monitor.unspentGrants == 1)
        PrivacyGrant(minting: Rho(5), monitor: monitor).burn()
        do { _ = PrivacyGrant(minting: .zero, monitor: monitor) }
        #expect(monitor.unspent == Rho(2))
        #expect(monitor.unspentGrants == 1)
    }

    @Test("a receipt whose arithmetic is wrong is not read")
    func forged() throws {
        let honest = """
            {"mechanism":{"mechanism":"laplace","scale":"2","sensitivity":1,"cells":1,"count":1},
            "rho":"0.125","granted":"0.2"}
            """
        let charge = try JSONDecoder().decode(Charge.self, from: Data(honest.utf8))
        #expect(charge.rho == (try rho("0.125")))
        for (text, lie) in [
            ("\"0.125\"", "\"0.1\""), ("\"0.2\"", "\"0.1\""),
            ("\"scale\":\"2\"", "\"scale\":\"0\""),
            ("\"cells\":1", "\"cells\":0"), ("\"0.125\"", "0.125"), ("\"0.2\"", "\"-0.2\""),
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
        ]
        for (mechanism, cost) in mechanisms {
            #expect(mechanism.rho.value == cost)
            let kept = try JSONEncoder().encode(mechanism)
            #expect(try JSONDecoder().decode(Mechanism.self, from: kept) == mechanism)
        }
    }

    @Test("sixty-four tasks dropping grants at once lose no count")
    func concurrent() async {
        let monitor = monitor
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    for _ in 0..<100 { _ = PrivacyGrant(minting: Rho(1), monitor: monitor) }
                }
            }
        }
        #expect(monitor.unspentGrants == 6400)
        #expect(monitor.unspent == Rho(6400))
    }
}
