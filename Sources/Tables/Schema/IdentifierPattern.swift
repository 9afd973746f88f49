// SPDX-License-Identifier: Apache-2.0

/// How invented identifiers look: a small subset of regular expressions.
///
/// Literal characters, `\d`, escaped characters, classes such as `[A-F0-9]`, and a count `{n}`
/// after any of them; `^` at the start and `$` at the end are allowed and mean nothing. All
/// characters are printable ASCII. There is no alternation and no open repetition, so values
/// can be numbered. Three words stand for what classes cannot say:
///
/// - `{luhn}`: the digit that makes all digits of the value pass the check of ISO/IEC 7812-1, once;
/// - `{uuid}`: a UUID of the form of version 4 (RFC 9562), in lower case;
/// - `{sequence}`: a number that counts, once, and beside it only literal characters.
public struct IdentifierPattern: Sendable {
    /// The pattern as it was declared.
    public let pattern: String
    /// How many different values there are, held at 2^62.
    public let capacity: UInt64

    /// Characters allowed at each place; where `{luhn}` stands, a zero.
    let places: [[UInt8]]
    /// The place of `{luhn}`.
    let check: Int?
    /// The number that counts, and the place before which it stands.
    let counter: (number: IdentifierSequence, place: Int)?

    /// Longest value that a pattern may ask for.
    private static let maximumLength = 4_096

    /// Reads a pattern.
    ///
    /// - Parameters:
    ///   - pattern: The pattern, for example `M[0-9]{8}`.
    ///   - sequence: How `{sequence}` counts; from 1 on, where it is nil.
    /// - Throws: `SchemaError` when the pattern is outside the subset.
    public init(_ pattern: String, sequence: IdentifierSequence? = nil) throws(SchemaError) {
        self.pattern = pattern
        var parser = Parser(pattern)
        places = try parser.parse()
        check = parser.check
        guard !places.isEmpty || parser.counter != nil else {
            throw SchemaError(
                detail: "pattern \"\(pattern)\" is empty; write for example M[0-9]{8}")
        }
        guard places.count <= Self.maximumLength else {
            throw SchemaError(
                detail: "pattern \"\(pattern)\" makes values longer than \(Self.maximumLength)")
        }
        guard let place = parser.counter else {
            guard sequence == nil else {
                throw SchemaError(
                    detail: "pattern \"\(pattern)\" has no {sequence} to count; add it, or remove "
                        + "\"sequence\"")
            }
            counter = nil
            capacity = Self.product(of: places)
            return
        }
        guard places.allSatisfy({ $0.count == 1 }) else {
            throw SchemaError(
                detail: "pattern \"\(pattern)\" has both {sequence} and a class; keep one of them")
        }
        let number = if let sequence { sequence } else { try IdentifierSequence() }
        counter = (number, place)
        capacity = number.capacity
    }

    /// How many values the places have together, held at 2^62.
    private static func product(of places: [[UInt8]]) -> UInt64 {
        var product: UInt64 = 1
        let ceiling: UInt64 = 1 << 62
        for place in places {
            let (next, overflow) = product.multipliedReportingOverflow(by: UInt64(place.count))
            product = overflow ? ceiling : min(next, ceiling)
        }
        return product
    }

