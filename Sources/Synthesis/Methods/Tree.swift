// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy

/// A clique tree of pairs that is chosen in one shot from noisy errors, with Gaussian noise alone.
///
/// Statement of privacy: a discrete Gaussian count of the records, discrete Gaussian one-way marginals, one discrete
/// Gaussian vector of the L1 errors that a product of columns makes in every pair, discrete Gaussian marginals of
/// cliques that are preserved, and of the chosen ones for what is left (of the columns again where none
/// is); shares and cliques follow from earlier answers, and no answer costs more than what is left: ρ-zCDP
/// for add/remove of a privacy unit.
///
/// All of it is a few passes of counting, whatever the table; the plan of the last one is `TreeChoice`.
enum Tree: MeasuringMethod {
    static let summary =
        "The records are counted and every column is measured, then noisy errors of all pairs of columns; of these a clique tree of "
        + "limited size is chosen, its pairs are measured at once, each with the noise that suits its "
        + "size, and a graphical model is fitted."

    /// What errors get of what columns leave over.
    static let errorShare = Rational(numerator: 1, denominator: 16)

    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        guard !task.pairs.isEmpty else {
            return SynthesisPlan(method: .tree, task: task, oneWay: rho)
        }
        let count = rho.scaled(by: BudgetShares.count)
        let oneWay = BudgetShares.columns(task, of: rho - count, rows: BudgetShares.nominalRows)
        let rest = rho - count - oneWay
        let errors = rest.scaled(by: errorShare)
        let preserved = BudgetShares.preserved(task, of: rest - errors)
        return SynthesisPlan(
            method: .tree, task: task, count: count, oneWay: oneWay,
            oneWayShares: BudgetShares.following(task.singles, sizes: task.sizes, power: 2),
            errors: errors, preserved: preserved, pairs: rest - errors - preserved,
            pairCount: mostPairs(task))
    }

    /// Pairs that a tree of so many columns holds about.
    static func mostPairs(_ task: SynthesisTask) -> Int {
        min(task.pairs.count, 2 * task.sizes.count)
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let columns = try path.countAndMeasureColumns(plan, curator: curator)
        guard plan.pairCount > 0 else { return columns.alone(sizes: plan.sizes) }
        return try measurePairs(of: columns, by: plan, along: &path, curator: curator)
    }

    /// Asks for errors, and then measures pairs.
    static func measurePairs(
        of columns: MeasuredColumns, by plan: SynthesisPlan, along path: inout MeasuringPath,
        curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let errors = try PairErrors(
            columns, task: plan.task, rho: path.remaining.scaled(by: errorShare), along: &path,
            curator: curator)
        return try measurePairs(
            of: columns, errors: errors, by: plan, along: &path, curator: curator)
    }

    /// Chooses pairs by their errors, and measures them for what is left.
    ///
    /// - Parameters:
    ///   - columns: What is known of the columns.
    ///   - errors: Noisy errors of a product of columns.
    ///   - plan: The plan, which may have a part for cliques that are to be kept.
    ///   - path: Asks and pays.
    ///   - curator: The curator.
    /// - Throws: `SynthesisError`; the charge stays.
    static func measurePairs(
        of columns: MeasuredColumns, errors: PairErrors, by plan: SynthesisPlan,
        along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let recoding = errors.compression.recoding
        let preserved = try path.measurePreserved(
            plan.task, rho: BudgetShares.preserved(plan.task, of: path.remaining),
            recoding: recoding, curator: curator)
        let chosen = TreeChoice(plan.task, errors: errors, rho: path.remaining).best.pairs
        guard !chosen.isEmpty else {
            return try path.sharpened(
                columns, by: plan, preserved, compression: errors.compression, curator: curator)
        }
        let merged = try path.measure(
            chosen,
            shares: BudgetShares.following(
                chosen, sizes: recoding.sizes, power: 2, workload: plan.task.workload),
            rho: path.remaining, recoding: recoding, curator: curator)
        return columns.with(preserved + merged, recoding: recoding)
    }
}
