// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy

/// Marginals chosen one by one for what they help a workload: AIM (McKenna, Mullins, Sheldon and Miklau 2022,
/// Algorithms 1 to 4).
///
/// Statement of privacy: a discrete Gaussian count of the records and one-way marginals, then rounds of one exponential mechanism and one
/// discrete Gaussian marginal each, whose parts of ρ are chosen by noisy answers and taken out of one grant
/// before anything is drawn: ρ-zCDP for add/remove of a privacy unit (fully adaptive composition under a
/// filter, see `MeasuringPath`).
///
/// What is other than in the paper: the share of one-way marginals follows sizes, ρ and the noisy count instead of a tenth;
/// cells that noise hides are merged before; candidates whose noise could never be worth it are left out; and
/// preserved cliques are measured first.
enum AIM: MeasuringMethod {
    static let summary =
        "The records are counted and every column is measured; then, round by round, the marginal that helps the workload most for "
        + "its noise is chosen and measured, and a graphical model is fitted "
        + "(AIM: McKenna, Mullins, Sheldon and Miklau 2022)."

    /// Rounds a column that the first round's noise is made for.
    private static let roundsPerColumn = 16
    /// Of a round's part of ρ, the choice takes one of so many.
    private static let choiceShare = 10
    /// Cells of all candidates together.
    private static let mostCells = 1 << 22

    static func plan(_ task: SynthesisTask, rho: Rho) -> SynthesisPlan {
        guard task.sizes.count > 1, !task.pairs.isEmpty else {
            return SynthesisPlan(method: .aim, task: task, oneWay: rho)
        }
        let count = rho.scaled(by: BudgetShares.count)
        let oneWay = BudgetShares.columns(task, of: rho - count, rows: BudgetShares.nominalRows)
        let rest = rho - count - oneWay
        let preserved = BudgetShares.preserved(task, of: rest)
        let rounds = roundsPerColumn * task.sizes.count
        let part = (rest - preserved).scaled(by: Rational(numerator: 1, denominator: choiceShare))
        return SynthesisPlan(
            method: .aim, task: task, count: count, oneWay: oneWay,
            oneWayShares: BudgetShares.following(task.singles, sizes: task.sizes, power: 2),
            preserved: preserved,
            perChoice: part.scaled(by: Rational(numerator: 1, denominator: rounds)),
            choices: rounds, pairs: rest - preserved - part,
            pairCount: min(task.pairs.count, 3 * task.sizes.count))
    }

    static func measure(
        by plan: SynthesisPlan, along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let columns = try path.countAndMeasureColumns(plan, curator: curator)
        guard plan.pairCount > 0 else { return columns.alone(sizes: plan.sizes) }
        let compression = try Compression(
            columns, task: plan.task, rho: path.remaining, marginals: 3 * plan.sizes.count)
        let preserved = try path.measurePreserved(
            plan.task, rho: BudgetShares.preserved(plan.task, of: path.remaining),
            recoding: compression.recoding, curator: curator)
        let candidates = candidates(
            plan, sizes: compression.recoding.sizes, total: columns.total, remaining: path.remaining
        )
        guard !candidates.isEmpty else {
            return try path.sharpened(
                columns, by: plan, preserved, compression: compression, curator: curator)
        }
        var rounds = try AIMRounds.begin(
            plan, columns: columns, compression: compression, merged: preserved,
            candidates: candidates, choiceShare: choiceShare, remaining: path.remaining,
            curator: curator)
        while path.remaining > .zero, try rounds.run(along: &path, curator: curator) {}
        return columns.with(rounds.merged, recoding: compression.recoding)
    }

    /// The workload's marginals and all parts of them whose noise could be less than what they say, the most
    /// useful and smallest first, as many as may be kept counted.
    private static func candidates(
        _ plan: SynthesisPlan, sizes: [Int], total: Double, remaining: Rho
    ) -> [[Int]] {
        let noise = BudgetShares.leastNoise(unitRows: plan.unitRows, rho: remaining)
        // A column of one cell has nothing in common with others.
        let useless = Set(sizes.indices.filter { sizes[$0] == 1 })
        let least = sizes.filter { $0 > 1 }.sorted()
        let ways = min(plan.task.workload.ways, least.count)
        let all = (0..<ways).flatMap { count in
            noise * Double(least[...count].reduce(1, *)) < 2 * total
                ? Workload.sets(of: count + 1, among: sizes.indices) : []
        }.filter(useless.isDisjoint)
        let cells = all.map { Curator.cellCount($0, sizes) }
        let usable = all.indices.filter { index in
            Curator.cellCount(all[index], plan.sizes) <= Curator.largestDense
                && noise * Double(cells[index]) < 2 * total
        }
        let useful = plan.task.workload.usefulness(of: all, columns: sizes.count)
        // What a cell of it helps; one-way and two-way marginals come before what they are part of.
        let order = usable.sorted { one, other in
            let (first, second) = (all[one].count == 3, all[other].count == 3)
            if first != second { return second }
            let (left, right) = (
                useful[one] * Double(cells[other]), useful[other] * Double(cells[one])
            )
            return left != right ? left > right : one < other
        }
        var sum = 0
        let kept = order.prefix { index in
            sum += cells[index]
            return sum <= mostCells
        }
        return kept.sorted().map { all[$0] }
    }
}
