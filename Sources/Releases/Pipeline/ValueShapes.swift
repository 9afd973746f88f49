// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy
import Synthesis
import Tables

/// How the values of a release crowd inside the bins of its numbers and dates.
enum ValueShapes {
    /// The schema of a release with a shape for each bin, fitted to the model's one-way densities.
    ///
    /// Post-processing of charged measurements: spends nothing, and equal measurements give equal shapes. It
    /// is the `schema.json` of the archive, by which the table is written and traced.
    ///
    /// - Parameters:
    ///   - schema: The schema, its domains declared or discovered.
    ///   - measurements: What the release measured.
    ///   - fitted: What was fitted to it.
    /// - Throws: `ReleaseError` with status `software`.
    static func schema(
        _ schema: Schema, measurements: Measurements, fitted: FittedSynthesizer
    ) throws(ReleaseError) -> Schema {
        let total = measurements.total
        let shapes = schema.codecs.enumerated().map { attribute, codec in
            codec.shapes(
                counts: fitted.densities[attribute].map { $0 * total },
                variance: Double(
                    measurements.oneWay[attribute].sigma2, rounding: .toNearestOrEven))
        }
        do {
            return try schema.shaped(by: shapes)
        } catch {
            throw ReleaseError(.software, "shapes of bins: \(error)")
        }
    }
}
