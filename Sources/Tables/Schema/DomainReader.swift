// SPDX-License-Identifier: Apache-2.0

/// Reads the declared domain of one measured field and makes its codec.
struct DomainReader {
    let field: FieldReader
    let common: ColumnCodec.Common
    let format: String?

    private var domain: JSONValue? { field.domain }

    func read() throws(SchemaError) -> ColumnCodec {
        if let format, common.type != .date, common.type != .datetime, common.type != .time,
            format != "default"
        {
            // Formats of strings (email, uri, ...) promise nothing about a listed value.
            guard common.type == .string else {
                throw SchemaError(
                    detail: "\"format\" is for dates and times; remove it from this "
                        + "\(common.type.rawValue)")
            }
        }
        if let empty = domain?["empty"] { return try readEmpty(empty) }
        switch common.type {
        case .boolean: return try readBoolean()
        case .string: return try readTexts()
        case .integer where try values() != nil: return try readIntegers()
        case .integer: return try readBins(kind: .decimal(decimals: 0))
        case .number: return try readBins(kind: .decimal(decimals: try decimals()))
        case .date, .datetime, .time:
            return try readBins(kind: .moment(try TimeFormat(format, type: common.type)))
        }
    }

    /// Refuses an `otherValue` that would read back as a declared value or not as the type.
    func checkOtherValue(_ codec: ColumnCodec) throws(SchemaError) {
        guard let text = common.otherValue else { return }
        let bytes = Array(text.utf8)
        guard codec.encode(bytes.span) == codec.otherCode else {
            throw SchemaError(
                detail: "\"otherValue\" is inside the domain or a missing value; choose a text "
                    + "that is neither")
        }
        guard codec.parses(bytes.span) else {
            throw SchemaError(
                detail: "\"otherValue\" does not read as \(common.type.rawValue); "
                    + "choose one that does")
        }
    }

    /// The declared values, from `constraints.enum` or `domain.values`.
    private func values() throws(SchemaError) -> [JSONValue]? {
        let constraint = try field.list(field.constraints?["enum"], "enum")
        let declared = try field.list(domain?["values"], "values")
        if let constraint, let declared, constraint != declared {
            throw SchemaError(
                detail: "constraints.enum and domain.values differ; keep one of them")
        }
        guard let values = declared ?? constraint else { return nil }
        guard !values.isEmpty else {
            throw SchemaError(detail: "the list of values is empty; list at least one")
        }
        for key in ["minimum", "maximum", "bins", "edges", "scale", "special"]
        where domain?[key] != nil {
            throw SchemaError(
                detail: "the domain has both listed values and \"\(key)\"; keep one of them")
        }
        return values
    }

    private func readTexts() throws(SchemaError) -> ColumnCodec {
        guard let values = try values() else {
            throw SchemaError(
                detail: "a measured string needs its values; list them in constraints.enum, or "
                    + "make it an identifier")
        }
        try refuseClamp("strings")
        var texts: [String] = []
        for value in values {
            guard case .string(let text) = value else {
                throw SchemaError(detail: "the values of a string must be strings")
            }
            texts.append(text)
        }
        try checkDistinct(texts)
        let other = common.otherValue ?? "__other__"
        if common.outside == .other, texts.contains(other) {
            throw SchemaError(
                detail: "\"\(other)\" is a listed value and also stands for all others; "
                    + "set another \"otherValue\"")
        }
        if common.outside == .other, common.otherValue == nil, common.missing.texts.contains(other)
        {
            throw SchemaError(
                detail: "\"\(other)\" is a missing value and also stands for all values that "
                    + "are not listed; set another \"otherValue\"")
        }
        return ColumnCodec(texts: texts, common: common)
    }

    private func readIntegers() throws(SchemaError) -> ColumnCodec {
        try refuseClamp("listed values")
        var texts: [String] = []
        var integers: [Int64] = []
        for value in try values() ?? [] {
            guard let text = Self.text(value) else {
                throw SchemaError(detail: "the values of an integer must be whole numbers")
            }
            texts.append(text)
            integers.append(try number(text, decimals: 0, "a listed value"))
        }
        guard Set(integers).count == integers.count else {
            throw SchemaError(detail: "the list of values names one twice; list it once")
        }
        try checkDistinct(integers.map { String($0) })
        return ColumnCodec(integers: integers, common: common)
    }

