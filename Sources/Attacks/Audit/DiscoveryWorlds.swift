// SPDX-License-Identifier: Apache-2.0

import Curation
@_spi(Minting) import Privacy
import Tables

/// Two invented tables with an open column, which differ by one privacy unit, each behind its own wall.
///
/// The tables go the way of a release: they are read, bounded, hashed and spooled by an `OpenCurator`. The unit brings
/// three times as many records as it may, so that the experiment sees whether the cap holds.
struct DiscoveryWorlds: ~Copyable {
    /// What the unit's records say.
    enum Canary: Sendable, CaseIterable {
        /// All of them one category that no other record has: named with probability q(k).
        case alone
        /// Each another one that no other record has: one of them is named with a probability near k·q(1).
        case spread
        /// All of them one category that is one record short of the threshold without them.
        case lifted
    }

    /// Records of others in a category that the unit lifts; from more on no runs tell anything.
    static let mostRows = 5_000

    private let without: OpenCurator
    private let with: OpenCurator
    /// What names of the canary's categories begin with.
    private static let mark = "7"

    /// Invents both tables.
    ///
    /// - Parameters:
    ///   - canary: What the unit's records say.
    ///   - plan: Noise, threshold and number of categories; whether keys are hashes of texts or numbers.
    ///   - temporaryDirectory: A folder for the invented tables, which are gone at once.
    init(
        _ canary: Canary, plan: ThresholdPlan, temporaryDirectory: String
    ) throws(AuditError) {
        let unitRows = plan.noise.sensitivity
        let type = plan.keyBits > 0 ? "string" : "integer"
        let schema = try InventedTable.schema([
            """
            {"name": "found", "type": "\(type)",
             "semblance": {"discover": {"categories": \(plan.mostKeys)}}}
            """
        ])
        // So few that they leave room for the canary among those that are named.
        let others = min(3, plan.mostKeys - 1)
        var common = (0..<CanaryWorlds.commonRows).map { row in
            InventedTable.line(unit: row, [others > 0 ? "\(1 + row % others)" : ""])
        }
        if canary == .lifted {
            common += (0..<min(plan.threshold - 1, Self.mostRows)).map { row in
                InventedTable.line(unit: CanaryWorlds.commonRows + row, [Self.mark])
            }
        }
        let own = (0..<3 * unitRows).map { row in
            InventedTable.line(
                unit: -1, [canary == .spread ? Self.mark + "\(row)" : Self.mark])
        }
        let first = try InventedTable.open(
            common, schema: schema, unitRows: unitRows, in: temporaryDirectory)
        let second = try InventedTable.open(
            common + own, schema: schema, unitRows: unitRows, in: temporaryDirectory)
        without = first
        with = second
    }

    /// Has the categories of one table named.
    ///
    /// - Parameters:
    ///   - hasUnit: Whether it is the table with the unit.
    ///   - plan: Noise and threshold.
    /// - Returns: The largest noisy count of a category that the unit has, 0 where none is named; and the receipt.
    func name(
        hasUnit: Bool, plan: ThresholdPlan
    ) throws(AuditError) -> (score: Double, charge: Charge) {
        let grant = GrantAccount(reserving: plan.cost).mint()
        let found: NoisyCategories
        do {
            found =
                hasUnit
                ? try with.categories(of: 0, plan: plan, grant: grant)
                : try without.categories(of: 0, plan: plan, grant: grant)
        } catch {
            throw .curation(error)
        }
        let own = found.categories.filter { $0.text.starts(with: Self.mark.utf8) }
        return (Double(own.map(\.count).max() ?? 0), found.charge)
    }
}
