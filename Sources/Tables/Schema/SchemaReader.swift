// SPDX-License-Identifier: Apache-2.0

/// Reads a Table Schema descriptor and refuses what it cannot honour.
struct SchemaReader {
    /// What to call the schema in errors.
    let name: String

    /// The most cells that a column may have: codes are `UInt16`, with room to spare.
    static let maximumCells = 65_000

    /// The parts of a schema.
    struct Table {
        let fields: [Field]
        let missingValues: [String]
        let constraints: [Constraint]
    }

    func read(_ json: [UInt8]) throws(SchemaError) -> Table {
        let root: JSONValue
        do throws(JSONFault) {
            root = try JSONValue(parsing: json)
        } catch {
            let line = 1 + json[..<min(error.offset, json.count)].count { $0 == 0x0A }
            throw SchemaError(schema: name, detail: "line \(line) is not JSON: \(error.reason)")
        }
        do throws(SchemaError) {
            return try readTable(root)
        } catch {
            throw SchemaError(schema: name, field: error.field, detail: error.detail)
        }
    }

    private func readTable(_ root: JSONValue) throws(SchemaError) -> Table {
        guard case .object = root else {
            throw SchemaError(detail: "found \(root.kind), expected an object with \"fields\"")
        }
        try Self.checkSpelling(
            of: root,
            among: [
                "fields", "missingValues", "primaryKey", "uniqueKeys", "foreignKeys", "fieldsMatch",
                "semblance",
            ], "the schema")
        guard case .array(let items)? = root["fields"], !items.isEmpty else {
            throw SchemaError(detail: "\"fields\" must be a list with at least one field")
        }
        let missing = try Self.missingValues(root["missingValues"]) ?? [""]
        var fields: [Field] = []
        var names: Set<String> = []
        for (index, item) in items.enumerated() {
            if item["name"] == nil {
                try Self.checkSpelling(
                    of: item, among: ["name"], "field number \(index + 1)")
            }
            guard case .string(let fieldName)? = item["name"], !fieldName.isEmpty else {
                throw SchemaError(detail: "field number \(index + 1) has no \"name\"; give it one")
            }
            guard names.insert(fieldName).inserted else {
                throw SchemaError(field: fieldName, detail: "declared twice; names must differ")
            }
            do throws(SchemaError) {
                fields.append(
                    try FieldReader(json: item, name: fieldName, missingValues: missing).read())
            } catch {
                throw SchemaError(field: fieldName, detail: error.detail)
            }
        }
        try Self.checkOrder(of: fields)
        try JSONPointer.check(fields.map { ($0.name, $0.pointer) })
        guard fields.contains(where: \.isMeasured) else {
            throw SchemaError(detail: "every field is an identifier; nothing is left to measure")
        }
        let constraints = try Self.constraints(root)
        try Self.check(constraints, fields: fields)
        return Table(fields: fields, missingValues: missing, constraints: constraints)
    }

    /// Refuses a key that is nearly a known one: it would be read past in silence.
    static func checkSpelling(
        of value: JSONValue?, among known: [String], _ place: String
    ) throws(SchemaError) {
        guard case .object(let members)? = value else { return }
        for member in members {
            guard let meant = Spelling.nearest(to: member.name, among: known) else { continue }
            throw SchemaError(
                detail:
                    "unknown key \"\(member.name)\" in \(place); did you mean \"\(meant)\"? Give a key "
                    + "of your own another name")
        }
    }

    /// A list of missing values, each a text or an object with a "value"; nil when absent.
    static func missingValues(_ json: JSONValue?) throws(SchemaError) -> [String]? {
        guard let json else { return nil }
        guard case .array(let items) = json else {
            throw SchemaError(detail: "\"missingValues\" must be a list of strings")
        }
        var texts: [String] = []
        for item in items {
            var text = item
            if let value = item["value"] { text = value }
            guard case .string(let string) = text else {
                throw SchemaError(detail: "\"missingValues\" must be a list of strings")
            }
            if !texts.contains(string) { texts.append(string) }
        }
        return texts
    }
}

/// Reads one field of a schema.
struct FieldReader {
    let json: JSONValue
    let name: String
    let missingValues: [String]

