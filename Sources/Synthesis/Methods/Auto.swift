// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// A mixture or a clique tree, whichever noisy figures expect to err less.
///
/// Statement of privacy: a discrete Gaussian count of the records, discrete Gaussian one-way marginals, a discrete
/// Gaussian vector of the L1 errors that a product of columns makes in every pair, a second one where a tree
/// is taken, and then what `Mixture` or `Tree` asks for what is left; all that is chosen follows from earlier
/// answers alone, and no answer costs more than what is left: ρ-zCDP for add/remove of a privacy unit (see
/// `MeasuringPath`).
///
/// A mixture measures all pairs and gains where much depends on much and noise is small; a tree spends all on
/// few pairs and gains where these say most, or where noise would hide the others.
enum Auto: MeasuringMethod {
    static let summary =
        "The records are counted, every column is measured, and noisy errors of all pairs of columns; by "
        + "these figures either all pairs are measured for a mixture of products, or the pairs of a clique "
        + "tree, whichever is expected to err less."

    /// Columns up to which a budget is enough for all of their pairs.
    private static let mostMixtureColumns = 40
    /// What errors of pairs get, at most, of what columns leave over; a tree asks again.
    private static let errorShare = Rational(numerator: 1, denominator: 50)
    /// The noise, in a pair's distance, that tells enough; and that which tells too little.
    private static let fineNoise = 0.01, coarseNoise = 0.1

    /// Divides ρ; what a tree holds about stands for the pairs that are measured, as it is what is taken where
    /// noise matters.
    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        let tree = Tree.plan(task, rho: rho)
        let choice = publicChoice(of: task)?.method
        guard choice != .independent else {
            return SynthesisPlan(
                method: .auto, task: task, oneWay: rho, oneWayShares: tree.oneWayShares)
        }
        guard choice == nil else {
            return SynthesisPlan(
                method: .auto, task: task, count: tree.count, oneWay: tree.oneWay,
                oneWayShares: tree.oneWayShares, errors: tree.errors, preserved: tree.preserved,
                pairs: tree.pairs, pairCount: tree.pairCount)
        }
        let rest = rho - tree.count - tree.oneWay
        let errors = rest.scaled(by: errorShare)
        return SynthesisPlan(
            method: .auto, task: task, count: tree.count, oneWay: tree.oneWay,
            oneWayShares: tree.oneWayShares, errors: errors, pairs: rest - errors,
            pairCount: tree.pairCount)
    }

    /// What public facts decide, and why; nil where noisy figures do.
    static func publicChoice(
        of task: SynthesisTask
    ) -> (method: SynthesisMethod, reason: String)? {
        if task.sizes.count < 2 { return (.independent, "there is one column") }
        if task.workload.ways == 1, task.workload.preserved.isEmpty {
            return (.independent, "the workload is of columns alone")
        }
        if task.pairs.isEmpty { return (.independent, "no pair of columns is small enough") }
        if !task.workload.preserved.isEmpty {
            return (.tree, "what is preserved has to be kept in a tree")
        }
        if task.sizes.count > mostMixtureColumns {
            return (.tree, "of the pairs of so many columns the strongest are worth measuring")
        }
        return nil
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let task = plan.task
        let columns = try path.countAndMeasureColumns(plan, curator: curator)
        if let (method, reason) = publicChoice(of: task) {
            guard method == .tree else {
                return columns.alone(sizes: plan.sizes).fitted(by: method, because: reason)
            }
            return try Tree.measurePairs(
                of: columns, by: plan, along: &path, curator: curator
            ).fitted(by: method, because: reason)
        }
        let rest = path.remaining
        var errors = try PairErrors(
            columns, task: task, rho: rest.scaled(by: share(task, rho: rest, rows: columns.total)),
            along: &path, curator: curator)
        let outlook = PairOutlook(task, columns: columns, errors: errors, rho: rest)
        guard outlook.isForTree || errors.deviation > coarseNoise else {
            return try Mixture.measurePairs(
                of: columns, task: task, along: &path, curator: curator
            ).fitted(by: .mixture, because: outlook.words)
        }
        let whole = rest.scaled(by: Tree.errorShare)
        let spent = rest - path.remaining
        let isHidden = errors.deviation > coarseNoise
        if whole > spent {
            try errors.sharpen(whole - spent, along: &path, curator: curator)
        }
        return try Tree.measurePairs(
            of: columns, errors: errors, by: plan, along: &path, curator: curator
        ).fitted(
            by: .tree,
            because: isHidden
                ? "noise hides all but the strongest of what pairs say beyond columns"
                : outlook.words)
    }

    /// The share of ρ that buys errors of `fineNoise`, at most `errorShare`.
    private static func share(_ task: SynthesisTask, rho: Rho, rows: Double) -> Rational {
        let root = Double(task.unitRows) / (2 * rows * fineNoise)
        let fine = Double(task.pairs.count) * root * root / 2
        let parts = 1e6 * fine / Double(rho.value, rounding: .down)
        return min(
            errorShare, Rational(numerator: Int(min(max(parts, 1), 1e6)), denominator: 1_000_000))
    }
}
