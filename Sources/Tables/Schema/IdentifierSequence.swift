// SPDX-License-Identifier: Apache-2.0

/// How identifiers that are numbers count.
public struct IdentifierSequence: Sendable, Hashable {
    /// The first number, not negative.
    public let start: UInt64
    /// From one number to the next, at least 1.
    public let step: UInt64
    /// Digits of every number, filled with zeros before it; nil for as many as it needs.
    public let digits: Int?

    private static let mostDigits = 18

    /// Describes a sequence.
    ///
    /// - Parameters:
    ///   - start: The first number.
    ///   - step: From one number to the next, at least 1.
    ///   - digits: Digits of every number, 1...18, or nil for as many as it needs.
    /// - Throws: `SchemaError` where a number is out of range.
    public init(start: UInt64 = 1, step: UInt64 = 1, digits: Int? = nil) throws(SchemaError) {
        guard step >= 1, step <= Self.limit(nil) else {
            throw SchemaError(detail: "\"step\" of \"sequence\" must be from 1 on")
        }
        guard (1...Self.mostDigits).contains(digits ?? 1) else {
            throw SchemaError(
                detail: "\"digits\" of \"sequence\" must be from 1 to \(Self.mostDigits)")
        }
        guard start <= Self.limit(digits) else {
            throw SchemaError(
                detail: "\"start\" of \"sequence\" has more digits than \"digits\" says; raise it")
        }
        self.start = start
        self.step = step
        self.digits = digits
    }

    /// How many numbers there are until the digits run out.
    public var capacity: UInt64 { (Self.limit(digits) - start) / step + 1 }

    /// The number at an index below `capacity`.
    func number(at index: UInt64) -> UInt64 { start + index * step }

    /// The largest number of so many digits.
    private static func limit(_ digits: Int?) -> UInt64 {
        (0..<(digits ?? mostDigits)).reduce(1) { power, _ in power * 10 } - 1
    }
}

extension IdentifierSequence {
    /// Reads the `sequence` of a field.
    init(_ json: JSONValue) throws(SchemaError) {
        let known = ["start", "step", "digits"]
        guard case .object(let members) = json else {
            throw SchemaError(detail: "\"sequence\" must be an object, found \(json.kind)")
        }
        var numbers: [String: UInt64] = [:]
        for member in members {
            guard known.contains(member.name) else {
                throw SchemaError(
                    detail: "unknown key \"\(member.name)\" in \"sequence\"; known are "
                        + known.joined(separator: ", ")
                        + Spelling.advice(for: member.name, among: known))
            }
            guard case .number(let text) = member.value, let number = UInt64(text) else {
                throw SchemaError(
                    detail: "\"\(member.name)\" of \"sequence\" must be a whole number from 0 on")
            }
            numbers[member.name] = number
        }
        try self.init(
            start: numbers["start"] ?? 1, step: numbers["step"] ?? 1,
            digits: numbers["digits"].map { Int(clamping: $0) })
    }
}
