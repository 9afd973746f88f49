// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Privacy

@Suite("Discrete noise")
struct NoiseTests {
    private static let drawCount = 200_000

    private func gaussians(_ plan: GaussianPlan, _ count: Int = drawCount) throws -> [Int64] {
        var source = try NoiseSource()
        var draws = [Int64](repeating: 0, count: count)
        source.addGaussian(plan, to: &draws)
        return draws
    }

    private func laplaces(_ plan: LaplacePlan, _ count: Int = drawCount) throws -> [Int64] {
        var source = try NoiseSource()
        var draws = [Int64](repeating: 0, count: count)
        source.addLaplace(plan, to: &draws)
        return draws
    }

    // False alarms: once in 6·10^7 runs each, see `ChiSquare.isPlausible`.
    @Test(
        "discrete Gaussian draws fit their distribution and not one of half the width",
        arguments: [
            (1, "0.5"), (1, "1"), (1, "7/3"), (1, "100"), (4, "100"), (1, "1000000"),
        ])
    func gaussianFit(sensitivity: Int, sigma2: String) throws {
        let exact = try #require(Rational(sigma2))
        let plan = try GaussianPlan(sensitivity: sensitivity, sigma2: exact)
        let spread = Double(exact, rounding: .toNearestOrEven)
        // A tenth of σ to a bin: many bins of few draws would hide a variance off by a tenth, which
        // now is twelve standard deviations above the limit.
        let width = max(1, Int(spread.squareRoot() / 10))
        let observed = binned(tally(try gaussians(plan)), width: width)
        let farthest = Int(8 * spread.squareRoot()) + 2
        let right = Reference.gaussian(sigma2: spread, farthest: farthest)
        #expect(
            ChiSquare(observed: observed, probabilities: binned(right, width: width)).isPlausible)
        for factor in [0.25, 1.1] {
            let wrong = Reference.gaussian(sigma2: spread * factor, farthest: farthest)
            #expect(
                !ChiSquare(observed: observed, probabilities: binned(wrong, width: width))
                    .isPlausible)
        }
    }

    /// Sums neighbours, `width` to a bin.
    private func binned<Number: AdditiveArithmetic>(_ values: [Int: Number], width: Int)
        -> [Int: Number]
    {
        var bins: [Int: Number] = [:]
        for (outcome, value) in values {
            let bin = Int((Double(outcome) / Double(width)).rounded(.down))
            bins[bin, default: .zero] += value
        }
        return bins
    }

    @Test("a plan for units of four rows draws what it charges for")
    func planned() throws {
        let plan = try GaussianPlan(sensitivity: 4, rho: Rho(try #require(Rational("0.1"))))
        #expect(plan.sigma2 == 80)
        #expect(plan.cost.value == Rational("0.1"))
        let observed = tally(try gaussians(plan))
        let right = Reference.gaussian(sigma2: 80, farthest: 80)
        #expect(ChiSquare(observed: observed, probabilities: right).isPlausible)
        let forOneRow = Reference.gaussian(sigma2: 5, farthest: 80)
        #expect(!ChiSquare(observed: observed, probabilities: forOneRow).isPlausible)
    }

    @Test(
        "wide noise has the variance and the symmetry it claims, in every width of arithmetic",
        arguments: ["1e6", "1e12", "1000000000000/3", "1e24"])
    func wide(text: String) throws {
        let sigma2 = try #require(Rational(text))
        let plan = try GaussianPlan(sensitivity: 1, sigma2: sigma2)
        let count = 20_000
        let draws = try gaussians(plan, count)
        let scale = Double(sigma2, rounding: .toNearestOrEven).squareRoot()
        let scaled = draws.map { Double($0) / scale }
        let mean = scaled.reduce(0, +) / Double(count)
        let square = scaled.reduce(0) { $0 + $1 * $1 } / Double(count)
        // Both are means of 20,000 draws; seven standard deviations (1 and √2 per draw), with the
        // heavier tail of squares: a false alarm below 10^-9.
        let root = Double(count).squareRoot()
        #expect(abs(mean) < 7 / root)
        #expect(abs(square - 1) < 7 * 2.0.squareRoot() / root)
        #expect(abs(draws.count { $0 > 0 } - draws.count { $0 < 0 }) < Int(7 * root))
    }

    @Test("noise goes on top of counts, and an empty table takes none")
    func added() throws {
        var source = try NoiseSource()
        let plan = try GaussianPlan(sensitivity: 1, sigma2: 1)
        var counts: [Int64] = [1_000_000, -1_000_000, 0]
        source.addGaussian(plan, to: &counts)
        // Beyond 40σ once in 10^340 runs.
        #expect(abs(counts[0] - 1_000_000) < 40)
        #expect(abs(counts[1] + 1_000_000) < 40)
        #expect(abs(counts[2]) < 40)
        #expect(abs(source.gaussian(plan)) < 40)
        var none: [Int64] = []
        source.addGaussian(plan, to: &none)
        source.addLaplace(try LaplacePlan(sensitivity: 1, scale: 1), to: &none)
        #expect(none.isEmpty)
    }

    @Test(
        "discrete Laplace draws fit their distribution and not one of half the scale",
        arguments: ["0.5", "1", "7/3", "10"])
    func laplaceFit(text: String) throws {
        let exact = try #require(Rational(text))
        let observed = tally(try laplaces(try LaplacePlan(sensitivity: 1, scale: exact)))
        let scale = Double(exact, rounding: .toNearestOrEven)
        let farthest = Int(40 * scale) + 2
        let right = Reference.laplace(scale: scale, farthest: farthest)
        #expect(ChiSquare(observed: observed, probabilities: right).isPlausible)
        let wrong = Reference.laplace(scale: scale / 2, farthest: farthest)
        #expect(!ChiSquare(observed: observed, probabilities: wrong).isPlausible)
    }

    @Test("the least noise of a budget costs no more than it, and nearly all of it")
    func plans() throws {
        for text in ["1e-9", "1e-4", "0.0123", "1/3", "1", "50"] {
            for sensitivity in [1, 4, 1000] {
                let rho = Rho(try #require(Rational(text)))
                let gaussian = try GaussianPlan(sensitivity: sensitivity, rho: rho)
                #expect(gaussian.cost <= rho)
                #expect(gaussian.cost.value > rho.value * (try #require(Rational("0.99999"))))
                #expect(
                    gaussian.mechanism(cells: 3, count: 2).rho
                        == gaussian.cost.scaled(by: 2))
                let laplace = try LaplacePlan(sensitivity: sensitivity, rho: rho)
                #expect(laplace.cost <= rho)
                #expect(laplace.cost.value > rho.value * (try #require(Rational("0.999"))))
            }
        }
    }

    @Test("plans that could not be drawn from are refused")
    func refused() throws {
        let tiny = Rho(try #require(Rational("1e-60")))
        let huge = Rho(try #require(Rational("1e60")))
        for rho in [.zero, tiny] {
            #expect(throws: NoiseError.self) { try GaussianPlan(sensitivity: 1, rho: rho) }
            #expect(throws: NoiseError.self) { try LaplacePlan(sensitivity: 1, rho: rho) }
        }
        #expect(throws: NoiseError.self) { try GaussianPlan(sensitivity: 1, rho: huge) }
        // A scale stops at 2^-30, which costs less than such a budget.
        #expect(try LaplacePlan(sensitivity: 1, rho: huge).cost < huge)
        #expect(throws: NoiseError.self) { try GaussianPlan(sensitivity: 0, rho: Rho(1)) }
        #expect(throws: NoiseError.self) { try GaussianPlan(sensitivity: 1, sigma2: 0) }
        #expect(throws: NoiseError.self) { try GaussianPlan(sensitivity: -1, sigma2: 1) }
        #expect(throws: NoiseError.self) { try LaplacePlan(sensitivity: 1, scale: 0) }
        #expect(throws: NoiseError.self) { try LaplacePlan(sensitivity: 1, scale: -1) }
        #expect(throws: NoiseError.self) {
            try LaplacePlan(sensitivity: 1, scale: Rational(1 << 31))
        }
    }
}

@Suite("Known answers of noise", .enabled(if: Vectors.arePresent))
struct NoiseVectorTests {
    /// Bins as the known answers have them: both tails, and each whole number between.
    private func binned(_ draws: [Int64], reach: Int) -> [Int: Int] {
        tally(draws.map { min(max($0, Int64(-reach)), Int64(reach)) })
    }

    private func expected(_ vector: Vector) throws -> (reach: Int, probabilities: [Int: Double]) {
        let counts = try vector.reference.items.map { try #require($0.double) }
        let reach = counts.count / 2
        let draws = try vector.double("draws")
        let shares = counts.map { $0 / draws }
        try #require(abs(shares.reduce(0, +) - 1) < 1e-6)
        return (reach, Dictionary(uniqueKeysWithValues: zip(-reach...reach, shares)))
    }

    // False alarms: once in 6·10^7 runs each, see `ChiSquare.isPlausible`.
    @Test("expected Gaussian counts", arguments: Vectors.of("dgauss_expected_counts"))
    func gaussianCounts(vector: Vector) throws {
        let (reach, shares) = try expected(vector)
        let plan = try GaussianPlan(sensitivity: 1, sigma2: try vector.rational("sigma2"))
        var source = try NoiseSource()
        var draws = [Int64](repeating: 0, count: 400_000)
        source.addGaussian(plan, to: &draws)
        let test = ChiSquare(observed: binned(draws, reach: reach), probabilities: shares)
        #expect(test.isPlausible)
    }

    @Test("expected Laplace counts", arguments: Vectors.of("dlaplace_expected_counts"))
    func laplaceCounts(vector: Vector) throws {
        let (reach, shares) = try expected(vector)
        let plan = try LaplacePlan(sensitivity: 1, scale: try vector.rational("scale"))
        var source = try NoiseSource()
        var draws = [Int64](repeating: 0, count: 400_000)
        source.addLaplace(plan, to: &draws)
        let test = ChiSquare(observed: binned(draws, reach: reach), probabilities: shares)
        #expect(test.isPlausible)
    }

    @Test("the probabilities that draws are compared with are the known ones")
    func probabilities() throws {
        var graded = 0
        for vector in Vectors.of("dgauss_pmf") {
            let sigma2 = Double(try vector.rational("sigma2"), rounding: .toNearestOrEven)
            let place = try vector.int("x")
            let pmf = Reference.gaussian(sigma2: sigma2, farthest: abs(place))
            #expect(try vector.accepts(try #require(pmf[place])), "\(vector.id)")
            graded += 1
        }
        for vector in Vectors.of("dlaplace_pmf") {
            let scale = Double(try vector.rational("scale"), rounding: .toNearestOrEven)
            let place = try vector.int("x")
            let pmf = Reference.laplace(scale: scale, farthest: abs(place))
            #expect(try vector.accepts(try #require(pmf[place])), "\(vector.id)")
            graded += 1
        }
        for line in try Vectors.table("discrete_gaussian_pmf.csv") {
            let sigma2 = try #require(Double(line[0]))
            let place = try #require(Int(line[1]))
            let known = try #require(Double(line[2]))
            let found = try #require(
                Reference.gaussian(sigma2: sigma2, farthest: abs(place))[place])
            #expect(abs(found - known) <= 1e-11 * known + 1e-300)
            graded += 1
        }
        for line in try Vectors.table("discrete_laplace_pmf.csv") {
            let scale = try #require(Double(line[0]))
            let place = try #require(Int(line[1]))
            let known = try #require(Double(line[2]))
            let found = try #require(
                Reference.laplace(scale: scale, farthest: abs(place))[place])
            #expect(abs(found - known) <= 1e-11 * known + 1e-300)
            graded += 1
        }
        #expect(graded > 150)
    }

    @Test("the variance of draws is the known one", arguments: Vectors.of("dgauss_variance"))
    func variance(vector: Vector) throws {
        let plan = try GaussianPlan(sensitivity: 1, sigma2: try vector.rational("sigma2"))
        var source = try NoiseSource()
        var draws = [Int64](repeating: 0, count: 100_000)
        source.addGaussian(plan, to: &draws)
        let square = draws.reduce(0) { $0 + Double($1) * Double($1) } / 100_000
        let known = try #require(vector.reference.double)
        let pmf = Reference.gaussian(
            sigma2: Double(try vector.rational("sigma2"), rounding: .toNearestOrEven), farthest: 2)
        let exact = pmf.reduce(0) { $0 + $1.value * Double($1.key * $1.key) }
        let fourth = pmf.reduce(0) { $0 + $1.value * pow(Double($1.key), 4) }
        #expect(try vector.accepts(exact))
        // Seven standard deviations of the mean of 10^5 squares: a false alarm below 10^-9.
        #expect(abs(square - known) < 7 * ((fourth - exact * exact) / 100_000).squareRoot())
    }
}
