// SPDX-License-Identifier: Apache-2.0

import Glibc
import Privacy
import Testing

/// ln δ of a ρ-zCDP mechanism by another road: a golden section search over ln(α − 1) of
/// (α−1)(αρ−ε) + (α−1)·ln(α−1) − α·ln α, the conversion's formula without the library's rounding.
private func logDelta(rho: Double, epsilon: Double) -> Double {
    func value(_ place: Double) -> Double {
        let order = exp(place)
        return order * ((1 + order) * rho - epsilon) - log1p(order) - order * log1p(1 / order)
    }
    let ratio = (5.0.squareRoot() - 1) / 2
    var lower = -60.0
    var upper = 60.0
    for _ in 0..<300 {
        let width = upper - lower
        if value(upper - ratio * width) < value(lower + ratio * width) {
            upper = lower + ratio * width
        } else {
            lower = upper - ratio * width
        }
    }
    return value((lower + upper) / 2)
}

@Suite("Conversions between zCDP and approximate DP")
struct ZeroConcentratedTests {
    private static let epsilons = ["0.001", "0.01", "0.1", "0.5", "1", "3", "10", "100", "1000"]
    private static let deltas = ["1e-15", "1e-12", "1e-9", "1e-6", "1e-5", "0.001", "0.1", "0.5"]

    @Test(
        "the largest rho never allows more than (epsilon, delta), and nearly all of it",
        arguments: epsilons, deltas)
    func largestRho(epsilonText: String, deltaText: String) throws {
        let epsilon = try #require(Rational(epsilonText))
        let delta = try #require(Rational(deltaText))
        let rho = ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta)
        let exact = Double(rho.value, rounding: .up)
        let limit = log(Double(delta, rounding: .down))
        let epsilonUp = Double(epsilon, rounding: .down)
        #expect(rho > .zero)
        #expect(logDelta(rho: exact, epsilon: epsilonUp) < limit)
        #expect(logDelta(rho: exact * (1 + 1e-7), epsilon: epsilonUp) > limit)
        #expect(ZeroConcentrated.delta(rho: rho, epsilon: epsilon) <= exp(limit) * (1 + 1e-15))
        #expect(ZeroConcentrated.epsilon(rho: rho, delta: delta) <= epsilonUp * (1 + 1e-12))
        // The grid keeps the text of a budget short.
        #expect(rho.description.utf8.count <= 32)
    }

    @Test("epsilon and delta are above what the formula gives, by less than one in a billion")
    func roundedUp() {
        for rho in [1e-9, 1e-6, 1e-3, 0.1, 0.5, 1, 10, 400] {
            for delta in [1e-15, 1e-9, 1e-5, 0.01, 0.4] {
                let epsilon = ZeroConcentrated.epsilon(rho: rho, delta: delta)
                #expect(logDelta(rho: rho, epsilon: epsilon) < log(delta))
                if epsilon > 0 {
                    let found = ZeroConcentrated.delta(rho: rho, epsilon: epsilon)
                    let truth = exp(logDelta(rho: rho, epsilon: epsilon))
                    #expect(found > truth && found < truth * (1 + 1e-9))
                    #expect(logDelta(rho: rho, epsilon: epsilon * (1 - 1e-7)) > log(delta) - 1e-6)
                }
            }
        }
    }

    @Test("rho and epsilon are inverse to each other, from the safe sides")
    func roundTrip() {
        for epsilon in [1e-3, 0.1, 1, 30, 1e3] {
            for delta in [1e-15, 1e-6, 0.5] {
                let rho = ZeroConcentrated.rho(epsilon: epsilon, delta: delta)
                let back = ZeroConcentrated.epsilon(rho: rho, delta: delta)
                #expect(back <= epsilon * (1 + 1e-12))
                #expect(back >= epsilon * (1 - 1e-7))
            }
        }
    }

    @Test("more budget means more loss at every delta")
    func monotone() {
        let rhos = (0..<60).map { 1e-6 * exp(Double($0) / 3) }
        for delta in [1e-12, 1e-6, 0.1] {
            let epsilons = rhos.map { ZeroConcentrated.epsilon(rho: $0, delta: delta) }
            for (lower, higher) in zip(epsilons, epsilons.dropFirst()) where higher > 0 {
                #expect(lower < higher)
            }
        }
    }

    @Test("nothing spent promises everything, and delta of one promises nothing")
    func ends() {
        #expect(ZeroConcentrated.epsilon(rho: 0, delta: 1e-9) == 0)
        #expect(ZeroConcentrated.delta(rho: 0, epsilon: 0) == 0)
        #expect(ZeroConcentrated.epsilon(rho: 5, delta: 1) == 0)
        #expect(ZeroConcentrated.rho(epsilon: 0, delta: 1e-9) == 0)
        #expect(ZeroConcentrated.rho(epsilon: 1, delta: 1) == .infinity)
        #expect(ZeroConcentrated.delta(rho: 1e6, epsilon: 0) <= 1)
        #expect(ZeroConcentrated.delta(rho: 1e6, epsilon: 0) > 0.999)
    }

    @Test(
        "a delta too small for the search still ends, on the safe side",
        arguments: ["1e-299", "1e-301", "1e-307", "1e-320", "1e-400"])
    func tinyDelta(text: String) throws {
        let delta = try #require(Rational(text))
        let safe = ZeroConcentrated.epsilon(rho: Rho(1), delta: delta)
        let larger = try #require(Rational("1e-290"))
        #expect(safe.isFinite && safe > ZeroConcentrated.epsilon(rho: Rho(1), delta: larger))
        let rho = ZeroConcentrated.largestRho(epsilon: 1, delta: delta)
        #expect(rho < ZeroConcentrated.largestRho(epsilon: 1, delta: larger))
    }

    @Test("an epsilon beyond the binary fractions still ends")
    func hugeEpsilon() throws {
        let epsilon = try #require(Rational("1e400"))
        let delta = Rational(numerator: 1, denominator: 1_000_000)
        #expect(
            ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta)
                > ZeroConcentrated.largestRho(epsilon: 1000, delta: delta))
    }
}

