// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// Noisy counts of some cells, each with the variance of its noise.
struct CellEvidence: Sendable {
    var values: [Double]
    var variances: [Double]

    init(values: [Double], variances: [Double]) {
        precondition(values.count == variances.count)
        self.values = values
        self.variances = variances
    }

    /// A measured marginal.
    init(_ marginal: NoisyMarginal) {
        values = marginal.cells.map(Double.init)
        variances = [Double](
            repeating: Double(marginal.sigma2, rounding: .toNearestOrEven), count: values.count)
    }

    /// The standard deviation of a cell of mean variance.
    var sigma: Double {
        (variances.reduce(0, +) / Double(max(1, variances.count))).squareRoot()
    }

    /// Independent evidence of the same counts together: means weighted by inverse variance, which are the best
    /// linear ones (Gauss and Markov).
    func combined(with other: CellEvidence) -> CellEvidence {
        var both = self
        for cell in values.indices {
            let first = 1 / variances[cell], second = 1 / other.variances[cell]
            both.values[cell] =
                (values[cell] * first + other.values[cell] * second) / (first + second)
            both.variances[cell] = 1 / (first + second)
        }
        return both
    }

    /// The same evidence in other units.
    func scaled(by factor: Double) -> CellEvidence {
        CellEvidence(
            values: values.map { $0 * factor }, variances: variances.map { $0 * factor * factor })
    }
}

/// How far counts moved between two releases.
///
/// A marginal whose shares p moved by a total variation δ moved by 2 δ n̂ in L1. Which cells moved is unknown:
/// half of it is laid on cells in proportion to what they hold, so that large cells may move, and half evenly,
/// so that empty ones may fill; cell c of m then moves by a normal number of standard deviation
/// `δ n̂ (p_c + 1/m)`. These sum to 2 δ n̂.
///
/// The declared δ is a floor. Where the squared differences of two marginals are more than noise and drift
/// explain, by two standard deviations of χ², δ is what explains them: the moment estimate of the variance
/// between studies in a random-effects analysis (DerSimonian and Laird 1986). So an earlier release that
/// tells of another population loses its weight.
enum Drift {
    /// The standard deviations of a marginal's moves for a total variation of 1.
    ///
    /// - Parameters:
    ///   - shares: About what share each cell holds.
    ///   - total: n̂.
    static func scales(shares: [Double], total: Double) -> [Double] {
        shares.map { total * ($0 + 1 / Double(shares.count)) }
    }

    /// The δ of a marginal that both releases measured.
    ///
    /// - Parameters:
    ///   - new: The later release's evidence.
    ///   - old: The earlier one's, in the later one's total.
    ///   - scales: See `scales`.
    ///   - declared: The declared δ.
    /// - Returns: At least `declared`.
    static func estimate(
        _ new: CellEvidence, _ old: CellEvidence, scales: [Double], declared: Double
    ) -> Double {
        var statistic = 0.0, excess = 0.0, weight = 0.0
        for cell in scales.indices {
            let square =
                (new.values[cell] - old.values[cell])
                * (new.values[cell] - old.values[cell])
            let noise = new.variances[cell] + old.variances[cell]
            let scale = scales[cell] * scales[cell]
            statistic += square / (noise + declared * declared * scale)
            excess += square - noise
            weight += scale
        }
        let cells = Double(scales.count)
        guard statistic > cells + 2 * (2 * cells).squareRoot(), weight > 0 else { return declared }
        return max(declared, (max(0, excess) / weight).squareRoot())
    }

    /// Evidence with the variance that a drift adds.
    static func inflated(
        _ evidence: CellEvidence, by drift: Double, scales: [Double]
    ) -> CellEvidence {
        var evidence = evidence
        for cell in scales.indices {
            evidence.variances[cell] += drift * drift * scales[cell] * scales[cell]
        }
        return evidence
    }
}
