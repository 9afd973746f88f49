// SPDX-License-Identifier: Apache-2.0

import Curation
@_spi(Minting) import Privacy
import Tables

/// Two invented tables that differ by one privacy unit, the canary, each behind its own wall.
///
/// The canary's records are all the same and hold the last code of each attribute, which no other record has
/// (unless an attribute has one code alone): the pair of neighbours that noisy counts tell apart best. It brings three
/// times as many records as a unit may, so that the experiment sees whether the cap holds.
///
/// Real records have no way in here, so grants are minted without a ledger: these are the only tables they are ever
/// spent on.
public struct CanaryWorlds: ~Copyable {
    /// Records that both tables hold.
    static let commonRows = 240

    /// Cells of each attribute.
    public let sizes: [Int]
    /// The cap of records per privacy unit.
    public let unitRows: Int
    /// The canary's codes.
    let canary: [Int]
    private let without: Curator
    private let with: Curator

    /// Invents both tables and has them curated as any other.
    ///
    /// - Parameters:
    ///   - sizes: Cells of each attribute; at least one attribute, each of 1 to 65 535 cells.
    ///   - unitRows: The cap of records per privacy unit, from 1 to 10 000.
    ///   - temporaryDirectory: A folder for the invented tables, which are gone at once.
    /// - Throws: `AuditError` when parameters are out of range or the folder cannot be written.
    public init(
        sizes: [Int], unitRows: Int, temporaryDirectory: String
    ) throws(AuditError) {
        guard !sizes.isEmpty, sizes.allSatisfy({ (1...65_535).contains($0) }),
            (1...10_000).contains(unitRows)
        else {
            throw .unusable(
                "invented table: found \(sizes.count) columns and \(unitRows) records per unit, "
                    + "expected columns of 1 to 65535 cells and 1 to 10000 records per unit")
        }
        let schema = try Self.schema(sizes)
        let common = (0..<Self.commonRows).map { Self.line(unit: $0, Self.codes($0, sizes: sizes)) }
        let own = Array(repeating: Self.line(unit: -1, sizes.map { $0 - 1 }), count: 3 * unitRows)
        let first = try Self.curate(common, schema, unitRows, in: temporaryDirectory)
        let second = try Self.curate(common + own, schema, unitRows, in: temporaryDirectory)
        guard first.sizes == sizes, second.sizes == sizes else {
            throw .unusable("invented table: its columns have other sizes than were asked")
        }
        self.sizes = sizes
        self.unitRows = unitRows
        canary = sizes.map { $0 - 1 }
        without = first
        with = second
    }

    /// Has one table answer once.
    ///
    /// - Parameters:
    ///   - hasUnit: Whether it is the table with the canary.
    ///   - cost: The budget of this answer.
    ///   - body: Asks.
    /// - Returns: What the body returns.
    func ask<Answer>(
        hasUnit: Bool, cost: PrivacyCost,
        _ body: (borrowing Curator, consuming PrivacyGrant) throws(AuditError) -> Answer
    ) throws(AuditError) -> Answer {
        let grant = GrantAccount(reserving: cost).mint()
        return hasUnit ? try body(with, grant) : try body(without, grant)
    }

    /// The canary's cell of a marginal.
    ///
    /// - Parameters:
    ///   - attributes: The marginal.
    ///   - recoding: How codes are merged before counting.
    /// - Returns: Its place, and how many of the common records share it.
    func cell(of attributes: [Int], under recoding: Recoding) -> (place: Int, common: Int) {
        func place(_ codes: [Int]) -> Int {
            attributes.reduce(0) {
                $0 * recoding.sizes[$1] + Int(recoding.maps[$1][codes[$1]])
            }
        }
        let own = place(canary)
        return (own, (0..<Self.commonRows).count { place(Self.codes($0, sizes: sizes)) == own })
    }

    /// Codes of a common record: all columns count together, so that pairs of them are worth measuring.
    static func codes(_ row: Int, sizes: [Int]) -> [Int] { sizes.map { row % max(1, $0 - 1) } }

    private static func line(unit: Int, _ codes: [Int]) -> String {
        InventedTable.line(unit: unit, codes.map(String.init))
    }

    private static func schema(_ sizes: [Int]) throws(AuditError) -> Schema {
        try InventedTable.schema(
            sizes.enumerated().map { index, size in
                """
                {"name": "c\(index)", "type": "integer", "constraints": {"required": true},
                 "semblance": {"domain": {"minimum": 0, "maximum": \(size - 1), "bins": \(size)},
                   "outside": "clamp"}}
                """
            })
    }

    private static func curate(
        _ lines: [String], _ schema: Schema, _ unitRows: Int, in folder: String
    ) throws(AuditError) -> Curator {
        try InventedTable.read(lines, schema: schema, in: folder) {
            (reader) throws(CurationError) in
            try Curator.curate(
                reader, schema: schema, unit: UnitRule(column: "unit", rows: unitRows),
                holdout: Rational(0), options: CurationOptions(temporaryDirectory: folder))
        }
    }
}