    /// The identifier with a number, in an order that looks random.
    ///
    /// - Parameters:
    ///   - index: The number; values repeat from `capacity` on.
    ///   - seed: Chooses the order. Not a secret: the values are invented.
    /// - Returns: Different values for different indices below `capacity`.
    public func value(index: UInt64, seed: UInt64 = 0) -> String {
        var bytes: [UInt8] = []
        numbering(seed: seed).append(index: index, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The order of values that a seed chooses.
    func numbering(seed: UInt64) -> IdentifierNumbering {
        IdentifierNumbering(self, seed: seed)
    }
}

extension IdentifierPattern {
    /// A reader of one pattern.
    private struct Parser {
        let pattern: String
        let bytes: [UInt8]
        var index = 0
        /// Where `{luhn}` and `{sequence}` were found.
        var check: Int?
        var counter: Int?

        init(_ pattern: String) {
            self.pattern = pattern
            bytes = Array(pattern.utf8)
        }

        func fault(_ what: String) -> SchemaError {
            SchemaError(
                detail:
                    "pattern \"\(pattern)\": \(what); use literals, \\d, [a-z0-9], {n}, {luhn}, {uuid} "
                    + "and {sequence}")
        }

        mutating func parse() throws(SchemaError) -> [[UInt8]] {
            var places: [[UInt8]] = []
            if bytes.first == UInt8(ascii: "^") { index = 1 }
            while index < bytes.count {
                if bytes[index] == UInt8(ascii: "$"), index == bytes.count - 1 { break }
                if let word = word() {
                    try take(word, &places)
                    continue
                }
                let place = try parsePlace()
                let count = try parseCount()
                guard count <= IdentifierPattern.maximumLength - places.count else {
                    throw fault("values longer than \(IdentifierPattern.maximumLength)")
                }
                places.append(contentsOf: Array(repeating: place, count: count))
            }
            return places
        }

        /// The word in braces here, such as `luhn`; nil where none is.
        private func word() -> String? {
            guard bytes[index] == UInt8(ascii: "{"),
                let close = bytes[index...].firstIndex(of: UInt8(ascii: "}"))
            else { return nil }
            let word = String(decoding: bytes[(index + 1)..<close], as: UTF8.self)
            return ["luhn", "uuid", "sequence"].contains(word) ? word : nil
        }

        private mutating func take(_ word: String, _ places: inout [[UInt8]]) throws(SchemaError) {
            index += word.utf8.count + 2
            switch word {
            case "luhn":
                guard check == nil else { throw fault("{luhn} twice") }
                check = places.count
                places.append([UInt8(ascii: "0")])
            case "sequence":
                guard counter == nil else { throw fault("{sequence} twice") }
                counter = places.count
            default:
                var form = Parser(
                    "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
                places += try form.parse()
            }
        }

        private mutating func parsePlace() throws(SchemaError) -> [UInt8] {
            switch bytes[index] {
            case UInt8(ascii: "["):
                return try parseClass()
            case UInt8(ascii: "\\"):
                return try parseEscape()
            case UInt8(ascii: "."), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"),
                UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
                UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "$"):
                throw fault("\(Unicode.Scalar(bytes[index])) is not supported here")
            default:
                return [try character()]
            }
        }

        private mutating func character() throws(SchemaError) -> UInt8 {
            let byte = bytes[index]
            guard (0x20..<0x7F).contains(byte) else {
                throw fault("only printable ASCII is allowed")
            }
            index += 1
            return byte
        }

        private mutating func parseEscape() throws(SchemaError) -> [UInt8] {
            index += 1
            guard index < bytes.count else { throw fault("it ends in a backslash") }
            let byte = try character()
            if byte == UInt8(ascii: "d") { return Array(UInt8(ascii: "0")...UInt8(ascii: "9")) }
            let isLetterOrDigit =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard !isLetterOrDigit else {
                throw fault("\\\(Unicode.Scalar(byte)) is not supported")
            }
            return [byte]
        }

        private mutating func parseClass() throws(SchemaError) -> [UInt8] {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "^") {
                throw fault("a negated class is not supported")
            }
            var members: [UInt8] = []
            while index < bytes.count, bytes[index] != UInt8(ascii: "]") {
                let isEscape = bytes[index] == UInt8(ascii: "\\")
                let first = isEscape ? try parseEscape() : [try character()]
                guard first.count == 1, index + 1 < bytes.count,
                    bytes[index] == UInt8(ascii: "-"), bytes[index + 1] != UInt8(ascii: "]")
                else {
                    members.append(contentsOf: first)
                    continue
                }
                index += 1
                let last = try character()
                guard first[0] <= last else { throw fault("a range of a class runs backwards") }
                members.append(contentsOf: first[0]...last)
            }
            guard index < bytes.count else { throw fault("a class without a closing bracket") }
            index += 1
            let distinct = Set(members).sorted()
            guard !distinct.isEmpty else { throw fault("an empty class") }
            return distinct
        }

        private mutating func parseCount() throws(SchemaError) -> Int {
            guard index < bytes.count, bytes[index] == UInt8(ascii: "{"), word() == nil else {
                return 1
            }
            let rest = bytes[(index + 1)...]
            guard let close = rest.firstIndex(of: UInt8(ascii: "}")),
                let count = Int(String(decoding: bytes[(index + 1)..<close], as: UTF8.self)),
                count >= 1
            else { throw fault("a count must be {n} with n of at least 1") }
            index = close + 1
            return count
        }
    }
}
