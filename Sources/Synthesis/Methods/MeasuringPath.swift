// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// The way from a grant to noisy answers that all methods take: the only place that asks a curator.
///
/// Every step takes its part out of one grant before anything is drawn, and a step that asks for more than
/// is left is refused: a privacy filter with a cap that was fixed before (Feldman and Zrnic 2021;
/// Whitehouse et al. 2023). So what a path released is ρ-zCDP in all for the ρ that it began with, also
/// where a method chooses queries, shares and the number of steps by earlier answers.
struct MeasuringPath: ~Copyable {
    private var grant: PrivacyGrant
    private let whole: Rho
    /// What choices cost so far, in order.
    private(set) var choices: [Charge] = []

    init(_ grant: consuming PrivacyGrant) {
        whole = grant.rho
        self.grant = grant
    }

    /// What is left.
    var remaining: Rho { grant.rho }
    /// The part of the whole that is gone.
    var spent: Rational { whole > .zero ? 1 - remaining.value / whole.value : 1 }

    /// Measures marginals of the training part.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each marginal, ascending and distinct.
    ///   - shares: Each marginal's share of `rho`, at most 1 together; nil for equal ones.
    ///   - rho: What they cost together, at most.
    ///   - recoding: Merges cells before counting; nil for none.
    ///   - curator: The curator.
    /// - Returns: One noisy marginal a clique; see `Curator.measure`.
    /// - Throws: `SynthesisError`; the charge stays.
    mutating func measure(
        _ cliques: [[Int]], shares: [Rational]?, rho: Rho, recoding: Recoding? = nil,
        curator: borrowing Curator
    ) throws(SynthesisError) -> [NoisyMarginal] {
        let payment = try take(rho)
        do {
            return try curator.measure(
                cliques, weights: shares, recoding: recoding, in: .training, grant: payment)
        } catch {
            throw .curation(error)
        }
    }

    /// Measures the cliques that are to be kept whatever it costs.
    ///
    /// - Parameters:
    ///   - task: The table and what is wanted of it.
    ///   - rho: What they cost together, at most.
    ///   - recoding: Merges cells before counting.
    ///   - curator: The curator.
    /// - Returns: One noisy marginal a clique, none where nothing is preserved.
    /// - Throws: `SynthesisError`; the charge stays.
    mutating func measurePreserved(
        _ task: SynthesisTask, rho: Rho, recoding: Recoding, curator: borrowing Curator
    ) throws(SynthesisError) -> [NoisyMarginal] {
        let cliques = task.workload.preserved
        guard !cliques.isEmpty else { return [] }
        return try measure(
            cliques,
            shares: BudgetShares.following(cliques, sizes: recoding.sizes, power: 2),
            rho: rho, recoding: recoding, curator: curator)
    }

    /// Where nothing between columns is worth its noise: the rest sharpens the columns.
    ///
    /// - Parameters:
    ///   - columns: What is known of them.
    ///   - plan: The plan.
    ///   - merged: What was measured of merged cells; without any the columns are measured as they are.
    ///   - compression: How cells are merged.
    ///   - curator: The curator.
    /// - Returns: All that was measured.
    /// - Throws: `SynthesisError`; the charge stays.
    mutating func sharpened(
        _ columns: MeasuredColumns, by plan: SynthesisPlan, _ merged: [NoisyMarginal],
        compression: Compression, curator: borrowing Curator
    ) throws(SynthesisError) -> MeasuredStages {
        let recoding =
            merged.isEmpty ? Recoding.identity(sizes: plan.sizes) : compression.recoding
        let again = try measure(
            plan.task.singles, shares: plan.oneWayShares, rho: remaining, recoding: recoding,
            curator: curator)
        return columns.with(merged + again, recoding: recoding)
    }

    /// Noisy L1 errors of public estimates of many marginals, in one query.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each marginal.
    ///   - estimate: The estimate of the cells of the marginal of an index, in 2^g ths of a record with
    ///     g = `Curator.errorBits`.
    ///   - recoding: Merges cells before counting.
    ///   - rho: What it costs.
    ///   - curator: The curator.
    /// - Returns: One error a marginal, in 2^g ths, and their noise.
    /// - Throws: `SynthesisError`; the charge stays.
    mutating func errors(
        of cliques: [[Int]], recoding: Recoding, rho: Rho, curator: borrowing Curator,
        estimate: (Int) -> [Int64]
    ) throws(SynthesisError) -> NoisyErrors {
        let payment = try take(rho)
        do {
            let answer = try curator.errors(
                of: cliques, recoding: recoding, grant: payment, estimate: estimate)
            choices.append(answer.charge)
            return answer
        } catch {
            throw .curation(error)
        }
    }

    /// Chooses one of several weighted candidates by the exponential mechanism.
    ///
    /// - Parameters:
    ///   - selector: The candidates with their exact scores.
    ///   - competitors: Those that compete.
    ///   - rho: What the choice costs.
    /// - Returns: The chosen candidate.
    /// - Throws: `SynthesisError`; the charge stays.
    mutating func choose(
        _ selector: inout TalliedSelector, among competitors: [TalliedSelector.Competitor],
        rho: Rho
    ) throws(SynthesisError) -> Int {
        let payment = try take(rho)
        let known = selector.charges.count
        do {
            let choice = try selector.choose(among: competitors, grant: payment)
            choices += selector.charges.dropFirst(known)
            return choice
        } catch {
            throw .curation(error)
        }
    }

    /// Chooses a candidate by the exponential mechanism.
    ///
    /// - Parameters:
    ///   - selector: The candidates with their exact scores.
    ///   - open: Indices of those that compete.
    ///   - floor: The public score at which choosing nothing competes; nil where something must be chosen.
    ///   - rho: What the choice costs.
    /// - Returns: The chosen index; nil for nothing.
    /// - Throws: `SynthesisError`; the charge stays.
    mutating func choose(
        _ selector: inout MarginalSelector, among open: [Int], orNothingAt floor: Int64?, rho: Rho
    ) throws(SynthesisError) -> Int? {
        let payment = try take(rho)
        let known = selector.charges.count
        do {
            let choice = try selector.choose(among: open, orNothingAt: floor, grant: payment)
            choices += selector.charges.dropFirst(known)
            return choice
        } catch {
            throw .curation(error)
        }
    }

    /// Gives up what is left.
    consuming func finish() { grant.burn() }

    private mutating func take(_ rho: Rho) throws(SynthesisError) -> PrivacyGrant {
        do {
            return try grant.take(rho)
        } catch {
            throw .grant(error)
        }
    }
}
