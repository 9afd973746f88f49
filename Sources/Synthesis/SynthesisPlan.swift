// SPDX-License-Identifier: Apache-2.0

import Curation
import Glibc
public import Privacy

/// How a synthesizer's ρ is divided and what noise that buys, from public sizes alone.
public struct SynthesisPlan: Sendable {
    /// The method.
    public let method: SynthesisMethod
    /// Cells of each attribute.
    public let sizes: [Int]
    /// The cap of records per privacy unit.
    public let unitRows: Int
    /// For all one-way marginals together.
    public let oneWay: Rho
    /// For one choice of a pair; there are at most `choices`.
    public let perChoice: Rho
    /// How many pairs may be chosen.
    public let choices: Int
    /// For the last stage if every choice is used; what choices leave over is added.
    public let pairs: Rho
    /// How many pairs the last stage measures, at most.
    public let pairCount: Int

    /// Divides ρ; all of it is for one-way marginals where no pair can be measured.
    ///
    /// `mst`: a third for one-way marginals, a sixth for choices, half for pairs. `mixture`: one-way
    /// marginals get more where they are what noise spoils most, the square root of their expected error
    /// at a table of `nominalRows` and the whole ρ; pairs get the rest.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - sizes: Cells of each attribute.
    ///   - unitRows: The cap of records per privacy unit.
    ///   - rho: ρ of the synthesizer.
    public init(method: SynthesisMethod, sizes: [Int], unitRows: Int, rho: Rho) {
        self.method = method
        self.sizes = sizes
        self.unitRows = unitRows
        let candidates = method == .independent ? 0 : Self.pairs(of: sizes).count
        switch method {
        case .mst where candidates > 0:
            choices = sizes.count - 1
            pairCount = choices
            oneWay = rho.scaled(by: Rational(numerator: 1, denominator: 3))
            perChoice = rho.scaled(by: Rational(numerator: 1, denominator: 6 * choices))
            pairs = rho.scaled(by: Rational(numerator: 1, denominator: 2))
        case .mixture where candidates > 0:
            choices = 0
            pairCount = candidates
            perChoice = .zero
            let share = Self.oneWayPermille(sizes: sizes, unitRows: unitRows, rho: rho)
            oneWay = rho.scaled(by: Rational(numerator: share, denominator: 1000))
            pairs = rho.scaled(by: Rational(numerator: 1000 - share, denominator: 1000))
        default:
            choices = 0
            pairCount = 0
            oneWay = rho
            perChoice = .zero
            pairs = .zero
        }
    }

    /// Rows of the table that shares are made for: the number of rows is private, and shares are flat about
    /// the best.
    private static let nominalRows = 50_000.0

    /// Thousandths of ρ for one-way marginals, from 80 to 950.
    private static func oneWayPermille(sizes: [Int], unitRows: Int, rho: Rho) -> Int {
        let root =
            (2 * Double(rho.value, rounding: .toNearestOrEven)).squareRoot() / Double(unitRows)
        guard root > 0, root.isFinite else { return 500 }
        let width = sizes.reduce(0.0) { $0 + cbrt(Double($1)) * cbrt(Double($1)) }
        let error = 0.4 * pow(width, 1.5) / (Double(sizes.count) * nominalRows * root)
        return Int(min(max(2400 * error.squareRoot(), 80), 950))
    }

    /// All pairs of attributes that may be measured: those of at most `Curator.largestDense` cells, as the
    /// attacks tally them over the full domain.
    ///
    /// - Parameter sizes: Cells of each attribute.
    public static func pairs(of sizes: [Int]) -> [[Int]] {
        sizes.indices.flatMap { first in
            sizes.indices.dropFirst(first + 1)
                .map { [first, $0] }
                .filter { Curator.cellCount($0, sizes) <= Curator.largestDense }
        }
    }

    /// Each one-way marginal's share of `oneWay`: equal ones, and for a mixture in proportion to `cells^⅔`.
    public var oneWayShares: [Rational] {
        guard method == .mixture else {
            return sizes.map { _ in Rational(numerator: 1, denominator: sizes.count) }
        }
        return Synthesizer.weights(sizes.indices.map { [$0] }, sizes: sizes, power: 2)
    }

    /// Standard deviation of the noise in each cell of the one-way marginal of each attribute.
    ///
    /// - Throws: `NoiseError` when ρ is too small to plan for.
    public func oneWaySigmas() throws(NoiseError) -> [Double] {
        var sigmas: [Double] = []
        for share in oneWayShares { sigmas.append(try sigma(oneWay.scaled(by: share))) }
        return sigmas
    }

    /// Standard deviation of the noise in each cell of a two-way marginal if every choice is used and
    /// all get the same share.
    ///
    /// - Throws: `NoiseError` when ρ is too small to plan for.
    public func pairSigma() throws(NoiseError) -> Double {
        try sigma(pairs.scaled(by: Rational(numerator: 1, denominator: max(1, pairCount))))
    }

    private func sigma(_ rho: Rho) throws(NoiseError) -> Double {
        let plan = try GaussianPlan(sensitivity: unitRows, rho: rho)
        return Double(plan.sigma2, rounding: .up).squareRoot()
    }
}
