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
        "The records are counted, every column and every pair of columns is measured, with rare cells merged, and a mixture "
        + "of products of columns is fitted to all of them, so that noise that nothing explains "
        + "is left out; rows are of the distribution of most entropy that has the mixture's pairs."

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
        let shares = BudgetShares.following(task.singles, sizes: task.sizes, power: 2)
        guard !task.pairs.isEmpty else {
            return SynthesisPlan(
                method: .mixture, task: task, oneWay: rho, oneWayShares: shares)
        }
        let count = rho.scaled(by: BudgetShares.count)
        let oneWay = BudgetShares.columns(task, of: rho - count, rows: BudgetShares.nominalRows)
        return SynthesisPlan(
            method: .mixture, task: task, count: count, oneWay: oneWay, oneWayShares: shares,
            pairs: rho - count - oneWay, pairCount: task.pairs.count)
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let columns = try path.countAndMeasureColumns(plan, curator: curator)
        guard plan.pairCount > 0 else { return columns.alone(sizes: plan.sizes) }
        return try measurePairs(of: columns, task: plan.task, along: &path, curator: curator)
    }

    /// Measures all pairs for what is left.
    ///
    /// - Parameters:
    ///   - columns: What is known of the columns.
    ///   - task: The table and what is wanted of it.
    ///   - path: Asks and pays.
    ///   - curator: The curator.
    /// - Throws: `SynthesisError`; the charge stays.
    static func measurePairs(
        of columns: MeasuredColumns, task: SynthesisTask, along path: inout MeasuringPath,
        curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let compression = compression(columns, task: task, rho: path.remaining)
        let pairs = task.pairs
        let sizes = compression.recoding.sizes
        var weights = pairs.map { pair in
            cbrt(pair.reduce(1.0) { $0 * Double(sizes[$1]) }) * task.workload.weight(of: pair)
        }
        var merged: [NoisyMarginal] = []
        if columns.total / pairSigma(of: task, rho: path.remaining) < clearRatio {
            merged = try path.measure(
                pairs, shares: BudgetShares.proportional(to: weights),
                rho: path.remaining.scaled(by: lookShare), recoding: compression.recoding,
                curator: curator)
            let dependence = MixtureFit.fit(
                oneWay: columns.oneWay, counts: columns.counts, pairs: merged,
                compression: compression, total: columns.total, isSketch: true
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
        return columns.with(merged, recoding: compression.recoding)
    }

    /// Merges what noise in pairs hides, and more where the tables of a fit would grow too large.
    static func compression(
        _ columns: MeasuredColumns, task: SynthesisTask, rho: Rho
    ) -> Compression {
        var sigma = pairSigma(of: task, rho: rho)
        while true {
            let compression = Compression(
                columns.oneWay, counts: columns.counts, orderedCells: task.orderedCells,
                pairSigma: sigma, total: columns.total)
            let cells = compression.recoding.sizes.reduce(0, +)
            // One cell a column is the least there is.
            if cells <= max(mostCells, 2 * task.sizes.count) || sigma > columns.total {
                return compression
            }
            sigma *= 1.5
        }
    }

    /// The standard deviation of the noise in a pair where all get equal shares of ρ.
    static func pairSigma(of task: SynthesisTask, rho: Rho) -> Double {
        let rho = Double(rho.value, rounding: .toNearestOrEven)
        return Double(task.unitRows) * (Double(task.pairs.count) / (2 * rho)).squareRoot()
    }
}
