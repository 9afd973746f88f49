// SPDX-License-Identifier: Apache-2.0

import Curation
import Glibc
import Privacy

/// All pairs, and a mixture of products that leaves out the noise that nothing explains.
///
/// Statement of privacy: discrete Gaussian one-way marginals for a share of ρ that follows from public
/// sizes, and all pairs for the rest, with no choice at all; only merging and shares of the pairs look at
/// anything, at noisy columns: ρ-zCDP for add/remove of a privacy unit.
enum Mixture: MeasuringMethod {
    static let summary =
        "Every column and every pair of columns is measured, with rare cells merged, and a mixture "
        + "of products of columns is fitted to all of them, so that noise that nothing explains "
        + "is left out."

    /// One-way marginals get more where they are what noise spoils most, the square root of their expected
    /// error at a table of `nominalRows` and the whole ρ; pairs get the rest.
    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        let count = task.pairs.count
        let shares = BudgetShares.following(task.singles, sizes: task.sizes, power: 2)
        guard count > 0 else {
            return SynthesisPlan(
                method: .mixture, task: task, oneWay: rho, oneWayShares: shares)
        }
        let share = BudgetShares.oneWayPermille(
            sizes: task.sizes, unitRows: task.unitRows, rho: rho)
        return SynthesisPlan(
            method: .mixture, task: task,
            oneWay: rho.scaled(by: Rational(numerator: share, denominator: 1000)),
            oneWayShares: shares,
            pairs: rho.scaled(by: Rational(numerator: 1000 - share, denominator: 1000)),
            pairCount: count)
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let oneWay = try path.measure(
            plan.task.singles, shares: plan.oneWayShares, rho: plan.oneWay, curator: curator)
        guard plan.pairCount > 0 else {
            return MeasuredStages(oneWay: oneWay, sizes: plan.sizes)
        }
        let ordered = plan.task.orderedCells
        let total = max(1, NoisyTotals.total(oneWay).value)
        let recoding = Compression(
            oneWay,
            counts: ColumnDensities.counts(oneWay, orderedCells: ordered, total: total),
            orderedCells: ordered, pairSigma: try plan.usablePairSigma(), total: total
        ).recoding
        let pairs = plan.task.pairs
        let merged = try path.measure(
            pairs,
            shares: BudgetShares.following(
                pairs, sizes: recoding.sizes, power: 1, workload: plan.task.workload),
            rho: path.remaining, recoding: recoding, curator: curator)
        return MeasuredStages(oneWay: oneWay, recoding: recoding, merged: merged)
    }
}
