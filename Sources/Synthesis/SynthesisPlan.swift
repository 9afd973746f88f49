// SPDX-License-Identifier: Apache-2.0

import Curation
public import Privacy

/// How a synthesizer's ρ is divided and what noise that buys, from public facts alone.
public struct SynthesisPlan: Sendable {
    /// The method.
    public let method: SynthesisMethod
    /// The table and what is wanted of it.
    public let task: SynthesisTask
    /// For the number of records.
    public let count: Rho
    /// For all one-way marginals together.
    public let oneWay: Rho
    /// Each one-way marginal's share of `oneWay`.
    public let oneWayShares: [Rational]
    /// For noisy errors of all pairs in one query.
    public let errors: Rho
    /// For cliques that are kept whatever it costs.
    public let preserved: Rho
    /// For one choice of a pair; there are at most `choices`.
    public let perChoice: Rho
    /// How many pairs may be chosen.
    public let choices: Int
    /// For the last stage if every choice is used; what choices leave over is added.
    public let pairs: Rho
    /// How many pairs the last stage measures, at most.
    public let pairCount: Int

    /// Divides ρ as a method does; all of it is for one-way marginals where no pair can be measured.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - task: The table and what is wanted of it.
    ///   - rho: ρ of the synthesizer.
    public init(method: SynthesisMethod, task: SynthesisTask, rho: Rho) {
        self = method.implementation.plan(task, rho: rho)
    }

    /// A division that a method made; one-way marginals get equal shares where it does not say.
    init(
        method: SynthesisMethod, task: SynthesisTask, count: Rho = .zero, oneWay: Rho,
        oneWayShares: [Rational]? = nil, errors: Rho = .zero, preserved: Rho = .zero,
        perChoice: Rho = .zero, choices: Int = 0, pairs: Rho = .zero, pairCount: Int = 0
    ) {
        self.method = method
        self.task = task
        self.count = count
        self.oneWay = oneWay
        self.oneWayShares =
            oneWayShares
            ?? task.sizes.map { _ in Rational(numerator: 1, denominator: task.sizes.count) }
        self.errors = errors
        self.preserved = preserved
        self.perChoice = perChoice
        self.choices = choices
        self.pairs = pairs
        self.pairCount = pairCount
    }

    /// Cells of each attribute.
    public var sizes: [Int] { task.sizes }
    /// The cap of records per privacy unit.
    public var unitRows: Int { task.unitRows }

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

    /// `pairSigma` for a method that is running.
    func usablePairSigma() throws(SynthesisError) -> Double {
        do {
            return try pairSigma()
        } catch {
            throw .noise(error)
        }
    }

    private func sigma(_ rho: Rho) throws(NoiseError) -> Double {
        let plan = try GaussianPlan(sensitivity: unitRows, rho: rho)
        return Double(plan.sigma2, rounding: .up).squareRoot()
    }
}
