// SPDX-License-Identifier: Apache-2.0

import Curation
import Glibc
import GraphicalModels
import Privacy

/// All pairs, and a mixture of products that leaves out the noise that nothing explains.
///
/// Statement of privacy: a discrete Gaussian count of the records for a fiftieth of ρ, then discrete Gaussian
/// one-way marginals, then all pairs in one round or two, for what is left, with no choice at all: which
/// share of the rest each gets, and what is merged, follows from earlier answers, and no answer costs more
/// than what is left (adaptive composition within a fixed ρ): ρ-zCDP for add/remove of a privacy unit.
enum Mixture: MeasuringMethod {
    static let summary =
        "Every column and every pair of columns is measured, with rare cells merged, and a mixture "
        + "of products of columns is fitted to all of them, so that noise that nothing explains "
        + "is left out; rows are of the distribution of most entropy that has the mixture's pairs."

    /// Of ρ for the number of records, which other shares follow.
    private static let countShare = Rational(numerator: 1, denominator: 50)
    /// Of what pairs get for a first look at all of them alike.
    private static let lookShare = Rational(numerator: 3, denominator: 10)
    /// Records over σ of a pair, above which a first look finds nothing that the second one needs.
    private static let clearRatio = 2000.0
    /// Merged cells of all columns: a fit holds numbers for each two of them.
    private static let mostCells = 2500
    /// Of the mean dependence, what a pair without any still counts.
    private static let least = 0.2

    /// One-way marginals get more where they are what noise spoils most, and pairs get the rest.
    ///
    /// The share is the square root of the columns' expected error at the whole ρ. Before the records are
    /// counted, `nominalRows` stands for their number.
    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        let count = task.pairs.count
        let shares = BudgetShares.following(task.singles, sizes: task.sizes, power: 2)
        guard count > 0 else {
            return SynthesisPlan(
                method: .mixture, task: task, oneWay: rho, oneWayShares: shares)
        }
        let rest = rho.scaled(by: Rational(1) - countShare)
        let share = oneWayShare(task, rho: rest, rows: BudgetShares.nominalRows)
        return SynthesisPlan(
            method: .mixture, task: task, count: rho.scaled(by: countShare),
            oneWay: rest.scaled(by: share), oneWayShares: shares,
            pairs: rest.scaled(by: Rational(1) - share), pairCount: count)
    }

    private static func oneWayShare(_ task: SynthesisTask, rho: Rho, rows: Double) -> Rational {
        let share = BudgetShares.oneWayPermille(
            sizes: task.sizes, unitRows: task.unitRows, rho: rho, rows: rows)
        return Rational(numerator: share, denominator: 1000)
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let task = plan.task
        guard plan.pairCount > 0 else {
            let oneWay = try path.measure(
                task.singles, shares: plan.oneWayShares, rho: plan.oneWay, curator: curator)
            return MeasuredStages(oneWay: oneWay, sizes: plan.sizes)
        }
        let count = try path.measure(
            [[0]], shares: nil, rho: plan.count, recoding: oneCell(of: task.sizes),
            curator: curator)
        let rows = max(1, NoisyTotals.total(count).value)
        let rest = path.remaining
        let oneWay = try path.measure(
            task.singles, shares: plan.oneWayShares,
            rho: rest.scaled(by: oneWayShare(task, rho: rest, rows: rows)), curator: curator)
        let total = max(1, NoisyTotals.total(count + oneWay).value)
        let counts = ColumnDensities.counts(
            oneWay, orderedCells: task.orderedCells, total: total)
        let compression = compression(
            oneWay, counts: counts, task: task, rho: path.remaining, total: total)
        let pairs = task.pairs
        let sizes = compression.recoding.sizes
        var weights = pairs.map { pair in
            cbrt(pair.reduce(1.0) { $0 * Double(sizes[$1]) }) * task.workload.weight(of: pair)
        }
        var merged: [NoisyMarginal] = []
        if total / sigma(of: task, rho: rest) < clearRatio {
            merged = try path.measure(
                pairs, shares: BudgetShares.proportional(to: weights),
                rho: path.remaining.scaled(by: lookShare), recoding: compression.recoding,
                curator: curator)
            let dependence = MixtureFit.fit(
                oneWay: oneWay, counts: counts, pairs: merged, compression: compression,
                total: total, isSketch: true
            ).dependence()
            let distances = pairs.map { dependence[$0[0]][$0[1]] }
            let mean = distances.reduce(0, +) / Double(pairs.count)
            for index in pairs.indices {
                // Where nothing depends on anything, all count alike.
                weights[index] *= mean > 0 ? distances[index] / mean + least : 1
            }
        }
        merged += try path.measure(
            pairs, shares: BudgetShares.proportional(to: weights), rho: path.remaining,
            recoding: compression.recoding, curator: curator)
        return MeasuredStages(
            count: count[0], oneWay: oneWay, recoding: compression.recoding, merged: merged)
    }

    /// Merges what noise in pairs hides, and more where the tables of a fit would grow too large.
    private static func compression(
        _ oneWay: [NoisyMarginal], counts: [[Double]], task: SynthesisTask, rho: Rho, total: Double
    ) -> Compression {
        var sigma = sigma(of: task, rho: rho)
        while true {
            let compression = Compression(
                oneWay, counts: counts, orderedCells: task.orderedCells, pairSigma: sigma,
                total: total)
            let cells = compression.recoding.sizes.reduce(0, +)
            // One cell a column is the least there is.
            if cells <= max(mostCells, 2 * task.sizes.count) || sigma > total { return compression }
            sigma *= 1.5
        }
    }

    /// The standard deviation of the noise in a pair where all get equal shares of ρ.
    private static func sigma(of task: SynthesisTask, rho: Rho) -> Double {
        let rho = Double(rho.value, rounding: .toNearestOrEven)
        return Double(task.unitRows) * (Double(task.pairs.count) / (2 * rho)).squareRoot()
    }

    /// Merges all cells of each attribute, so that a marginal is the number of records.
    private static func oneCell(of sizes: [Int]) -> Recoding {
        Recoding(
            maps: sizes.map { Array(repeating: 0, count: $0) }, sizes: sizes.map { _ in 1 })
    }
}
