// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy

/// Mixtures of what was measured.
///
/// Post-processing: spends nothing.
enum MixtureFit {
    /// Fits a mixture of products over merged cells.
    ///
    /// - Parameters:
    ///   - oneWay: The noisy one-way marginal of each attribute, in order.
    ///   - counts: What they say about each column, see `ColumnDensities`.
    ///   - pairs: Noisy two-way marginals of merged cells; a pair may come several times.
    ///   - earlier: What earlier releases say of pairs of merged cells.
    ///   - compression: The merging.
    ///   - total: The estimated number of records.
    ///   - isSketch: Whether a rough one will do, in less time.
    /// - Returns: The mixture. Complexity: see `MixtureEstimation`.
    static func fit(
        oneWay: [NoisyMarginal], counts: [[Double]], pairs: [NoisyMarginal],
        earlier: [LinearMeasurement] = [], compression: Compression, total: Double,
        isSketch: Bool = false
    ) -> ProductMixture {
        let sizes = compression.recoding.sizes
        var options = MixtureEstimation.Options(
            ratio: max(1, total * meanPrecision(of: pairs).squareRoot()), cells: sizes.reduce(0, +))
        if isSketch {
            options.components = min(options.components, 128, max(8, sizes.reduce(0, +)))
            options.steps = 200
            options.penalty = 0.5
        }
        return MixtureEstimation.fit(
            pairs: pairs.map(\.linear) + earlier,
            marginals: counts.indices.map { attribute in
                compression.merged(counts[attribute], of: attribute).map { $0 / total }
            },
            variances: oneWay.map { Double($0.sigma2, rounding: .toNearestOrEven) },
            total: total, domain: Domain(sizes: sizes), options: options)
    }

    /// The mean over different pairs of the precision of a cell; measurements of one pair add up.
    private static func meanPrecision(of pairs: [NoisyMarginal]) -> Double {
        let sum = pairs.reduce(0) { $0 + 1 / Double($1.sigma2, rounding: .toNearestOrEven) }
        return sum / Double(max(1, Set(pairs.map(\.attributes)).count))
    }
}
