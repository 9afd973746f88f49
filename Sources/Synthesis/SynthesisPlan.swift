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

    /// Divides ρ: a third for one-way marginals, a sixth for choices, half for pairs; all of it for
    /// one-way marginals where no pair can be measured.
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
        let hasPairs = method == .mst && !Self.pairs(of: sizes).isEmpty
        choices = hasPairs ? sizes.count - 1 : 0
        guard hasPairs else {
            oneWay = rho
            perChoice = .zero
            pairs = .zero
            return
        }
        oneWay = rho.scaled(by: Rational(numerator: 1, denominator: 3))
        perChoice = rho.scaled(by: Rational(numerator: 1, denominator: 6 * choices))
        pairs = rho.scaled(by: Rational(numerator: 1, denominator: 2))
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

    /// Standard deviation of the noise in each cell of a one-way marginal.
    ///
    /// - Throws: `NoiseError` when ρ is too small to plan for.
    public func oneWaySigma() throws(NoiseError) -> Double {
        try sigma(oneWay.scaled(by: Rational(numerator: 1, denominator: max(1, sizes.count))))
    }

    /// Standard deviation of the noise in each cell of a two-way marginal if every choice is used and
    /// all get the same share.
    ///
    /// - Throws: `NoiseError` when ρ is too small to plan for.
    public func pairSigma() throws(NoiseError) -> Double {
        try sigma(pairs.scaled(by: Rational(numerator: 1, denominator: max(1, choices))))
    }

    private func sigma(_ rho: Rho) throws(NoiseError) -> Double {
        let plan = try GaussianPlan(sensitivity: unitRows, rho: rho)
        return Double(plan.sigma2, rounding: .up).squareRoot()
    }
}
