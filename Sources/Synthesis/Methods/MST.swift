// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy

/// A forest of pairs that are worth measuring: MST (McKenna, Miklau and Sheldon 2021, Algorithm 1).
///
/// Statement of privacy: discrete Gaussian one-way marginals for a third of ρ, at most one exponential
/// mechanism an attribute less one for a sixth, discrete Gaussian pairs for the rest, each looking at noisy
/// figures alone: ρ-zCDP for add/remove of a privacy unit.
///
/// Three things are other than in the paper: a pair's score is lowered by the noise its measurement would
/// add, `√(2/π) σ · cells`; choosing nothing competes at a score of 0, so the tree may stay a forest; and
/// what unused choices leave over goes to the pairs, each in proportion to `cells^⅔`, which minimises the
/// summed L1 noise.
enum MST: MeasuringMethod {
    static let summary =
        "Every column is measured, then the pairs of columns that a product of columns gets most "
        + "wrong are chosen one by one into a forest and measured "
        + "(MST: McKenna, Miklau and Sheldon 2021), and a graphical model is fitted."

    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        guard !task.pairs.isEmpty else {
            return SynthesisPlan(method: .mst, task: task, oneWay: rho)
        }
        let choices = task.sizes.count - 1
        let half = rho.scaled(by: Rational(numerator: 1, denominator: 2))
        let preserved = BudgetShares.preserved(task, of: half)
        return SynthesisPlan(
            method: .mst, task: task,
            oneWay: rho.scaled(by: Rational(numerator: 1, denominator: 3)), preserved: preserved,
            perChoice: rho.scaled(by: Rational(numerator: 1, denominator: 6 * choices)),
            choices: choices, pairs: half - preserved, pairCount: choices)
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let singles = plan.task.singles
        let oneWay = try path.measure(
            singles, shares: plan.oneWayShares, rho: plan.oneWay, curator: curator)
        guard plan.pairCount > 0 else {
            return MeasuredStages(
                oneWay: oneWay, recoding: .identity(sizes: plan.sizes), merged: [])
        }
        let compression = Compression(oneWay, threshold: 3)
        let sizes = compression.recoding.sizes
        let preserved = try path.measurePreserved(
            plan.task, rho: plan.preserved, recoding: compression.recoding, curator: curator)
        let edges = try chooseForest(
            by: plan, compression: compression, oneWay: oneWay, along: &path, curator: curator)
        // Without an edge the rest sharpens the columns.
        let last = edges.isEmpty ? singles : edges
        let merged = try path.measure(
            last, shares: BudgetShares.following(last, sizes: sizes, power: 2),
            rho: path.remaining, recoding: compression.recoding, curator: curator)
        return MeasuredStages(
            oneWay: oneWay, recoding: compression.recoding, merged: preserved + merged)
    }

    /// Chooses pairs, one exponential mechanism each, until they span or nothing is worth its noise.
    private static func chooseForest(
        by plan: SynthesisPlan, compression: Compression, oneWay: [NoisyMarginal],
        along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> [[Int]] {
        let total = max(1, NoisyTotals.total(oneWay).value)
        let densities = oneWay.map {
            NoisyTotals.projected(compression.merged($0).values, total: total).map { $0 / total }
        }
        let candidates = plan.task.pairs
        let sigma = try plan.usablePairSigma()
        // Choices compare real counts with the product of columns, and noise with what it replaces.
        let unit = Double(1 << Curator.estimateBits)
        let estimates = candidates.map { pair in
            densities[pair[0]].flatMap { first in
                densities[pair[1]].map { Int64(nearestWhole: first * $0 * total * unit) }
            }
        }
        let penalties = estimates.map {
            Int64(nearestWhole: (2 / Double.pi).squareRoot() * sigma * Double($0.count) * unit)
        }
        var selector: MarginalSelector
        do {
            selector = try curator.selector(
                candidates: candidates, estimates: estimates, penalties: penalties,
                recoding: compression.recoding)
        } catch {
            throw .curation(error)
        }
        var forest = SpanningForest(count: plan.sizes.count)
        let preserved = plan.task.workload.preserved
        // A pair that joins two parts adds its own cells to the junction tree.
        var cells = JunctionTree.predictedSize(
            domain: Domain(sizes: compression.recoding.sizes), cliques: preserved.map { Clique($0) }
        ).cells
        for clique in preserved {
            for attribute in clique where forest.separates(clique[0], attribute) {
                forest.join(clique[0], attribute)
            }
        }
        var edges: [[Int]] = []
        for _ in 0..<plan.choices {
            let open = candidates.indices.filter {
                forest.separates(candidates[$0][0], candidates[$0][1])
                    && cells + estimates[$0].count <= plan.task.modelCells
            }
            guard !open.isEmpty,
                let choice = try path.choose(
                    &selector, among: open, orNothingAt: 0, rho: plan.perChoice)
            else { break }
            forest.join(candidates[choice][0], candidates[choice][1])
            cells += estimates[choice].count
            edges.append(candidates[choice])
        }
        return edges
    }
}
