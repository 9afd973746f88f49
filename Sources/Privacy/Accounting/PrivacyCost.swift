// SPDX-License-Identifier: Apache-2.0

import BigInt

/// What a mechanism costs: δ-approximate ρ-zCDP (Bun and Steinke 2016, Definition 8.1).
///
/// A mechanism has this cost when, outside events of probability δ, the Rényi divergence of order α
/// between its outputs on neighbouring inputs is at most ρα for every α > 1. Composition adds both parts
/// (Bun and Steinke 2016, Lemma 8.2; with adaptively chosen parameters Whitehouse et al. 2023, Theorem 1).
/// Thresholding pays δ; everything else here costs ρ alone. Both parts are exact.
public struct PrivacyCost: Sendable, Hashable {
    /// The zCDP part.
    public let rho: Rho
    /// The probability that the zCDP part does not hold; at least zero.
    public let delta: Rational

    /// Nothing spent.
    public static let zero = PrivacyCost(.zero)

    /// Wraps exact parameters.
    ///
    /// - Parameters:
    ///   - rho: The zCDP part.
    ///   - delta: At least zero; a negative one is the caller's error and stops the program.
    public init(_ rho: Rho, delta: Rational = 0) {
        precondition(delta >= 0, "a probability cannot be negative")
        self.rho = rho
        self.delta = delta
    }

    /// Whether both parts are zero.
    public var isZero: Bool { rho == .zero && delta == 0 }

    /// Whether a budget of this size pays for `other`: both parts are enough, exactly.
    ///
    /// - Parameter other: What is to be paid.
    /// - Returns: Whether neither part of `other` is larger.
    public func covers(_ other: PrivacyCost) -> Bool { other.rho <= rho && other.delta <= delta }

    /// What each of two disjoint sets of privacy units may cost while the whole costs no more than this:
    /// the larger of both parts (McSherry 2009, Theorem 4).
    ///
    /// - Parameter other: The cost on the other set of units.
    /// - Returns: The larger ρ and the larger δ.
    public func inParallel(with other: PrivacyCost) -> PrivacyCost {
        PrivacyCost(max(rho, other.rho), delta: max(delta, other.delta))
    }

    /// The same, or a little more in few digits, for records that are read back: the exact sum of thousands of
    /// charges has as many digits.
    ///
    /// - Parameter limit: What the whole may cost, at least this.
    /// - Returns: Each part whose denominator has more than 256 bits, rounded up to a multiple of 2^-128 but to no
    ///   more than the limit's part; the others as they are.
    public func inShort(within limit: PrivacyCost) -> PrivacyCost {
        precondition(limit.covers(self), "a part costs no more than the whole")
        func short(_ value: Rational, _ most: Rational) -> Rational {
            guard value.denominator.magnitude.bitWidth > 256 else { return value }
            let places = Rational(BigInt(1) << 128, over: 1)
            return min(most, Rational((value * places).bigCeiling, over: BigInt(1) << 128))
        }
        return PrivacyCost(
            Rho(short(rho.value, limit.rho.value)), delta: short(delta, limit.delta))
    }

    /// Sequential composition.
    public static func + (left: PrivacyCost, right: PrivacyCost) -> PrivacyCost {
        PrivacyCost(left.rho + right.rho, delta: left.delta + right.delta)
    }

    /// Sequential composition in place.
    public static func += (left: inout PrivacyCost, right: PrivacyCost) { left = left + right }

    /// What remains of `left`; a negative remainder is the caller's error and stops the program.
    public static func - (left: PrivacyCost, right: PrivacyCost) -> PrivacyCost {
        PrivacyCost(left.rho - right.rho, delta: left.delta - right.delta)
    }
}

extension PrivacyCost: CustomStringConvertible, Codable {
    /// Both parts, δ only where there is one.
    public var description: String {
        delta == 0 ? "rho \(rho)" : "rho \(rho) and delta \(delta)"
    }

    private enum CodingKeys: String, CodingKey {
        case rho, delta
    }

    /// Decodes exact parts; a missing δ is zero.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError` when a part is missing or negative.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        rho = try values.decode(Rho.self, forKey: .rho)
        delta = try values.decodeIfPresent(Rational.self, forKey: .delta) ?? 0
        guard delta >= 0 else {
            throw DecodingError.dataCorruptedError(
                forKey: .delta, in: values,
                debugDescription: "delta: found a negative number, expected 0 or more")
        }
    }

    /// Encodes exact parts; a δ of zero is left out.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(rho, forKey: .rho)
        if delta > 0 { try values.encode(delta, forKey: .delta) }
    }
}
