// SPDX-License-Identifier: Apache-2.0

/// Fitting of a mixture of products to noisy one- and two-way marginals.
public enum MixtureEstimation {
    /// How a mixture is fitted.
    public struct Options: Sendable {
        /// Components: more follow more of the pairs, and take more time.
        public var components: Int
        /// Steps of the descent.
        public var steps: Int
        /// κ: how much of the noise's greatest singular value the penalty takes; nil to choose it by what
        /// predicts measurements best that it was not fitted to, see `PenaltyChoice`.
        public var penalty: Double?
        /// The κ that the choice begins with.
        let usualPenalty: Double
        /// The seed of the start; public.
        public var seed: UInt64 = 1
        /// Threads; 0 for one a processor.
        public var workers = 0

        /// Multiplications of a step that are worth their time: wider tables get fewer components.
        private static let mostProducts = 120_000_000

        /// What serves a table.
        ///
        /// - Parameters:
        ///   - ratio: Records over σ of a pair that gets an equal share, above 0.
        ///   - cells: Cells of all attributes together.
        public init(ratio: Double, cells: Int) {
            let most = max(32, Self.mostProducts / max(1, cells * cells))
            // Twice as many as cells hold any pairs.
            components = min(
                Int(min(max(8 * ratio.squareRoot(), 100), 700)), most, max(32, 2 * cells))
            steps = ratio < 2000 ? 500 : 1000
            usualPenalty = 0.35 * min(1, Numbers.exp(0.15 * Numbers.log(100 / ratio)))
        }
    }

    /// Fits a mixture.
    ///
    /// Minimises `½ Σ_ij ‖n G_ij − y_ij‖²/σ_ij² + ½ Σ_j n²‖G_j − m_j‖²/σ_j² + λ Σ_k w_k Σ_j KL(P_kj‖m_j)` by
    /// Adam (Kingma and Ba 2015) on logits, where `G` are the mixture's marginals. The last sum bounds
    /// the total correlation of the mixture from above, so that pairs that noise alone explains stay
    /// products of columns; λ is κ times the spectral norm of the whitened noise, found by power
    /// iteration on simulated signs. Post-processing: spends nothing.
    ///
    /// - Parameters:
    ///   - pairs: Noisy two-way marginals in counts, independent; of attributes that none is about only
    ///     the one-way marginal is fitted. One pair may come several times.
    ///   - marginals: A distribution m_j of each attribute.
    ///   - variances: σ_j² of a count of m_j, for each attribute.
    ///   - total: n, records that the counts are of, above 0.
    ///   - domain: Cells of each attribute.
    ///   - options: Size and time.
    /// - Returns: The mixture; equal input gives an equal one to the bit, whatever the threads.
    /// - Complexity: O(steps × components × cells²), cells those of all attributes side by side; memory
    ///   O(cells² + components × cells).
    public static func fit(
        pairs: [LinearMeasurement], marginals: [[Double]], variances: [Double], total: Double,
        domain: Domain, options: Options
    ) -> ProductMixture {
        precondition(total > 0 && options.components > 0 && options.steps > 0)
        let layout = CellLayout(sizes: domain.sizes)
        var problem = MixtureProblem(
            layout: layout, pairs: pairs, marginals: marginals, variances: variances, total: total,
            seed: options.seed)
        let penalty =
            options.penalty
            ?? PenaltyChoice(
                problem: problem, components: options.components, usual: options.usualPenalty,
                seed: options.seed, workers: options.workers
            ).best
        problem.penalise(by: penalty)
        let (weights, tables) = MixtureDescent.run(
            problem, components: options.components, steps: options.steps, seed: options.seed,
            crew: Crew(workers: options.workers))
        return ProductMixture(domain: domain, layout: layout, weights: weights, tables: tables)
    }
}
