// SPDX-License-Identifier: Apache-2.0

import Curation
import Glibc
import Privacy

/// A mixture or a clique tree, whichever noisy figures expect to err less.
///
/// Statement of privacy: a discrete Gaussian count of the records, discrete Gaussian one-way marginals, a discrete
/// Gaussian vector of the L1 errors that a product of columns makes in every pair, and then what `Mixture` or
/// `Tree` asks for what is left; which of the two follows from earlier answers alone: ρ-zCDP for add/remove
/// of a privacy unit (adaptive composition within a fixed ρ, see `MeasuringPath`).
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
    /// What errors of pairs get, at most, of what columns leave over.
    private static let errorShare = Rational(numerator: 1, denominator: 50)
    /// The noise, in a pair's distance, that tells enough; and that which tells too little.
    private static let fineNoise = 0.01, coarseNoise = 0.1
    /// The mean noise in pairs over what they say, below which all pairs are clear; and above which most are hidden.
    private static let clearNoise = 0.55, hidingNoise = 1.6
    /// Between the two, a tree's expected error over the geometric mean of noise and distance, which a mixture's
    /// error follows, where both err alike.
    ///
    /// All three were chosen on eight tables at five budgets; where they are wrong, errors differ by some hundredths.
    private static let balance = 0.43

    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        let tree = Tree.plan(task, rho: rho)
        guard tree.pairCount > 0, needOfTree(task) == nil else {
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
            pairCount: task.pairs.count)
    }

    /// Why only a tree will do, by public facts; nil where noisy figures decide.
    static func needOfTree(_ task: SynthesisTask) -> String? {
        if !task.workload.preserved.isEmpty { return "what is preserved has to be kept in a tree" }
        if task.sizes.count > mostMixtureColumns {
            return "of the pairs of so many columns the strongest are worth measuring"
        }
        return nil
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let task = plan.task
        let columns = try path.countAndMeasureColumns(plan, curator: curator)
        guard plan.pairCount > 0 else {
            return columns.alone(sizes: plan.sizes)
                .fitted(by: .independent, because: "no pair can be measured")
        }
        if let reason = needOfTree(task) {
            return try Tree.measurePairs(
                of: columns, by: plan, along: &path, curator: curator
            ).fitted(by: .tree, because: reason)
        }
        let rest = path.remaining
        var errors = try PairErrors(
            columns, task: task, rho: rest.scaled(by: share(task, rho: rest, rows: columns.total)),
            along: &path, curator: curator)
        let (model, reason) = decide(
            task, columns: columns, errors: errors, rho: path.remaining)
        guard model == .tree else {
            return try Mixture.measurePairs(
                of: columns, task: task, along: &path, curator: curator
            ).fitted(by: .mixture, because: reason)
        }
        let whole = rest.scaled(by: Tree.errorShare)
        let spent = rest - path.remaining
        if whole > spent {
            try errors.sharpen(whole - spent, along: &path, curator: curator)
        }
        return try Tree.measurePairs(
            of: columns, errors: errors, by: plan, along: &path, curator: curator
        ).fitted(by: .tree, because: reason)
    }

    /// The share of ρ that buys errors of `fineNoise`, at most `errorShare`.
    private static func share(_ task: SynthesisTask, rho: Rho, rows: Double) -> Rational {
        let root = Double(task.unitRows) / (2 * rows * fineNoise)
        let fine = Double(task.pairs.count) * root * root / 2
        let parts = 1e6 * fine / Double(rho.value, rounding: .down)
        return min(
            errorShare, Rational(numerator: Int(min(max(parts, 1), 1e6)), denominator: 1_000_000))
    }

    /// Which of the two, and why: post-processing of noisy figures.
    private static func decide(
        _ task: SynthesisTask, columns: MeasuredColumns, errors: PairErrors, rho: Rho
    ) -> (SynthesisMethod, String) {
        guard errors.deviation <= coarseNoise else {
            return (.tree, "so few records tell no more than the strongest pairs")
        }
        let sizes = Mixture.compression(columns, task: task, rho: rho).recoding.sizes
        // The mean size of a normal number is √(2/π) of its deviation.
        let cell =
            Mixture.pairSigma(of: task, rho: rho) * (2 / Double.pi).squareRoot()
            / (2 * columns.total)
        let weights = task.pairs.map(task.workload.weight)
        let shrunk = errors.shrunk
        var (noise, distance, both, all) = (0.0, 0.0, 0.0, 0.0)
        for (index, pair) in task.pairs.enumerated() {
            let own = cell * Double(Curator.cellCount(pair, sizes))
            noise += weights[index] * own
            distance += weights[index] * shrunk[index]
            both += weights[index] * (own * shrunk[index]).squareRoot()
            all += weights[index]
        }
        guard distance > 0 else { return (.mixture, "pairs say nothing beyond columns") }
        let tree = TreeChoice(
            task, errors: errors, rho: rho.scaled(by: Rational(1) - Tree.errorShare)
        ).best.error
        let missed = Int((100 * min(tree * all / distance, 1)).rounded())
        let figures =
            "with all pairs measured noise would be \(figure(noise / distance)) times what they say beyond "
            + "columns; a tree is expected to miss \(missed) % of that"
        let ratio = noise / distance
        let isTree =
            ratio > hidingNoise || (ratio > clearNoise && tree * all < balance * both)
        return (isTree ? .tree : .mixture, figures)
    }

    private static func figure(_ value: Double) -> String {
        let hundredths = Int(min(value, 9999) * 100)
        return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
    }
}