    private static let semblanceKeys: Set<String> = [
        "role", "pattern", "pointer", "domain", "outside", "otherValue", "decimals",
        "unconfirmed", "discover", "round", "weekdays", "shape",
        "sequence", "per", "order", "derived",
    ]
    private static let domainKeys: Set<String> = [
        "values", "minimum", "maximum", "bins", "edges", "scale", "special", "empty",
    ]
    // Table Schema lets anybody add keys of one's own to these, so only what looks misspelled is refused.
    private static let fieldKeys = [
        "name", "type", "format", "title", "description", "example", "constraints", "rdfType",
        "missingValues", "categories", "categoriesOrdered", "trueValues", "falseValues",
        "decimalChar", "groupChar", "bareNumber", "semblance",
    ]
    private static let constraintKeys = [
        "required", "unique", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "jsonSchema", "pattern", "enum",
    ]

    var semblance: JSONValue? { json["semblance"] }
    var domain: JSONValue? { semblance?["domain"] }
    var constraints: JSONValue? { json["constraints"] }

    func read() throws(SchemaError) -> Field {
        try SchemaReader.checkSpelling(of: json, among: Self.fieldKeys, "the field")
        try checkKeys(semblance, allowed: Self.semblanceKeys, of: "semblance")
        try checkKeys(domain, allowed: Self.domainKeys, of: "domain")
        try checkKeys(constraints, allowed: nil, of: "constraints")
        try SchemaReader.checkSpelling(
            of: constraints, among: Self.constraintKeys, "\"constraints\"")
        let type = try choice(json["type"], "type", of: FieldType.allCases) ?? .string
        let role =
            try choice(
                semblance?["role"], "role", of: [Role.identifier, .quasi, .sensitive, .attribute])
            ?? .attribute
        try checkNumberFormat()
        let format = try string(json["format"], "format")
        let pattern = try identifierPattern(role: role)
        let missing = try SchemaReader.missingValues(json["missingValues"]) ?? missingValues
        var codec: ColumnCodec?
        var open: OpenDomain?
        let derived = try derivedColumn(type: type, role: role, missing: missing)
        if role == .identifier {
            for key in ["domain", "outside", "otherValue", "decimals", "discover"]
                + DomainReader.placingKeys
            where semblance?[key] != nil {
                throw SchemaError(
                    detail: "an identifier is never measured, so it has no \"\(key)\"; "
                        + "remove it or change the role")
            }
        } else if derived != nil {
            // Computed from others, so it has no domain of its own.
        } else if let discover = semblance?["discover"], discover != .boolean(false) {
            let reader = try domainReader(type: type, format: format, missing: missing)
            let domain = try reader.readOpenDomain(discover)
            // What a discovered schema would refuse is refused now.
            _ = try reader.readPlacing(kind: domain.hasGrid ? domain.kind : nil, bins: nil)
            open = domain
        } else {
            codec = try readCodec(type: type, format: format, missing: missing)
        }
        let pointer =
            try string(semblance?["pointer"], "pointer").map {
                (text) throws(SchemaError) in try JSONPointer(text)
            } ?? JSONPointer(member: name)
        return Field(
            name: name, type: type, pointer: pointer, format: format, role: role, codec: codec,
            open: open, derived: derived, pattern: pattern,
            missing: MissingValues(missing),
            unit: try unitDeclaration(
                type: type, isMeasured: role != .identifier && derived == nil),
            unconfirmed: try unconfirmed(),
            title: try string(json["title"], "title"),
            description: try string(json["description"], "description"))
    }

    /// What a draft took from the table and nobody has confirmed.
    private func unconfirmed() throws(SchemaError) -> [String] {
        var names: [String] = []
        for item in try list(semblance?["unconfirmed"], "unconfirmed") ?? [] {
            guard let name = try string(item, "unconfirmed") else { continue }
            names.append(name)
        }
        return names
    }

    private func checkKeys(
        _ value: JSONValue?, allowed: Set<String>?, of place: String
    ) throws(SchemaError) {
        guard let value else { return }
        guard case .object(let members) = value else {
            throw SchemaError(detail: "\"\(place)\" must be an object, found \(value.kind)")
        }
        guard let allowed else { return }
        for member in members where !allowed.contains(member.name) {
            throw SchemaError(
                detail: "unknown key \"\(member.name)\" in \"\(place)\"; known are "
                    + allowed.sorted().joined(separator: ", ")
                    + Spelling.advice(for: member.name, among: allowed.sorted()))
        }
    }

    /// Refuses number formats of Table Schema that the reader does not know.
    private func checkNumberFormat() throws(SchemaError) {
        let plain: [(String, JSONValue)] = [
            ("decimalChar", .string(".")), ("groupChar", .string("")),
            ("bareNumber", .boolean(true)),
        ]
        for (key, value) in plain {
            guard let found = json[key], found != value else { continue }
            throw SchemaError(
                detail: "\"\(key)\" is not supported; write numbers with a decimal point and "
                    + "without group marks")
        }
    }

