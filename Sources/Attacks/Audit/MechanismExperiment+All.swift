// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// The experiments, for tables of two columns with two and three cells: the canary holds the last cell of each, the
/// common records hold the others.
extension MechanismExperiment {
    /// Every mechanism that the curator or a noise source offers.
    static let all =
        gaussian + [
            unitSizes, laplace, selection, weighing, permutation, comparison, comparisons, naming,
        ]
    /// Those with Gaussian noise of the width that the cap asks for.
    static let gaussian = [marginal, distances, errors, scores, matches]

    /// The count of the canary's cell in a marginal of two cells.
    static let marginal = MechanismExperiment(name: "marginal, discrete Gaussian") {
        (_, curator, grant) throws(AuditError) in
        do throws(CurationError) {
            let answer = try curator.measure(
                [[0]], weights: nil, recoding: nil, in: .training, grant: grant)
            return (Double(answer[0].cells.last ?? 0), [answer[0].charge])
        } catch {
            throw .curation(error)
        }
    }

    /// The number of units with as many records as the canary keeps, of which it is the only one where others have
    /// one record.
    static let unitSizes = MechanismExperiment(name: "records per unit, discrete Gaussian") {
        (_, curator, grant) throws(AuditError) in
        do throws(CurationError) {
            let answer = try curator.rowsPerUnit(in: .training, grant: grant)
            return (Double(answer.cells.last ?? 0), [answer.charge])
        } catch {
            throw .curation(error)
        }
    }

    /// A choice between two marginals whose scores the canary turns round: of one the estimate is right without it, of
    /// the other with it.
    static let selection = MechanismExperiment(name: "choice, exponential mechanism") {
        (table, curator, grant) throws(AuditError) in
        let common = Int64(CanaryWorlds.commonRows) << Int64(Curator.estimateBits)
        let own = Int64(table.unitRows) << Int64(Curator.estimateBits)
        do throws(CurationError) {
            var selector = try curator.selector(
                candidates: [[0], [1]],
                estimates: [[common, 0], [common / 2, common / 2, own]], penalties: [0, 0],
                recoding: .identity(sizes: curator.sizes))
            let choice = try selector.choose(among: [0, 1], orNothingAt: nil, grant: grant)
            return (choice == 0 ? 1 : 0, selector.charges)
        } catch {
            throw .curation(error)
        }
    }

    /// The same choice out of kept tallies, where the heavier candidate decides how far a unit moves scores.
    static let weighing = MechanismExperiment(name: "weighted choice, exponential mechanism") {
        (table, curator, grant) throws(AuditError) in
        let common = Int64(CanaryWorlds.commonRows) << Int64(Curator.estimateBits)
        let own = Int64(table.unitRows) << Int64(Curator.estimateBits)
        do throws(CurationError) {
            var selector = try curator.talliedSelector(
                candidates: [[0], [1]], recoding: .identity(sizes: curator.sizes))
            try selector.compare(0, with: [common, 0])
            try selector.compare(1, with: [common / 2, common / 2, own])
            let choice = try selector.choose(
                among: [
                    .init(candidate: 0, weight: 7, penalty: 0),
                    .init(candidate: 1, weight: 7, penalty: 0),
                ], grant: grant)
            return (choice == 0 ? 1 : 0, selector.charges)
        } catch {
            throw .curation(error)
        }
    }

    /// Errors of what the marginals are without the canary.
    static let errors = MechanismExperiment(name: "errors, discrete Gaussian") {
        (_, curator, grant) throws(AuditError) in
        let common = Int64(CanaryWorlds.commonRows) << Int64(Curator.errorBits)
        do throws(CurationError) {
            let answer = try curator.errors(
                of: [[0], [1]], recoding: .identity(sizes: curator.sizes), grant: grant
            ) { $0 == 0 ? [common, 0] : [common / 2, common / 2, 0] }
            return (Double(answer.values.reduce(0, +)), [answer.charge])
        } catch {
            throw .curation(error)
        }
    }

    /// Distances from what the marginals are without the canary.
    static let distances = MechanismExperiment(name: "distances, discrete Gaussian") {
        (_, curator, grant) throws(AuditError) in
        let common = Int64(CanaryWorlds.commonRows) << 10
        do throws(CurationError) {
            var discrepancy = curator.discrepancy(fractionBits: 10, in: .training)
            try curator.add(
                [[0], [1]],
                synthetic: [
                    SyntheticCounts(dense: [common, 0]),
                    SyntheticCounts(dense: [common / 2, common / 2, 0]),
                ], to: &discrepancy)
            let answer = try curator.answer(discrepancy, grant: grant)
            return (Double(answer.mean) + Double(answer.worst), answer.charges)
        } catch {
            throw .curation(error)
        }
    }

    /// The histogram of a score that the canary alone has.
    static let scores = MechanismExperiment(name: "scores, discrete Gaussian") {
        (_, curator, grant) throws(AuditError) in
        let score = AdditiveScore(
            terms: [.init(attributes: [0, 1], table: [0, 0, 0, 0, 0, 10])], thresholds: [5])
        do throws(CurationError) {
            let answer = try curator.histogram(of: score, by: nil, in: .training, grant: grant)
            return (Double(answer.cells.last ?? 0), [answer.charge])
        } catch {
            throw .curation(error)
        }
    }

    /// The histogram of guesses that are right for the canary alone.
    static let matches = MechanismExperiment(name: "guesses, discrete Gaussian") {
        (_, curator, grant) throws(AuditError) in
        let match = MatchQuery(attributes: [0], target: 1, predictions: [1: 2])
        do throws(CurationError) {
            let answer = try curator.histogram(of: match, in: .training, grant: grant)
            return (Double(answer.cells.last ?? 0), [answer.charge])
        } catch {
            throw .curation(error)
        }
    }
}
