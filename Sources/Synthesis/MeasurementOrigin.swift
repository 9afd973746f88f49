// SPDX-License-Identifier: Apache-2.0

public import Tables

/// Where measurements come from and what they cost: all that a later run needs besides the figures, so that
/// the file stands alone when the release's own files are gone.
public struct MeasurementOrigin: Sendable, Codable, Hashable {
    /// The release's name, and when it was made, `YYYY-MM-DDThh:mm:ssZ`.
    public let release: String, created: String
    /// The schema that the codes follow, as text; with the discovered domains where there were some.
    public let schema: String
    /// The statement of privacy: ε, δ and ρ of the whole release, exact.
    public let epsilon: String, delta: String, rho: String
    /// The neighbouring relation with the privacy unit and its bound.
    public let unit: String
    /// The column that names the privacy unit; nil where each record is its own.
    public let unitColumn: String?
    /// The population whose budget was charged.
    public let population: String
    /// The charge's number in the ledger and the hash of its entry.
    public let ledgerSequence: Int, ledgerHash: String
    /// How many rows the released table has, and the public seed that they were drawn with.
    public let rows: Int, seed: UInt64

    /// Describes a release.
    ///
    /// - Parameters:
    ///   - release: The release's name.
    ///   - created: When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    ///   - schema: The text of the schema that the codes follow.
    ///   - epsilon: ε of the whole release, exact.
    ///   - delta: δ of the whole release, exact.
    ///   - rho: ρ of the whole release, exact.
    ///   - unit: The neighbouring relation with the privacy unit and its bound.
    ///   - unitColumn: The column that names the privacy unit, if there is one.
    ///   - population: The population whose budget was charged.
    ///   - ledgerSequence: The charge's number in the ledger.
    ///   - ledgerHash: The hash of that entry.
    ///   - rows: How many rows the released table has.
    ///   - seed: The public seed that they were drawn with.
    public init(
        release: String, created: String, schema: String, epsilon: String, delta: String,
        rho: String, unit: String, unitColumn: String? = nil, population: String,
        ledgerSequence: Int, ledgerHash: String,
        rows: Int, seed: UInt64
    ) {
        self.release = release
        self.created = created
        self.schema = schema
        self.epsilon = epsilon
        self.delta = delta
        self.rho = rho
        self.unit = unit
        self.unitColumn = unitColumn
        self.population = population
        self.ledgerSequence = ledgerSequence
        self.ledgerHash = ledgerHash
        self.rows = rows
        self.seed = seed
    }

    /// The schema.
    ///
    /// - Throws: `SchemaError` where the text was changed.
    public func parsedSchema() throws(SchemaError) -> Schema {
        try Schema(json: Array(schema.utf8), name: "schema of \(release)")
    }
}
