// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy

/// Estimation of a junction tree from what a method measured.
///
/// Post-processing: spends nothing.
enum TreeFit {
    /// The measurements as the engine takes them: one-way marginals in merged cells, and the others.
    ///
    /// - Parameters:
    ///   - oneWay: The one-way marginal of each attribute, in order.
    ///   - compression: The merging.
    ///   - merged: Marginals of merged cells.
    static func linear(
        oneWay: [NoisyMarginal], compression: Compression, merged: [NoisyMarginal]
    ) -> [LinearMeasurement] {
        oneWay.map { marginal in
            let sigma2 = Double(marginal.sigma2, rounding: .toNearestOrEven)
            let (values, members) = compression.merged(marginal)
            return LinearMeasurement(
                clique: Clique(marginal.attributes), values: values,
                variances: members.map { Double($0) * sigma2 })
        } + merged.map(\.linear)
    }

    /// A noisy pair without the noise that is no more than noise: what it says beyond a product of columns is
    /// taken to be of low rank, see `LowRankShrinkage`.
    ///
    /// Its variance stays, as it weighs the pair against others that share a column.
    ///
    /// - Parameters:
    ///   - pair: A marginal of two merged columns.
    ///   - counts: What is known of each column's cells.
    ///   - compression: The merging.
    ///   - total: The estimated number of records.
    static func shrunk(
        _ pair: NoisyMarginal, counts: [[Double]], compression: Compression, total: Double
    ) -> LinearMeasurement {
        let sigma2 = Double(pair.sigma2, rounding: .toNearestOrEven)
        let columns = pair.attributes.map { compression.merged(counts[$0], of: $0) }
        let product = columns[0].flatMap { one in columns[1].map { one * $0 / total } }
        let rest = LowRankShrinkage.denoised(
            zip(pair.cells, product).map { Double($0) - $1 }, rows: columns[0].count,
            columns: columns[1].count, sigma: sigma2.squareRoot())
        return LinearMeasurement(
            clique: Clique(pair.attributes), values: zip(rest, product).map { $0 + $1 },
            variance: sigma2)
    }
}

extension NoisyMarginal {
    /// The marginal as the engine takes it.
    var linear: LinearMeasurement {
        LinearMeasurement(
            clique: Clique(attributes), values: cells.map(Double.init),
            variance: Double(sigma2, rounding: .toNearestOrEven))
    }
}
