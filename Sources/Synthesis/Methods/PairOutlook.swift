// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy

/// What noisy figures say about measuring all pairs or a tree of them.
///
/// Post-processing: spends nothing. All figures are means over pairs, by the weights of the workload.
struct PairOutlook: Sendable {
    /// The noise in pairs if all were measured, as a total variation distance.
    let noise: Double
    /// What pairs say beyond a product of columns.
    let distance: Double
    /// The geometric mean of both, pair by pair, which a mixture's error follows.
    let balance: Double
    /// The expected error of the best tree.
    let tree: Double

    /// Whether somebody will predict a column.
    let hasTarget: Bool

    /// `noise` over `distance`, below which all pairs are clear, and above which most are hidden; and between the
    /// two, `tree` over `balance` where a tree and a mixture err alike.
    ///
    /// Chosen on eight tables at five budgets; where they are wrong, errors differ by some hundredths. What is
    /// predicted from a tree's rows is a little nearer to what real rows say at equal errors, so with a target
    /// pairs have to be clearer (Adult, ε = 1: AUC .906 from a tree, .904 from a mixture, over five runs each).
    private static let clear = 0.6, clearForTarget = 0.45, hiding = 1.6, even = 0.43

    init(
        noise: Double, distance: Double, balance: Double, tree: Double, hasTarget: Bool = false
    ) {
        self.hasTarget = hasTarget
        self.noise = noise
        self.distance = distance
        self.balance = balance
        self.tree = tree
    }

    /// - Parameters:
    ///   - task: The table and what is wanted of it.
    ///   - columns: What is known of the columns.
    ///   - errors: Noisy errors of a product of columns.
    ///   - rho: What errors and pairs will have.
    init(_ task: SynthesisTask, columns: MeasuredColumns, errors: PairErrors, rho: Rho) {
        let sizes = Mixture.compression(columns, task: task, rho: rho).recoding.sizes
        // The mean size of a normal number is √(2/π) of its deviation.
        let cell =
            Mixture.pairSigma(of: task, rho: rho) * (2 / Double.pi).squareRoot()
            / (2 * columns.total)
        var (noise, distance, balance, weights) = (0.0, 0.0, 0.0, 0.0)
        for (pair, own) in zip(task.pairs, errors.shrunk) {
            let weight = task.workload.weight(of: pair)
            let other = cell * Double(Curator.cellCount(pair, sizes))
            noise += weight * other
            distance += weight * own
            balance += weight * (other * own).squareRoot()
            weights += weight
        }
        self.init(
            noise: noise / weights, distance: distance / weights, balance: balance / weights,
            tree: TreeChoice(
                task, errors: errors, rho: rho.scaled(by: Rational(1) - Tree.errorShare)
            ).best.error, hasTarget: !task.workload.targets.isEmpty)
    }

    /// Whether a tree is expected to err less than a mixture.
    var isForTree: Bool {
        let clear = hasTarget ? Self.clearForTarget : Self.clear
        return noise > Self.hiding * distance
            || (noise > clear * distance && tree < Self.even * balance)
    }

    /// The figures, in a phrase.
    var words: String {
        guard distance > 0 else { return "pairs say nothing beyond columns" }
        let missed = Int((100 * min(tree / distance, 1)).rounded())
        let hundredths = Int((min(noise / distance, 100) * 100).rounded())
        let ratio = "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
        return
            "with all pairs measured noise would be \(hundredths < 10_000 ? ratio : "over 100") times what they "
            + "say beyond columns; a tree is expected to miss \(missed) % of that"
    }
}
