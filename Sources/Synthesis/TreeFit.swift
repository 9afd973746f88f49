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
}

extension NoisyMarginal {
    /// The marginal as the engine takes it.
    var linear: LinearMeasurement {
        LinearMeasurement(
            clique: Clique(attributes), values: cells.map(Double.init),
            variance: Double(sigma2, rounding: .toNearestOrEven))
    }
}
