// SPDX-License-Identifier: Apache-2.0

import Curation
import Synthesis
import Tables

extension PreparedRelease {
    /// Whether units are counted by their records, and rows written with invented units: where a unit may have
    /// several, and the written table names units.
    var countsUnits: Bool {
        guard let column = file.unitColumn,
            Curator.countsUnits(UnitRule(column: column, rows: file.unitRows))
        else { return false }
        return schema.fields.contains {
            ($0.name == column || !$0.isMeasured && $0.unit.isConstant) && $0.isReleased
        }
    }

    /// How rows are divided among invented units; nil where each row is one.
    ///
    /// - Parameter measurements: What was measured, of the schema's attributes.
    func grouping(_ measurements: Measurements) -> UnitGrouping? {
        measurements.unitShares.map {
            UnitGrouping(
                shares: $0, constant: schema.unitConstants, sizes: measurements.sizes)
        }
    }
}
