// SPDX-License-Identifier: Apache-2.0

/// A zero-concentrated differential privacy (zCDP) parameter ρ, exact and never negative.
///
/// A mechanism is ρ-zCDP when the Rényi divergence of order α between its outputs on neighbouring inputs
/// is at most ρα for every α > 1 (Bun and Steinke 2016, Definition 1.1). Sequential composition adds ρ;
/// parts split by privacy unit compose in parallel, where the largest ρ counts: use `max`.
public struct Rho: Sendable, Hashable {
    /// The exact parameter.
    public let value: Rational

    /// Nothing spent.
    public static let zero = Rho(0)

    /// Wraps an exact parameter.
    ///
    /// - Parameter value: At least zero; a negative one is the caller's error and stops the program.
    public init(_ value: Rational) {
        precondition(value >= 0, "a zCDP parameter cannot be negative")
        self.value = value
    }

    /// The cost of any pure ε-DP mechanism, ε²/2 (Bun and Steinke 2016, Proposition 1.4).
    ///
    /// - Parameter epsilon: The pure DP parameter, at least zero.
    public init(pureEpsilon epsilon: Rational) {
        precondition(epsilon >= 0, "a privacy parameter cannot be negative")
        self.init(epsilon * epsilon / 2)
    }

    /// The cost of an ε-bounded-range mechanism such as the exponential mechanism, ε²/8 (Cesar and
    /// Rogers 2021).
    ///
    /// - Parameter epsilon: The bounded-range parameter, at least zero.
    public init(boundedRange epsilon: Rational) {
        precondition(epsilon >= 0, "a privacy parameter cannot be negative")
        self.init(epsilon * epsilon / 8)
    }

    /// The same mechanism seen by a group of `size` units, size²·ρ (Bun and Steinke 2016,
    /// Proposition 1.9).
    ///
    /// - Parameter size: The number of units in the group, at least one.
    /// - Returns: The group's parameter.
    public func forGroup(of size: Int) -> Rho {
        precondition(size >= 1, "a group has at least one unit")
        return Rho(value * Rational(size) * Rational(size))
    }

    /// The given share of this parameter.
    ///
    /// - Parameter share: At least zero.
    /// - Returns: share·ρ, exactly.
    public func scaled(by share: Rational) -> Rho { Rho(value * share) }
}

extension Rho: Comparable, CustomStringConvertible, Codable {
    /// The exact number as text.
    public var description: String { value.description }

    /// Exact order.
    public static func < (left: Rho, right: Rho) -> Bool { left.value < right.value }

    /// Sequential composition (Bun and Steinke 2016, Lemma 1.7).
    public static func + (left: Rho, right: Rho) -> Rho { Rho(left.value + right.value) }

    /// Sequential composition in place.
    public static func += (left: inout Rho, right: Rho) { left = left + right }

    /// What remains of `left`; a negative remainder is the caller's error and stops the program.
    public static func - (left: Rho, right: Rho) -> Rho { Rho(left.value - right.value) }

    /// Decodes one exact number.
    ///
    /// - Parameter decoder: The decoder to read one string from.
    /// - Throws: `DecodingError` when it is not a number or is negative.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let value = try container.decode(Rational.self)
        guard value >= 0 else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "rho: found a negative number, expected 0 or more")
        }
        self.value = value
    }

    /// Encodes the exact number as one string.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
