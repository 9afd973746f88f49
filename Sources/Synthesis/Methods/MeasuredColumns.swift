// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// What is known of the columns before anything is asked about pairs: noisy answers, and what follows from them.
struct MeasuredColumns: Sendable {
    /// The number of records, with noise; nil where it was not asked by itself.
    let count: NoisyMarginal?
    /// The one-way marginal of each attribute, in order.
    let oneWay: [NoisyMarginal]
    /// The noisy number of records, at least 1.
    let total: Double
    /// Estimates of every column's counts, see `ColumnDensities`.
    let counts: [[Double]]

    /// - Parameters:
    ///   - count: The noisy number of records; nil where it was not asked.
    ///   - oneWay: The noisy one-way marginal of each attribute, in order.
    ///   - task: The table.
    init(count: NoisyMarginal?, oneWay: [NoisyMarginal], task: SynthesisTask) {
        self.count = count
        self.oneWay = oneWay
        total = max(1, NoisyTotals.total((count.map { [$0] } ?? []) + oneWay).value)
        counts = ColumnDensities.counts(oneWay, orderedCells: task.orderedCells, total: total)
    }

    /// All that was measured where nothing follows.
    func alone(sizes: [Int]) -> MeasuredStages { with([], recoding: .identity(sizes: sizes)) }

    /// All that was measured, with marginals of merged cells.
    func with(_ merged: [NoisyMarginal], recoding: Recoding) -> MeasuredStages {
        MeasuredStages(count: count, oneWay: oneWay, recoding: recoding, merged: merged)
    }

    /// The shares of each attribute's merged cells.
    func densities(_ compression: Compression) -> [[Double]] {
        counts.indices.map { attribute in
            compression.merged(counts[attribute], of: attribute).map { $0 / total }
        }
    }
}

extension BudgetShares {
    /// Of ρ for the number of records, which other shares follow.
    static let count = Rational(numerator: 1, denominator: 50)

    /// What columns get of the ρ that is left after counting.
    ///
    /// The share is the square root of the columns' expected error at the whole ρ.
    ///
    /// - Parameters:
    ///   - task: The table.
    ///   - rho: What is left.
    ///   - rows: The number of records, noisy or assumed.
    static func columns(_ task: SynthesisTask, of rho: Rho, rows: Double) -> Rho {
        let share = oneWayPermille(
            sizes: task.sizes, unitRows: task.unitRows, rho: rho, rows: rows)
        return rho.scaled(by: Rational(numerator: share, denominator: 1000))
    }
}

extension MeasuringPath {
    /// Measures the columns for the plan's part.
    ///
    /// - Parameters:
    ///   - plan: The plan.
    ///   - curator: The curator.
    /// - Throws: `SynthesisError`; the charge stays.
    mutating func measureColumns(
        _ plan: SynthesisPlan, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredColumns {
        let oneWay = try measure(
            plan.task.singles, shares: plan.oneWayShares, rho: plan.oneWay, curator: curator)
        return MeasuredColumns(count: nil, oneWay: oneWay, task: plan.task)
    }

    /// Counts the records first, and gives the columns the share that suits so many.
    ///
    /// - Parameters:
    ///   - plan: The plan; its part for columns was made for a usual number of records.
    ///   - curator: The curator.
    /// - Throws: `SynthesisError`; the charge stays.
    mutating func countAndMeasureColumns(
        _ plan: SynthesisPlan, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredColumns {
        let task = plan.task
        guard plan.count > .zero else { return try measureColumns(plan, curator: curator) }
        let everything = Recoding(
            maps: task.sizes.map { Array(repeating: 0, count: $0) },
            sizes: task.sizes.map { _ in 1 })
        let count = try measure(
            [[0]], shares: nil, rho: plan.count, recoding: everything, curator: curator)
        let rows = max(1, NoisyTotals.total(count).value)
        let oneWay = try measure(
            task.singles, shares: plan.oneWayShares,
            rho: BudgetShares.columns(task, of: remaining, rows: rows), curator: curator)
        return MeasuredColumns(count: count[0], oneWay: oneWay, task: task)
    }
}
