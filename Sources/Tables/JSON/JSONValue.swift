// SPDX-License-Identifier: Apache-2.0

/// A JSON value whose numbers keep their text, so that decimals stay exact.
enum JSONValue: Equatable {
    case null
    case boolean(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([(name: String, value: JSONValue)])

    /// Parses a whole text; a name twice in one object is refused.
    ///
    /// - Parameter json: The text, UTF-8, with or without a byte order mark.
    init(parsing json: [UInt8]) throws(JSONFault) {
        let start = json.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        if let fault = UTF8Validity.firstFault(in: json.span, from: start, to: json.count) {
            throw JSONFault(offset: fault, reason: "invalid UTF-8")
        }
        var scanner = JSONScanner(from: start, to: json.count)
        scanner.skipWhitespace(json.span)
        self = try Self.build(&scanner, json.span, depth: 0)
        try scanner.scanEnd(json.span)
    }

    /// The member of an object, or nil.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What kind of value this is, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let a), .boolean(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)):
            a.count == b.count
                && zip(a, b).allSatisfy { $0.name == $1.name && $0.value == $1.value }
        default: false
        }
    }

    private static func build(
        _ scanner: inout JSONScanner, _ bytes: borrowing Span<UInt8>, depth: Int
    ) throws(JSONFault) -> JSONValue {
        let start = scanner.index
        switch scanner.peek(bytes) {
        case UInt8(ascii: "{"): return try buildObject(&scanner, bytes, depth: depth + 1)
        case UInt8(ascii: "["): return try buildArray(&scanner, bytes, depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try buildString(&scanner, bytes))
        case UInt8(ascii: "t"):
            try scanner.scanWord("true", bytes)
            return .boolean(true)
        case UInt8(ascii: "f"):
            try scanner.scanWord("false", bytes)
            return .boolean(false)
        case UInt8(ascii: "n"):
            try scanner.scanWord("null", bytes)
            return .null
        default:
            try scanner.skipValue(bytes)
            let text = (start..<scanner.index).map { bytes[$0] }
            return .number(String(decoding: text, as: UTF8.self))
        }
    }

    private static func buildString(
        _ scanner: inout JSONScanner, _ bytes: borrowing Span<UInt8>
    ) throws(JSONFault) -> String {
        let range = try scanner.scanString(bytes)
        var text: [UInt8] = []
        try JSONScanner.decode(range, in: bytes, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func buildArray(
        _ scanner: inout JSONScanner, _ bytes: borrowing Span<UInt8>, depth: Int
    ) throws(JSONFault) -> JSONValue {
        try scanner.checkDepth(depth)
        scanner.index += 1
        scanner.skipWhitespace(bytes)
        var elements: [JSONValue] = []
        if scanner.peek(bytes) == UInt8(ascii: "]") {
            scanner.index += 1
            return .array([])
        }
        repeat {
            scanner.skipWhitespace(bytes)
            elements.append(try build(&scanner, bytes, depth: depth))
        } while try !scanner.isLast(closing: UInt8(ascii: "]"), bytes)
        return .array(elements)
    }

    private static func buildObject(
        _ scanner: inout JSONScanner, _ bytes: borrowing Span<UInt8>, depth: Int
    ) throws(JSONFault) -> JSONValue {
        try scanner.checkDepth(depth)
        scanner.index += 1
        scanner.skipWhitespace(bytes)
        var members: [(name: String, value: JSONValue)] = []
        var names: Set<String> = []
        if scanner.peek(bytes) == UInt8(ascii: "}") {
            scanner.index += 1
            return .object([])
        }
        repeat {
            scanner.skipWhitespace(bytes)
            let start = scanner.index
            let name = try buildString(&scanner, bytes)
            guard names.insert(name).inserted else {
                throw JSONFault(offset: start, reason: "the name \"\(name)\" twice in one object")
            }
            try scanner.scanColon(bytes)
            members.append((name, try build(&scanner, bytes, depth: depth)))
        } while try !scanner.isLast(closing: UInt8(ascii: "}"), bytes)
        return .object(members)
    }
}
