// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy

/// A clique tree of pairs that is chosen in one shot from noisy errors, with Gaussian noise alone.
///
/// Statement of privacy: discrete Gaussian one-way marginals, one discrete Gaussian vector of the L1 errors that a
/// product of columns makes in every pair, and discrete Gaussian marginals of the chosen cliques, each for a
/// share of ρ that is fixed before, each looking at noisy figures alone: ρ-zCDP for add/remove of a
/// privacy unit.
///
/// All of it is three passes of counting, whatever the table; the plan of the last one is `TreeChoice`.
enum Tree: MeasuringMethod {
    static let summary =
        "Every column is measured, then noisy errors of all pairs of columns; of these a clique tree of "
        + "limited size is chosen, its pairs are measured at once, each with the noise that suits its "
        + "size, and a graphical model is fitted."

    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        guard !task.pairs.isEmpty else {
            return SynthesisPlan(method: .tree, task: task, oneWay: rho)
        }
        let share = BudgetShares.oneWayPermille(
            sizes: task.sizes, unitRows: task.unitRows, rho: rho)
        let rest = rho.scaled(by: Rational(numerator: 1000 - share, denominator: 1000))
        let errors = rest.scaled(by: Rational(numerator: 1, denominator: 8))
        let preserved = BudgetShares.preserved(task, of: rest - errors)
        return SynthesisPlan(
            method: .tree, task: task,
            oneWay: rho.scaled(by: Rational(numerator: share, denominator: 1000)),
            oneWayShares: BudgetShares.following(task.singles, sizes: task.sizes, power: 2),
            errors: errors, preserved: preserved, pairs: rest - errors - preserved,
            pairCount: min(task.pairs.count, 3 * task.sizes.count))
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let oneWay = try path.measure(
            plan.task.singles, shares: plan.oneWayShares, rho: plan.oneWay, curator: curator)
        guard plan.pairCount > 0 else {
            return MeasuredStages(oneWay: oneWay, sizes: plan.sizes)
        }
        let start = try Compression.ofOrder(oneWay, plan: plan, marginals: plan.pairCount)
        let recoding = start.compression.recoding
        let pairs = plan.task.pairs
        let unit = Double(1 << Curator.errorBits)
        let estimates = pairs.map { pair in
            start.densities[pair[0]].flatMap { first in
                start.densities[pair[1]].map { Int64((first * $0 * start.total * unit).rounded()) }
            }
        }
        let errors = try path.errors(
            of: pairs, estimates: estimates, recoding: recoding, rho: plan.errors,
            curator: curator)
        let preserved = try path.measurePreserved(plan, recoding: recoding, curator: curator)
        let chosen = TreeChoice(
            task: plan.task, sizes: recoding.sizes, total: start.total, pairs: pairs,
            errors: errors.map { $0 / unit },
            noise: BudgetShares.leastNoise(unitRows: plan.unitRows, rho: path.remaining)
        ).best
        guard !chosen.isEmpty else {
            return try path.sharpened(oneWay, by: plan, preserved, start: start, curator: curator)
        }
        let merged = try path.measure(
            chosen,
            shares: BudgetShares.following(
                chosen, sizes: recoding.sizes, power: 2, workload: plan.task.workload),
            rho: path.remaining, recoding: recoding, curator: curator)
        return MeasuredStages(oneWay: oneWay, recoding: recoding, merged: preserved + merged)
    }
}