    private func identifierPattern(role: Role) throws(SchemaError) -> IdentifierPattern? {
        let sequence = try semblance?["sequence"].map {
            (json) throws(SchemaError) in try IdentifierSequence(json)
        }
        let declared = try string(semblance?["pattern"], "pattern")
        guard let text = declared ?? (sequence == nil ? nil : "{sequence}") else { return nil }
        guard role == .identifier else {
            throw SchemaError(
                detail:
                    "\"\(declared == nil ? "sequence" : "pattern")\" is for identifiers, but the role "
                    + "is \(role.rawValue); remove one of them")
        }
        return try IdentifierPattern(text, sequence: sequence)
    }

    private func readCodec(
        type: FieldType, format: String?, missing: [String]
    ) throws(SchemaError) -> ColumnCodec {
        let reader = try domainReader(type: type, format: format, missing: missing)
        var codec = try reader.read()
        // A domain that discovery left empty has no bins, whatever was declared of them.
        if domain?["empty"] == nil {
            let kind = codec.grid == nil ? nil : codec.kind
            codec.placing = try reader.readPlacing(kind: kind, bins: codec.grid?.starts.count)
        }
        guard codec.cellCount <= SchemaReader.maximumCells else {
            throw SchemaError(
                detail: "the domain has \(codec.cellCount) cells, more than "
                    + "\(SchemaReader.maximumCells); use fewer bins or values")
        }
        try reader.checkOtherValue(codec)
        return codec
    }

    /// Reads what all measured columns declare alike.
    private func domainReader(
        type: FieldType, format: String?, missing: [String]
    ) throws(SchemaError) -> DomainReader {
        let outside =
            try choice(
                semblance?["outside"], "outside", of: [Outside.other, .clamp, .refuse]) ?? .other
        let isRequired = try boolean(constraints?["required"], "required") ?? false
        guard isRequired || !missing.isEmpty else {
            throw SchemaError(
                detail: "\"missingValues\" is empty, so a missing value could not be written; "
                    + "add \"\" to it or set constraints.required")
        }
        if semblance?["decimals"] != nil, type != .number {
            throw SchemaError(
                detail: "\"decimals\" is for type number, but the type is \(type.rawValue); "
                    + "remove one of them")
        }
        let otherValue = try readOtherValue(outside: outside, type: type)
        let common = ColumnCodec.Common(
            type: type, outside: outside, isRequired: isRequired,
            missing: MissingValues(missing), otherValue: otherValue)
        return DomainReader(field: self, common: common, format: format)
    }

    private func readOtherValue(
        outside: Outside, type: FieldType
    ) throws(SchemaError) -> String? {
        guard let value = semblance?["otherValue"] else { return nil }
        guard outside == .other else {
            throw SchemaError(
                detail: "\"otherValue\" needs \"outside\": \"other\", but it is "
                    + "\"\(outside.rawValue)\"; remove one of them")
        }
        guard type != .boolean else {
            throw SchemaError(detail: "a boolean has no third value; remove \"otherValue\"")
        }
        switch value {
        case .string(let text), .number(let text): return text
        default:
            throw SchemaError(
                detail: "\"otherValue\" must be a string or a number, found \(value.kind)")
        }
    }
}

extension FieldReader {
    func string(_ value: JSONValue?, _ key: String) throws(SchemaError) -> String? {
        guard let value else { return nil }
        guard case .string(let text) = value else {
            throw SchemaError(detail: "\"\(key)\" must be a string, found \(value.kind)")
        }
        return text
    }

    func boolean(_ value: JSONValue?, _ key: String) throws(SchemaError) -> Bool? {
        guard let value else { return nil }
        guard case .boolean(let truth) = value else {
            throw SchemaError(detail: "\"\(key)\" must be true or false, found \(value.kind)")
        }
        return truth
    }

    func list(_ value: JSONValue?, _ key: String) throws(SchemaError) -> [JSONValue]? {
        guard let value else { return nil }
        guard case .array(let items) = value else {
            throw SchemaError(detail: "\"\(key)\" must be a list, found \(value.kind)")
        }
        return items
    }

    func choice<Choice: RawRepresentable>(
        _ value: JSONValue?, _ key: String, of choices: [Choice]
    ) throws(SchemaError) -> Choice? where Choice.RawValue == String {
        guard let text = try string(value, key) else { return nil }
        guard let choice = choices.first(where: { $0.rawValue == text }) else {
            throw SchemaError(
                detail: "\"\(key)\" is \"\(text)\", which is unknown; use one of "
                    + choices.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }
}
