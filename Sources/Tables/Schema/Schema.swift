// SPDX-License-Identifier: Apache-2.0

/// What a column is to the person behind the record.
public enum Role: String, Sendable, Codable {
    /// Points at one person or thing; never measured, never copied.
    case identifier
    /// Known to others, so that several of them together may single a person out.
    case quasi
    /// What an adversary wants to learn.
    case sensitive
    /// Everything else.
    case attribute
}

/// The Table Schema types that Semblance reads and writes.
public enum FieldType: String, Sendable, Codable, CaseIterable {
    /// Text out of a declared list.
    case string
    /// A whole number.
    case integer
    /// A decimal number with a declared count of decimals.
    case number
    /// True or false.
    case boolean
    /// A calendar day (or month, or year, as the format says).
    case date
    /// A calendar day with a time of day, without a time zone.
    case datetime
    /// A time of day.
    case time
}

/// One column of a table as its schema declares it.
public struct Field: Sendable {
    /// The column's name in the table's header.
    public let name: String
    /// The type of its values.
    public let type: FieldType
    /// Where its value lies in a JSON record; its member of that name unless declared.
    let pointer: JSONPointer
    /// The declared format of dates and times, or nil for the type's default.
    public let format: String?
    /// What the column is to the person behind the record.
    public let role: Role
    /// How its texts become codes and codes become texts; nil for an identifier, and as long as the
    /// domain is to be discovered.
    public let codec: ColumnCodec?
    /// What of the domain is to be discovered; nil where it is declared.
    public let open: OpenDomain?
    /// The sum that the column is; nil where it is read and measured.
    public let derived: DerivedColumn?
    /// How invented identifiers look; only an identifier has one, and without it the synthetic
    /// table has no such column.
    public let pattern: IdentifierPattern?
    /// The texts that stand for "no value" in the column.
    let missing: MissingValues
    /// What it is within the records of one privacy unit.
    public let unit: UnitDeclaration
    /// What of the declaration was taken from the table and not confirmed to be public yet.
    public let unconfirmed: [String]
    /// The schema's title of the column.
    public let title: String?
    /// The schema's description of the column.
    public let description: String?

    /// Whether the column is measured: every one that is no identifier.
    public var isMeasured: Bool { codec != nil || open != nil }
    /// Whether the synthetic table has this column.
    public var isReleased: Bool { isMeasured || pattern != nil || derived != nil }
}

/// A Frictionless Table Schema with Semblance's properties: everything that may be known about a
/// table before any record of it is read.
///
/// Domains are declared, so nothing here depends on real records and the schema is public. Where a field
/// says `"discover"` instead, `completed(with:)` makes the schema with the domain that was found.
public struct Schema: Sendable {
    /// The columns in the order of the schema, which is the column order of the synthetic table.
    public let fields: [Field]
    /// Rules between columns that every written record keeps.
    public let constraints: [Constraint]
    /// Texts that stand for "no value" in every column that does not declare its own.
    public let missingValues: [String]
    /// What the schema is called in errors.
    public let name: String
    /// The bytes the schema was read from.
    public let source: [UInt8]
    /// Indices into `fields` of the measured columns, ascending.
    ///
    /// This is the attribute order of record blocks and models.
    public let measured: [Int]

    /// Reads a schema.
    ///
    /// The reader is strict: an unknown `semblance` key, a missing or contradictory domain, two
    /// fields of one name or a domain of more than 65,000 cells is an error.
    ///
    /// - Parameters:
    ///   - json: The schema, a Table Schema descriptor in JSON.
    ///   - name: What to call the schema in errors, usually its file name.
    /// - Throws: `SchemaError` naming the field and the fix.
    public init(json: [UInt8], name: String) throws(SchemaError) {
        self.name = name
        let reader = SchemaReader(name: name)
        let table = try reader.read(json)
        fields = table.fields
        missingValues = table.missingValues
        constraints = table.constraints
        source = json
        measured = table.fields.indices.filter { table.fields[$0].isMeasured }
        for field in fields {
            do throws(SchemaError) {
                _ = try field.derived?.terms(in: self)
            } catch {
                throw SchemaError(schema: name, field: field.name, detail: error.detail)
            }
        }
    }

    /// Names of the measured columns, in attribute order.
    public var attributeNames: [String] { measured.map { fields[$0].name } }

    /// Codecs of the measured columns, in attribute order; a schema with open domains has none, and asking it
    /// for them is the caller's error.
    public var codecs: [ColumnCodec] {
        precondition(openAttributes.isEmpty, "an open domain has no codec yet")
        return measured.compactMap { fields[$0].codec }
    }

    /// The most rows for which every invented identifier has a value of its own; nil where none is invented.
    public var identifierCapacity: UInt64? { fields.compactMap(\.pattern?.capacity).min() }

    /// The attributes whose domain is to be discovered, ascending.
    public var openAttributes: [Int] {
        measured.indices.filter { fields[measured[$0]].open != nil }
    }

    /// The most cells that each attribute can have: those it has, where its domain is declared.
    public var mostCells: [Int] {
        measured.map { fields[$0].codec?.cellCount ?? fields[$0].open?.mostCells ?? 0 }
    }

    /// Position of a column in the attribute order.
    ///
    /// - Parameter name: The column's name.
    /// - Returns: An index into `measured`, or nil when there is no measured column of that name.
    public func attribute(named name: String) -> Int? {
        measured.firstIndex { fields[$0].name == name }
    }
}
