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
/// The declared δ is a floor. What the squared differences of all marginals that both releases measured have
/// beyond their noise is another, for all of them: the moment estimate of the variance between studies in a
/// random-effects analysis (DerSimonian and Laird 1986). And a marginal whose own differences are more than
/// that explains, by two standard deviations of χ², has the δ that explains them. So an earlier release that
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

    /// A marginal that both releases measured, in the later one's total.
    struct Comparison {
        /// Squared differences beyond noise, and what a δ of 1 would make them.
        let excess: Double, weight: Double
        private let squares: [Double], noise: [Double], scales: [Double]

        /// - Parameters:
        ///   - new: The later release's evidence.
        ///   - old: The earlier one's.
        ///   - scales: See `Drift.scales`.
        init(_ new: CellEvidence, _ old: CellEvidence, scales: [Double]) {
            squares = zip(new.values, old.values).map { ($0 - $1) * ($0 - $1) }
            noise = zip(new.variances, old.variances).map { $0 + $1 }
            self.scales = scales
            excess = zip(squares, noise).reduce(0) { $0 + $1.0 - $1.1 }
            weight = scales.reduce(0) { $0 + $1 * $1 }
        }

        /// The δ of this marginal.
        ///
        /// - Parameter floor: The δ to believe in where the figures do not contradict it.
        func drift(atLeast floor: Double) -> Double {
            let cells = Double(scales.count)
            var statistic = 0.0
            for cell in scales.indices {
                let drift = floor * scales[cell]
                statistic += squares[cell] / (noise[cell] + drift * drift)
            }
            guard statistic > cells + 2 * (2 * cells).squareRoot(), weight > 0 else { return floor }
            return max(floor, (max(0, excess) / weight).squareRoot())
        }
    }

    /// The δ of all marginals together.
    ///
    /// - Parameters:
    ///   - comparisons: The marginals.
    ///   - declared: The declared δ.
    /// - Returns: At least `declared`.
    static func pooled(_ comparisons: [Comparison], declared: Double) -> Double {
        let excess = comparisons.reduce(0) { $0 + $1.excess }
        let weight = comparisons.reduce(0) { $0 + $1.weight }
        return weight > 0 ? max(declared, (max(0, excess) / weight).squareRoot()) : declared
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
