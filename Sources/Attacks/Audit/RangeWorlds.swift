// SPDX-License-Identifier: Apache-2.0

import Curation
@_spi(Minting) import Privacy

/// Two invented tables with an open column of numbers, which differ by one privacy unit whose numbers are far from all
/// others.
///
/// The unit brings three times as many records as it may.
struct RangeWorlds: ~Copyable {
    private let without: OpenCurator
    private let with: OpenCurator
    /// One cell for the common numbers, one for the unit's.
    private let grid = PublicGrid(starts: [0, 500], last: 999)

    /// Invents both tables.
    ///
    /// - Parameters:
    ///   - unitRows: The cap of records per privacy unit.
    ///   - temporaryDirectory: A folder for the invented tables, which are gone at once.
    init(unitRows: Int, temporaryDirectory: String) throws(AuditError) {
        let schema = try InventedTable.schema([
            #"{"name": "found", "type": "integer", "semblance": {"discover": {"bins": 8}}}"#
        ])
        let common = (0..<CanaryWorlds.commonRows).map { InventedTable.line(unit: $0, ["\($0)"]) }
        let own = Array(repeating: InventedTable.line(unit: -1, ["700"]), count: 3 * unitRows)
        let first = try InventedTable.open(
            common, schema: schema, unitRows: unitRows, in: temporaryDirectory)
        let second = try InventedTable.open(
            common + own, schema: schema, unitRows: unitRows, in: temporaryDirectory)
        without = first
        with = second
    }

    /// Has the numbers of one table counted.
    ///
    /// - Parameters:
    ///   - hasUnit: Whether it is the table with the unit.
    ///   - plan: The noise.
    /// - Returns: The noisy number of the unit's records, and the receipt.
    func count(
        hasUnit: Bool, plan: GaussianPlan
    ) throws(AuditError) -> (score: Double, charge: Charge) {
        let grant = GrantAccount(reserving: PrivacyCost(plan.cost)).mint()
        do {
            let noisy =
                hasUnit
                ? try with.histogram(of: 0, over: grid, plan: plan, grant: grant)
                : try without.histogram(of: 0, over: grid, plan: plan, grant: grant)
            return (Double(noisy.cells[1]), noisy.charge)
        } catch {
            throw .curation(error)
        }
    }
}
