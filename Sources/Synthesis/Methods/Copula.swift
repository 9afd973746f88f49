// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// One number for each pair of columns: a Gaussian copula of noisy columns and noisy coarse pairs.
///
/// Statement of privacy: discrete Gaussian one-way marginals for a share of ρ that follows from public sizes,
/// and all pairs, over runs of neighbouring cells, for the rest, with no choice at all: ρ-zCDP for
/// add/remove of a privacy unit.
///
/// Categories count in the order in which the schema lists them.
enum Copula: MeasuringMethod {
    static let summary =
        "Every column is measured, and every pair of columns in coarse cells, from which a Gaussian copula "
        + "is made: the columns' own distributions and one correlation a pair."

    /// Runs of cells of a column at most.
    private static let mostBins = 10

    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        let count = task.sizes.count * (task.sizes.count - 1) / 2
        let shares = BudgetShares.following(task.singles, sizes: task.sizes, power: 2)
        guard count > 0 else {
            return SynthesisPlan(method: .copula, task: task, oneWay: rho, oneWayShares: shares)
        }
        let share = BudgetShares.oneWayPermille(
            sizes: task.sizes, unitRows: task.unitRows, rho: rho)
        return SynthesisPlan(
            method: .copula, task: task,
            oneWay: rho.scaled(by: Rational(numerator: share, denominator: 1000)),
            oneWayShares: shares,
            pairs: rho.scaled(by: Rational(numerator: 1000 - share, denominator: 1000)),
            pairCount: count)
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let columns = try path.measureColumns(plan, curator: curator)
        guard plan.pairCount > 0 else { return columns.alone(sizes: plan.sizes) }
        // A cell of a pair should hold several times its noise.
        let bins = (columns.total / (5 * (try plan.usablePairSigma()))).squareRoot()
        let recoding = CoarseCells.recoding(
            columns.counts, bins: Int(min(max(bins, 2), Double(mostBins))))
        let pairs = Workload.sets(of: 2, among: plan.sizes.indices)
        let merged = try path.measure(
            pairs,
            shares: BudgetShares.following(
                pairs, sizes: recoding.sizes, power: 1, workload: plan.task.workload),
            rho: path.remaining, recoding: recoding, curator: curator)
        return columns.with(merged, recoding: recoding)
    }
}
