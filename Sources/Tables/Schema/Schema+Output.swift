// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// The Table Schema of the synthetic table, in JSON.
    ///
    /// It has the columns that are written, with the constraints that the written values keep: an
    /// `enum` or bounds that include special values and the text for everything else. It has no
    /// Semblance properties. Like the schema itself it depends on no record.
    ///
    /// - Returns: UTF-8 bytes of a JSON object; the same schema gives the same bytes.
    public func outputSchema() -> [UInt8] {
        let released = fields.filter(\.isReleased).map { descriptor(of: $0) }
        let table = JSONValue.object([
            ("fields", .array(released)),
            ("missingValues", .array(missingValues.map { .string($0) })),
        ])
        var output: [UInt8] = []
        table.write(to: &output)
        return output
    }

    private func descriptor(of field: Field) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("name", .string(field.name)), ("type", .string(field.type.rawValue)),
        ]
        if let format = field.format { members.append(("format", .string(format))) }
        if let title = field.title { members.append(("title", .string(title))) }
        if let text = field.description { members.append(("description", .string(text))) }
        if let derived = field.derived {
            return .object(members + derivedMembers(field, derived))
        }
        guard let codec = field.codec else {
            return .object(members + [("constraints", .object([("required", .boolean(true))]))])
        }
        if codec.kind == .boolean {
            members.append(("trueValues", .array(codec.writtenTexts(ofKeysWith: 1))))
            members.append(("falseValues", .array(codec.writtenTexts(ofKeysWith: 0))))
        }
        if codec.missing.texts != missingValues {
            members.append(("missingValues", .array(codec.missing.texts.map { .string($0) })))
        }
        members.append(("constraints", .object(codec.constraints)))
        return .object(members)
    }

    /// A derived column has a value where all its parts have one.
    private func derivedMembers(
        _ field: Field, _ derived: DerivedColumn
    ) -> [(name: String, value: JSONValue)] {
        let parts = derived.sum.columns.compactMap { part in
            fields.first { $0.name == part.name }?.codec
        }
        let isComplete = parts.allSatisfy { $0.missingCode < 0 && $0.otherCode < 0 }
        var members: [(name: String, value: JSONValue)] = []
        if field.missing.texts != missingValues {
            members.append(("missingValues", .array(field.missing.texts.map { .string($0) })))
        }
        return members + [("constraints", .object([("required", .boolean(isComplete))]))]
    }
}

extension ColumnCodec {
    fileprivate func writtenTexts(ofKeysWith code: UInt16) -> [JSONValue] {
        keyCodes.indices.filter { keyCodes[$0] == code }
            .map { .string(String(decoding: keys.key($0), as: UTF8.self)) }
    }

    /// Constraints that every written value keeps.
    fileprivate var constraints: [(name: String, value: JSONValue)] {
        let isComplete = isRequired && !isWrittenAsMissing
        var members: [(name: String, value: JSONValue)] = [("required", .boolean(isComplete))]
        let other = otherCode < 0 || isWrittenAsMissing ? nil : otherCode
        switch kind {
        case .boolean: break
        case .text, .integers:
            let codes = Array(0..<valueCount) + (other.map { [$0] } ?? [])
            // An empty list would be no Table Schema.
            if !codes.isEmpty { members.append(("enum", .array(codes.map { value(atoms[$0]) }))) }
        case .decimal, .moment:
            guard let grid else { break }
            var values = [grid.minimum, grid.maximum] + grid.specials
            if let other { values += gridValue(atoms[other]).map { [$0] } ?? [] }
            if let low = values.min(), let high = values.max() {
                members.append(("minimum", value(Array(gridText(low).utf8))))
                members.append(("maximum", value(Array(gridText(high).utf8))))
            }
        }
        return members
    }

    private func value(_ text: [UInt8]) -> JSONValue {
        let string = String(decoding: text, as: UTF8.self)
        let isNumber = type == .integer || type == .number
        return isNumber && FieldText.isJSONNumber(text) ? .number(string) : .string(string)
    }

    private func gridValue(_ text: [UInt8]) -> Int64? {
        switch kind {
        case .decimal(let decimals):
            let number = FixedPoint.parse(text.span, from: 0, to: text.count, decimals: decimals)
            guard number.form != .invalid else { return nil }
            return number.form == .truncated ? number.value + 1 : number.value
        case .moment(let format):
            let value = format.parse(text.span, from: 0, to: text.count)
            return value == TimeFormat.invalid ? nil : value
        default: return nil
        }
    }
}
