// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy

/// The rounds of AIM: choose, measure, fit, and spend more at a time where a round brought nothing new.
struct AIMRounds: ~Copyable {
    private let plan: SynthesisPlan
    private let candidates: [[Int]]
    private let weights: [Int]
    private let recoding: Recoding
    private let total: Double
    private let choiceShare: Int
    private var selector: TalliedSelector
    private var linear: [LinearMeasurement]
    private var model: MarkovRandomField
    private var predictor: ModelSizePredictor
    /// What each candidate made of the model when it was last looked at.
    private var sizes: [Int]
    /// The candidate that is looked at next.
    private var next = 0
    /// The part of ρ that the next round takes.
    private var step: Rho
    /// What was measured.
    private(set) var merged: [NoisyMarginal]

    /// Counts the candidates and fits the first model.
    static func begin(
        _ plan: SynthesisPlan, columns: MeasuredColumns, compression: Compression,
        merged: [NoisyMarginal], candidates: [[Int]], choiceShare: Int, remaining: Rho,
        curator: borrowing Curator
    ) throws(SynthesisError) -> AIMRounds {
        let recoding = compression.recoding
        let linear = TreeFit.linear(
            oneWay: columns.oneWay, compression: compression, merged: merged)
        let model = try fit(
            linear, domain: Domain(sizes: recoding.sizes), total: columns.total, from: nil)
        let selector: TalliedSelector
        do throws(CurationError) {
            selector = try curator.talliedSelector(candidates: candidates, recoding: recoding)
        } catch {
            throw .curation(error)
        }
        return AIMRounds(
            plan, recoding: recoding, total: columns.total, merged: merged, candidates: candidates,
            choiceShare: choiceShare, remaining: remaining, linear: linear, model: model,
            selector: selector)
    }

    private init(
        _ plan: SynthesisPlan, recoding: Recoding, total: Double, merged: [NoisyMarginal],
        candidates: [[Int]], choiceShare: Int, remaining: Rho, linear: [LinearMeasurement],
        model: MarkovRandomField, selector: consuming TalliedSelector
    ) {
        self.plan = plan
        self.recoding = recoding
        self.total = total
        self.merged = merged
        self.candidates = candidates
        self.choiceShare = choiceShare
        self.linear = linear
        self.model = model
        self.selector = selector
        let useful = plan.task.workload.usefulness(of: candidates, columns: plan.sizes.count)
        let most = useful.reduce(0, max)
        weights = useful.map {
            max(1, Int((Double(TalliedSelector.largestWeight) * $0 / most).rounded(.down)))
        }
        predictor = ModelSizePredictor(domain: model.domain)
        for marginal in merged { predictor.add(Clique(marginal.attributes)) }
        sizes = candidates.map { model.domain.cellCount(of: Clique($0)) }
        step = remaining.scaled(by: Rational(numerator: 1, denominator: plan.choices))
    }

    /// One round.
    ///
    /// - Returns: Whether another one can follow.
    mutating func run(
        along path: inout MeasuringPath, curator: borrowing Curator
    ) throws(SynthesisError) -> Bool {
        // Less than two more rounds are one.
        let isLast = path.remaining < step.scaled(by: 2)
        if isLast { step = path.remaining }
        let choice = step.scaled(by: Rational(numerator: 1, denominator: choiceShare))
        let share = step - choice
        let sigma = try BudgetShares.sigma(unitRows: plan.unitRows, rho: share)
        let open = open(spent: path.spent)
        guard !open.isEmpty else { return false }
        let before = model.marginals(open.map { Clique(candidates[$0]) })
        let unit = Double(1 << Curator.estimateBits)
        let noise = (2 / Double.pi).squareRoot() * sigma
        var competitors: [TalliedSelector.Competitor] = []
        for (index, table) in zip(open, before) {
            do throws(CurationError) {
                try selector.compare(
                    index, with: table.values.map { Int64(nearestWhole: $0 * unit) })
            } catch {
                throw .curation(error)
            }
            competitors.append(
                TalliedSelector.Competitor(
                    candidate: index, weight: weights[index],
                    penalty: Int64(nearestWhole: noise * Double(table.values.count) * unit)))
        }
        let chosen = try path.choose(&selector, among: competitors, rho: choice)
        let clique = candidates[chosen]
        sizes[chosen] = predictor.size(adding: Clique(clique)).cells
        // It was not looked at for long, and has grown too large since: out of the next choices.
        guard isSmall(chosen, spent: path.spent) else { return true }
        let answers = try path.measure(
            [clique], shares: nil, rho: share, recoding: recoding, curator: curator)
        merged += answers
        linear += answers.map(\.linear)
        predictor.add(Clique(clique))
        guard !isLast else { return false }
        model = try Self.fit(linear, domain: model.domain, total: total, from: model)
        let after = model.marginal(Clique(clique)).values
        let old = open.firstIndex(of: chosen).map { before[$0].values } ?? after
        let change = zip(old, after).reduce(0) { $0 + abs($1.0 - $1.1) }
        // No more than noise moved: twice the precision from now on (Algorithm 3).
        if change <= noise * Double(after.count) { step = step.scaled(by: 4) }
        return true
    }

    /// Candidates that keep the model within its size.
    ///
    /// Of many attributes only some are looked at again in each round, as foreseeing a size takes longer with
    /// each; what is chosen always is.
    private mutating func open(spent: Rational) -> [Int] {
        let looks = max(1, Self.looks / (plan.sizes.count * plan.sizes.count))
        for _ in 0..<min(looks, candidates.count) {
            next = (next + 1) % candidates.count
            sizes[next] = predictor.size(adding: Clique(candidates[next])).cells
        }
        return candidates.indices.filter { isSmall($0, spent: spent) }
    }

    /// Attributes squared times candidates that are looked at in a round.
    private static let looks = 400_000

    /// Whether a candidate keeps the model within its size, of which the part may be used that was spent of
    /// ρ (Algorithm 2, line 8); one-way marginals always do.
    private func isSmall(_ candidate: Int, spent: Rational) -> Bool {
        let share = Double(spent, rounding: .toNearestOrEven)
        let limit = max(predictor.size.cells, Int(share * Double(plan.task.modelCells)))
        return candidates[candidate].count == 1
            || sizes[candidate] <= min(limit, max(plan.task.modelCells, predictor.size.cells))
    }

    private static func fit(
        _ linear: [LinearMeasurement], domain: Domain, total: Double,
        from earlier: MarkovRandomField?
    ) throws(SynthesisError) -> MarkovRandomField {
        do throws(ModelError) {
            return try Estimation.fit(
                linear, domain: domain, total: total, startingFrom: earlier, tolerance: 0.25
            ).model
        } catch {
            throw .model(error)
        }
    }
}
