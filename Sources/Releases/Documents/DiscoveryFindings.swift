// SPDX-License-Identifier: Apache-2.0

import Curation
import Evaluation
import Privacy
import Synthesis
import Tables

/// How much of each discovered column its domain holds: what a gate can ask of a discovery.
///
/// From the noisy one-way counts that the release has paid for, so that it costs nothing more.
enum DiscoveryFindings {
    /// The share of records whose value was found, or is missing, of each discovered column.
    ///
    /// - Parameter prepared: The release with its discovered domains; of a declared schema nothing is said.
    /// - Returns: The columns in their order; no estimate where noise hides the number of records.
    static func shares(
        _ measurements: Measurements, of prepared: PreparedRelease
    ) -> [(column: String, found: Estimate?)] {
        guard let discovered = prepared.discovered else { return [] }
        let names = Set(discovered.answers.map(\.column))
        let schema = discovered.schema
        return zip(schema.attributeNames, zip(schema.codecs, measurements.oneWay)).compactMap {
            name, column in
            guard names.contains(name) else { return nil }
            let (codec, marginal) = column
            let other = marginal.cells.indices.filter(codec.isOther)
            return (
                name,
                share(
                    others: other.reduce(0) { $0 + Double(marginal.cells[$1]) },
                    variance: Double(other.count) * Double(marginal.sigma2, rounding: .up),
                    total: measurements.total, totalVariance: measurements.totalVariance)
            )
        }
    }

    /// One less the ratio of two noisy counts, by the delta method.
    ///
    /// - Returns: `nil` where the total is within five standard deviations of zero, so that the ratio means
    ///   nothing.
    static func share(
        others: Double, variance: Double, total: Double, totalVariance: Double
    ) -> Estimate? {
        guard total >= max(10, 5 * totalVariance.squareRoot()) else { return nil }
        let ratio = others / total
        // Both noises may be of the same counts; the sum of their deviations bounds any dependence.
        let error = (variance.squareRoot() + abs(ratio) * totalVariance.squareRoot()) / total
        return .normal(1 - ratio, standardError: error, in: 0...1)
    }
}
