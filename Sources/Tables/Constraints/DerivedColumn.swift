// SPDX-License-Identifier: Apache-2.0

/// A column that is computed from others, and neither read nor measured: `"derived": "a + b"`.
///
/// It is the sum of its parts, each added or taken away, to the last decimal; where a part is missing or outside its
/// domain, so is the sum.
public struct DerivedColumn: Sendable {
    /// The sum as it was declared.
    public let text: String
    let sum: Constraint.Expression
    /// Decimals that are written.
    let decimals: Int
    /// The texts that stand for "no value" in the column.
    let missing: MissingValues

    /// Reads a sum.
    ///
    /// - Throws: `SchemaError` where it is none of columns and numbers.
    init(
        _ text: String, type: FieldType, decimals: Int, missing: MissingValues
    ) throws(SchemaError) {
        guard type == .integer || type == .number else {
            throw SchemaError(
                detail:
                    "\"derived\" is for type integer or number, but the type is \(type.rawValue); "
                    + "measure the column, and write a constraint")
        }
        sum = try ConstraintParser.sum(text)
        guard !sum.columns.isEmpty else {
            throw SchemaError(detail: "\"derived\" names no column; write for example \"a + b\"")
        }
        self.text = text
        self.decimals = decimals
        self.missing = missing
    }

    /// The sum over the attributes of a schema, in units of the column's last decimal.
    struct Terms: Sendable {
        let parts: [(attribute: Int, factor: Int64)]
        let constant: Int64
        let decimals: Int

        /// The value of a record; nil where a part is unknown.
        func value(_ number: (Int) -> Int64?) -> Int64? {
            var sum = constant
            for part in parts {
                guard let own = number(part.attribute) else { return nil }
                sum += part.factor * own
            }
            return sum
        }
    }

    /// Finds the parts in a schema.
    ///
    /// - Throws: `SchemaError` where a part is no measured number with at most the column's decimals.
    func terms(in schema: Schema) throws(SchemaError) -> Terms {
        var parts: [(attribute: Int, factor: Int64)] = []
        for (name, sign) in sum.columns {
            guard let attribute = schema.attribute(named: name),
                let codec = schema.fields[schema.measured[attribute]].codec
            else {
                throw SchemaError(
                    detail:
                        "\"derived\" names \"\(name)\", expected measured columns with declared "
                        + "domains; name those")
            }
            let own = ValueCells(codec)
            guard own.isNumeric, own.step == nil, own.decimals <= decimals else {
                throw SchemaError(
                    detail:
                        "\"derived\" names \"\(name)\", which is no number of at most \(decimals) "
                        + "decimals; give this column more decimals, or name another one")
            }
            parts.append((attribute, sign * FixedPoint.powers[decimals - own.decimals]))
        }
        var constant: Int64 = 0
        for (literal, sign) in sum.literals {
            guard case .number(let text) = literal else {
                throw SchemaError(detail: "\"derived\" adds a text; add columns and numbers")
            }
            let bytes = Array(text.utf8)
            let number = FixedPoint.parse(
                bytes.span, from: 0, to: bytes.count, decimals: decimals)
            guard number.form == .exact, abs(number.value) < 1 << 60 else {
                throw SchemaError(
                    detail:
                        "\"derived\" adds \(text), which has more than \(decimals) decimals; give "
                        + "this column more")
            }
            constant += sign * number.value
        }
        // Far from what 64 bits hold, whatever the record.
        let most = parts.reduce(Double(abs(constant))) { sum, part in
            guard let codec = schema.fields[schema.measured[part.attribute]].codec else {
                return sum
            }
            let own = ValueCells(codec)
            let largest = max(abs(own.high.max() ?? 0), abs(own.low.min() ?? 0))
            return sum + Double(abs(part.factor)) * Double(largest)
        }
        guard most < 4e18 else {
            throw SchemaError(detail: "\"derived\" is larger than 64 bits hold; use fewer decimals")
        }
        return Terms(parts: parts, constant: constant, decimals: decimals)
    }
}

extension FieldReader {
    /// Reads `"derived"`.
    func derivedColumn(
        type: FieldType, role: Role, missing: [String]
    ) throws(SchemaError) -> DerivedColumn? {
        guard let text = try string(semblance?["derived"], "derived") else { return nil }
        for key in ["domain", "outside", "otherValue", "discover", "per", "order"]
        where semblance?[key] != nil {
            throw SchemaError(
                detail: "a derived column is computed and never measured, so it has no \"\(key)\"; "
                    + "remove one of them")
        }
        guard role != .identifier else {
            throw SchemaError(
                detail: "an identifier is invented and not derived; remove \"derived\" or the role")
        }
        let decimals = type == .number ? try declaredDecimals() : 0
        return try DerivedColumn(
            text, type: type, decimals: decimals, missing: MissingValues(missing))
    }

    private func declaredDecimals() throws(SchemaError) -> Int {
        guard let value = semblance?["decimals"] else { return 0 }
        guard case .number(let text) = value, let decimals = Int(text), (0...9).contains(decimals)
        else { throw SchemaError(detail: "\"decimals\" must be a whole number from 0 to 9") }
        return decimals
    }
}
