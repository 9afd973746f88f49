// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
import Privacy
import Synthesis
import Tables

/// Columns that the schema no longer fits: a large share of their values is outside the declared domain.
///
/// A value outside goes to a cell of its own, so an export that has changed its format would end in a column
/// of nothing and no error. The noisy count of that cell was paid for with the column's marginal, so
/// that looking at it is post-processing.
enum OutsideValues {
    /// Shares from which on a column is named.
    static let least = 0.2
    /// Standard deviations of noise that a share must be clear of: a false alarm in 30,000 columns.
    static let clearance = 4.0

    /// Texts about the columns, in their order.
    ///
    /// - Parameters:
    ///   - measurements: What was measured.
    ///   - schema: The schema.
    ///   - discovered: What of it was discovered; nil where all of it is declared.
    static func warnings(
        _ measurements: Measurements, schema: Schema, discovered: DiscoveredSchema?
    ) -> [String] {
        let empty = discovered?.emptyColumns ?? []
        let found = Set(discovered?.answers.map(\.column) ?? [])
        let advice =
            "raise epsilon or discovery.share, discover fewer columns, or declare the domain"
        let nothing = empty.map {
            "Column \($0): discovery found nothing that noise would not hide, so all its values are missing or "
                + "others; \(advice)."
        }
        return nothing
            + zip(schema.attributeNames, zip(schema.codecs, measurements.oneWay)).compactMap {
                name, column in
                let (codec, marginal) = column
                guard !empty.contains(name),
                    let other = marginal.cells.indices.first(where: codec.isOther)
                else { return nil }
                let sigma = Double(marginal.sigma2, rounding: .up).squareRoot()
                let count = Double(marginal.cells[other])
                guard count - clearance * sigma > least * measurements.total else { return nil }
                let share = Int((100 * min(count / measurements.total, 1)).rounded())
                guard !found.contains(name) else {
                    return
                        "Column \(name): about \(share) % of the values are outside the discovered domain "
                        + "(from noisy counts); \(advice)."
                }
                return
                    "Column \(name): about \(share) % of the values are outside the declared domain "
                    + "(from noisy counts); check the schema and the table."
            }
    }
}
