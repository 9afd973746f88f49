// SPDX-License-Identifier: Apache-2.0

import Curation
@_spi(Minting) import Privacy
import Tables

/// Two invented tables that differ by one privacy unit, each divided into training and holdout under the same key.
///
/// The part of the unit is known to the attacker: the guarantee holds for each key, as the rule looks at no other
/// unit. The unit's records are the only ones in their cell.
struct DividedWorlds: ~Copyable {
    private let without: Curator
    private let with: Curator

    /// Invents both tables.
    ///
    /// - Parameters:
    ///   - part: Where the unit's records are.
    ///   - unitRows: The cap of records per privacy unit; the unit brings three times as many.
    ///   - temporaryDirectory: A folder for the invented tables, which are gone at once.
    init(
        unitIn part: Part, unitRows: Int, temporaryDirectory: String
    ) throws(AuditError) {
        let common = (0..<CanaryWorlds.commonRows).map { InventedTable.line(unit: $0, ["0"]) }
        let own = Array(repeating: InventedTable.line(unit: -1, ["1"]), count: 3 * unitRows)
        let schema = try InventedTable.schema([
            """
            {"name": "c0", "type": "integer", "constraints": {"required": true},
             "semblance": {"domain": {"minimum": 0, "maximum": 1, "bins": 2}, "outside": "clamp"}}
            """
        ])
        func curate(_ lines: [String], _ key: ShardKey) throws(AuditError) -> Curator {
            try InventedTable.read(lines, schema: schema, in: temporaryDirectory) {
                (reader) throws(CurationError) in
                try Curator.curate(
                    reader, schema: schema, unit: UnitRule(column: "unit", rows: unitRows),
                    holdout: Rational(numerator: 1, denominator: 2), key: key,
                    options: CurationOptions(temporaryDirectory: temporaryDirectory))
            }
        }
        // Each key suits with a probability of a half.
        var key = ShardKey.random()
        for _ in 0..<100 {
            guard try !Self.holds(try curate(own, key), part) else { break }
            key = .random()
        }
        let first = try curate(common, key)
        let second = try curate(common + own, key)
        without = first
        with = second
    }

    /// Spends one reservation on both parts, as a release does: a marginal of the training part, and a histogram of
    /// guesses, as the evidence asks, of the holdout.
    ///
    /// - Parameters:
    ///   - hasUnit: Whether the table with the unit is asked.
    ///   - rho: What is reserved, once.
    /// - Returns: The noisy number of the unit's records in both parts together; a receipt of one part; and what the
    ///   account says was consumed, of both parts.
    func ask(
        hasUnit: Bool, rho: Rho
    ) throws(AuditError) -> (score: Double, charge: Charge, consumed: PrivacyCost) {
        let account = GrantAccount(reserving: PrivacyCost(rho))
        let parts = account.mint().inParallel()
        let training = parts.training
        let holdout = parts.holdout
        let answer =
            hasUnit
            ? try Self.ask(with, training: training, holdout: holdout)
            : try Self.ask(without, training: training, holdout: holdout)
        return (answer.score, answer.charge, account.settlement.consumed)
    }

    private static func ask(
        _ curator: borrowing Curator, training: consuming PrivacyGrant,
        holdout: consuming PrivacyGrant
    ) throws(AuditError) -> (score: Double, charge: Charge) {
        // A lookup that knows the unit's key alone.
        let match = MatchQuery(attributes: [0], target: 0, predictions: [1: 1])
        do throws(CurationError) {
            let learnt = try curator.measure(
                [[0]], weights: nil, recoding: nil, in: .training, grant: training)
            let tested = try curator.histogram(of: match, in: .holdout, grant: holdout)
            return (
                Double((learnt[0].cells.last ?? 0) + (tested.cells.last ?? 0)), learnt[0].charge
            )
        } catch {
            throw .curation(error)
        }
    }

    /// Whether the unit's records are in a part, with so little noise that there is no doubt.
    private static func holds(
        _ curator: borrowing Curator, _ part: Part
    ) throws(AuditError) -> Bool {
        let grant = GrantAccount(reserving: PrivacyCost(Rho(100_000_000))).mint()
        do {
            let cells = try curator.measure(
                [[0]], weights: nil, recoding: nil, in: part, grant: grant)[0].cells
            return cells[1] > 0
        } catch {
            throw .curation(error)
        }
    }
}
