// SPDX-License-Identifier: Apache-2.0

/// How invented identifiers look: a small subset of regular expressions.
///
/// Literal characters, `\d`, escaped characters, classes such as `[A-F0-9]`, and a count `{n}`
/// after any of them; `^` at the start and `$` at the end are allowed and mean nothing. All
/// characters are printable ASCII. There is no alternation and no open repetition, so all values
/// have one length and can be numbered.
public struct IdentifierPattern: Sendable {
    /// The pattern as it was declared.
    public let pattern: String
    /// How many different values there are, held at 2^62.
    public let capacity: UInt64

    /// Characters allowed at each place.
    let places: [[UInt8]]

    /// Longest value that a pattern may ask for.
    private static let maximumLength = 4_096

    /// Reads a pattern.
    ///
    /// - Parameter pattern: The pattern, for example `M[0-9]{8}`.
    /// - Throws: `SchemaError` when the pattern is outside the subset.
    public init(_ pattern: String) throws(SchemaError) {
        self.pattern = pattern
        var parser = Parser(pattern)
        places = try parser.parse()
        guard !places.isEmpty else {
            throw SchemaError(
                detail: "pattern \"\(pattern)\" is empty; write for example M[0-9]{8}")
        }
        guard places.count <= Self.maximumLength else {
            throw SchemaError(
                detail: "pattern \"\(pattern)\" makes values longer than \(Self.maximumLength)")
        }
        var product: UInt64 = 1
        let ceiling: UInt64 = 1 << 62
        for place in places {
            let (next, overflow) = product.multipliedReportingOverflow(by: UInt64(place.count))
            product = overflow ? ceiling : min(next, ceiling)
        }
        capacity = product
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
    func numbering(seed: UInt64) -> Numbering {
        Numbering(
            places: places, permutation: IndexPermutation(size: capacity, seed: seed), seed: seed)
    }

    /// The values of a pattern in one scrambled order.
    struct Numbering: Sendable {
        let places: [[UInt8]]
        let permutation: IndexPermutation
        let seed: UInt64

        func append(index: UInt64, to output: inout [UInt8]) {
            var rest = permutation.image(of: index % permutation.size)
            // The number fills the last places; when the pattern has more values than numbers,
            // hashed digits fill the first ones, where they cannot make two values equal.
            var filler = IndexPermutation.mixed(rest ^ seed)
            var room = permutation.size - 1
            let start = output.count
            output.append(contentsOf: repeatElement(0, count: places.count))
            for place in places.indices.reversed() {
                let base = UInt64(places[place].count)
                let digit: UInt64
                if room > 0 {
                    digit = rest % base
                    rest /= base
                    room /= base
                } else {
                    filler = IndexPermutation.mixed(filler &+ 0x9E37_79B9_7F4A_7C15)
                    digit = filler % base
                }
                output[start + place] = places[place][Int(digit)]
            }
        }
    }
}

extension IdentifierPattern {
    /// A reader of one pattern.
    private struct Parser {
        let pattern: String
        let bytes: [UInt8]
        var index = 0

        init(_ pattern: String) {
            self.pattern = pattern
            bytes = Array(pattern.utf8)
        }

        func fault(_ what: String) -> SchemaError {
            SchemaError(
                detail: "pattern \"\(pattern)\": \(what); use literals, \\d, [a-z0-9] and {n}")
        }

        mutating func parse() throws(SchemaError) -> [[UInt8]] {
            var places: [[UInt8]] = []
            if bytes.first == UInt8(ascii: "^") { index = 1 }
            while index < bytes.count {
                if bytes[index] == UInt8(ascii: "$"), index == bytes.count - 1 { break }
                let place = try parsePlace()
                let count = try parseCount()
                guard count <= IdentifierPattern.maximumLength - places.count else {
                    throw fault("values longer than \(IdentifierPattern.maximumLength)")
                }
                places.append(contentsOf: Array(repeating: place, count: count))
            }
            return places
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
            guard index < bytes.count, bytes[index] == UInt8(ascii: "{") else { return 1 }
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