    /// A domain without values, as a discovery that found nothing leaves it: all values are others.
    private func readEmpty(_ json: JSONValue) throws(SchemaError) -> ColumnCodec {
        guard json == .boolean(true), common.outside == .other, common.type != .boolean,
            field.constraints?["enum"] == nil, case .object(let members)? = domain,
            members.count == 1
        else {
            throw SchemaError(
                detail:
                    "\"empty\" must be true and alone in the domain of a column whose \"outside\" is "
                    + "\"other\"; remove it, or everything else")
        }
        return ColumnCodec(texts: [], common: common)
    }

    private func readBoolean() throws(SchemaError) -> ColumnCodec {
        guard domain == nil, field.constraints?["enum"] == nil else {
            throw SchemaError(
                detail: "a boolean has no domain; use trueValues and falseValues instead")
        }
        try refuseClamp("booleans")
        let trueTexts = try texts("trueValues") ?? ["true", "True", "TRUE", "1"]
        let falseTexts = try texts("falseValues") ?? ["false", "False", "FALSE", "0"]
        try checkDistinct(falseTexts + trueTexts)
        return ColumnCodec(falseTexts: falseTexts, trueTexts: trueTexts, common: common)
    }

    private func texts(_ key: String) throws(SchemaError) -> [String]? {
        guard let items = try field.list(field.json[key], key) else { return nil }
        var texts: [String] = []
        for item in items {
            guard case .string(let text) = item else {
                throw SchemaError(detail: "\"\(key)\" must be a list of strings")
            }
            texts.append(text)
        }
        guard !texts.isEmpty else {
            throw SchemaError(detail: "\"\(key)\" is empty; list at least one text")
        }
        return texts
    }

    private func checkDistinct(_ texts: [String]) throws(SchemaError) {
        var seen: Set<[UInt8]> = []
        for text in texts {
            guard seen.insert(Array(text.utf8)).inserted else {
                throw SchemaError(detail: "\"\(text)\" is listed twice; list it once")
            }
            guard !common.missing.texts.contains(text) else {
                throw SchemaError(
                    detail: "\"\(text)\" is both a value and a missing value; remove it from "
                        + "one of the lists")
            }
        }
    }

    private func refuseClamp(_ what: String) throws(SchemaError) {
        guard common.outside == .clamp else { return }
        throw SchemaError(
            detail: "\"clamp\" needs an order, which \(what) have not; use \"other\" or \"refuse\"")
    }

    func decimals() throws(SchemaError) -> Int {
        guard let value = field.semblance?["decimals"] else {
            throw SchemaError(
                detail: "a number needs \"decimals\", 0...9: how many are written after the point")
        }
        guard case .number(let text) = value, let count = Int(text), (0...9).contains(count) else {
            throw SchemaError(detail: "\"decimals\" must be a whole number from 0 to 9")
        }
        return count
    }

    /// Text of a scalar.
    static func text(_ value: JSONValue) -> String? {
        switch value {
        case .number(let text), .string(let text): text
        default: nil
        }
    }

    /// A declared number on the grid, exactly.
    func number(_ text: String, decimals: Int, _ what: String) throws(SchemaError) -> Int64 {
        let bytes = Array(text.utf8)
        let number = FixedPoint.parse(
            bytes.span, from: 0, to: bytes.count, decimals: decimals)
        switch number.form {
        case .invalid: throw SchemaError(detail: "\(what) is not a number")
        case .truncated:
            let grid = decimals == 0 ? "a whole number" : "a number of \(decimals) decimals"
            throw SchemaError(detail: "\(what) must be \(grid)")
        case .exact: break
        }
        guard number.value.magnitude <= 1_000_000_000_000_000_000 else {
            throw SchemaError(
                detail: "\(what) is too large: at most 18 digits, decimals included")
        }
        return number.value
    }
}
