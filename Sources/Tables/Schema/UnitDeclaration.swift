// SPDX-License-Identifier: Apache-2.0

/// What a column is within the records of one privacy unit.
public struct UnitDeclaration: Sendable, Hashable {
    /// Whether all records of a unit have the same value, as of a person's sex and year of birth.
    public var isConstant = false
    /// Whether the records of a unit are written in ascending order of this column.
    public var isOrdering = false
}

extension FieldReader {
    /// Reads `"per"` and `"order"`.
    ///
    /// - Parameters:
    ///   - type: The field's type.
    ///   - isMeasured: Whether the column is measured; an identifier can be constant, but not order records.
    func unitDeclaration(
        type: FieldType, isMeasured: Bool
    ) throws(SchemaError) -> UnitDeclaration {
        var declaration = UnitDeclaration()
        for key in ["per", "order"] {
            guard let text = try string(semblance?[key], key) else { continue }
            guard text == "unit" else {
                throw SchemaError(
                    detail: "\"\(key)\" is \"\(text)\", which is unknown; use \"unit\" or remove it"
                )
            }
        }
        declaration.isConstant = semblance?["per"] != nil
        declaration.isOrdering = semblance?["order"] != nil
        guard declaration.isOrdering else { return declaration }
        guard isMeasured, type != .string, type != .boolean, !declaration.isConstant else {
            throw SchemaError(
                detail:
                    "\"order\" needs a measured number, date or time that is not the same in all "
                    + "records of a unit; remove it")
        }
        return declaration
    }
}

extension SchemaReader {
    /// Refuses two columns that order records.
    static func checkOrder(of fields: [Field]) throws(SchemaError) {
        let ordering = fields.filter(\.unit.isOrdering)
        guard ordering.count > 1 else { return }
        throw SchemaError(
            field: ordering[1].name,
            detail:
                "\"order\" is in \"\(ordering[0].name)\" too; records of a unit have one order, so "
                + "remove one of them")
    }
}

extension Schema {
    /// The attributes that are the same in all records of a unit, ascending.
    public var unitConstants: [Int] {
        measured.indices.filter { fields[measured[$0]].unit.isConstant }
    }

    /// The attribute in whose order the records of a unit are written, or nil where none is declared.
    public var unitOrder: Int? {
        measured.indices.first { fields[measured[$0]].unit.isOrdering }
    }
}