@Suite("Known answers of accounting", .enabled(if: Vectors.arePresent))
struct AccountingVectorTests {
    @Test("there are known answers for every operation here")
    func present() {
        for op in [
            "cdp_eps", "cdp_delta", "cdp_rho", "cdp_eps_of_gaussian", "lifetime_6", "pure_to_zcdp",
        ] {
            #expect(!Vectors.of(op).isEmpty, "\(op)")
        }
    }

    @Test("epsilon of rho and delta", arguments: Vectors.of("cdp_eps"))
    func epsilon(vector: Vector) throws {
        let (rho, delta) = (try vector.rational("rho"), try vector.rational("delta"))
        #expect(try vector.accepts(ZeroConcentrated.epsilon(rho: Rho(rho), delta: delta)))
    }

    @Test("delta of rho and epsilon", arguments: Vectors.of("cdp_delta"))
    func delta(vector: Vector) throws {
        let (rho, epsilon) = (try vector.rational("rho"), try vector.rational("epsilon"))
        #expect(try vector.accepts(ZeroConcentrated.delta(rho: Rho(rho), epsilon: epsilon)))
    }

    @Test("rho of epsilon and delta", arguments: Vectors.of("cdp_rho"))
    func rho(vector: Vector) throws {
        let (epsilon, delta) = (try vector.double("epsilon"), try vector.double("delta"))
        #expect(try vector.accepts(ZeroConcentrated.rho(epsilon: epsilon, delta: delta)))
        let exact = ZeroConcentrated.largestRho(
            epsilon: try vector.rational("epsilon"), delta: try vector.rational("delta"))
        #expect(try vector.accepts(Double(exact.value, rounding: .up)))
    }

    @Test("epsilon of Gaussian noise", arguments: Vectors.of("cdp_eps_of_gaussian"))
    func gaussian(vector: Vector) throws {
        let scale = try vector.rational("scale")
        let plan = try GaussianPlan(
            sensitivity: try vector.int("l2_sensitivity"), sigma2: scale * scale)
        let delta = try vector.rational("delta")
        #expect(try vector.accepts(ZeroConcentrated.epsilon(rho: plan.cost, delta: delta)))
    }

    @Test("rho of pure differential privacy", arguments: Vectors.of("pure_to_zcdp"))
    func pure(vector: Vector) throws {
        let rho = Rho(pureEpsilon: try vector.rational("epsilon"))
        #expect(try vector.accepts(Double(rho.value, rounding: .toNearestOrEven)))
    }

    @Test("epsilon of a lifetime of releases", arguments: Vectors.of("lifetime_6"))
    func lifetime(vector: Vector) throws {
        let rhos = try vector.input["rhos"].items.map { Rho(try #require($0.rational)) }
        let sum = rhos.reduce(.zero, +)
        let delta = try vector.rational("delta")
        #expect(try vector.accepts(ZeroConcentrated.epsilon(rho: sum, delta: delta)))
    }

    @Test("disjoint parts count once", arguments: Vectors.of("parallel_then_sequential"))
    func parallel(vector: Vector) throws {
        let parts = try vector.input["release_1"]["disjoint_by_unit"].items.map {
            Rho(try #require($0.rational))
        }
        let sum = try #require(parts.max()) + Rho(try vector.rational("release_2"))
        let delta = try vector.rational("delta")
        #expect(try vector.accepts(ZeroConcentrated.epsilon(rho: sum, delta: delta)))
    }

    @Test(
        "the cost of many queries of one unit's many rows", arguments: Vectors.of("contribution_k"))
    func contribution(vector: Vector) throws {
        let mechanism = Mechanism.gaussian(
            sigma2: try vector.rational("sigma2"), sensitivity: try vector.int("k"), cells: 1,
            count: try vector.int("marginals"))
        #expect(mechanism.rho.value == vector.reference.rational)
    }

    @Test("the cost to a group", arguments: Vectors.of("group_of_k_zcdp"))
    func group(vector: Vector) throws {
        let rho = Rho(try vector.rational("rho")).forGroup(of: try vector.int("k"))
        #expect(rho.value == vector.reference.rational)
    }

    @Test(
        "epsilon of Gaussian noise and selections", arguments: Vectors.of("gaussian_plus_em_zcdp"))
    func mixture(vector: Vector) throws {
        var rho = Rho.zero
        for item in vector.input["gaussians"].items {
            let sigma = try #require(item["sigma"].rational)
            let count = try #require(item["k"].int)
            rho +=
                Mechanism.gaussian(
                    sigma2: sigma * sigma, sensitivity: 1, cells: 1, count: count
                ).rho
        }
        for item in vector.input["ems"].items {
            let epsilon = try SelectionEpsilon(try #require(item["epsilon"].rational))
            rho += epsilon.cost.scaled(by: Rational(try #require(item["k"].int)))
        }
        let delta = try vector.rational("delta")
        #expect(try vector.accepts(ZeroConcentrated.epsilon(rho: rho, delta: delta)))
    }
}
