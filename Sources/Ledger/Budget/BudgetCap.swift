// SPDX-License-Identifier: Apache-2.0

public import Privacy

/// A cap on what is learnt about a population: ε at δ, whatever the number of releases under it.
///
/// Charges are δ-approximate ρ-zCDP and add up in both parts. Their δ are events that the zCDP part does
/// not cover, so they are taken off the cap's δ before the rest converts ρ to ε (Bun and Steinke 2016,
/// Lemma 8.2 and Proposition 12 of Canonne, Kamath and Steinke 2020).
public struct BudgetCap: Sendable, Hashable {
    /// ε of the cap.
    public let epsilon: Rational
    /// δ of the cap, at which ε is read.
    public let delta: Rational
    /// The largest ρ that (ε, δ) allows where no charge has a δ of its own, rounded down.
    public let rho: Rho

    /// Creates a cap.
    ///
    /// - Parameters:
    ///   - epsilon: ε of the cap, more than 0.
    ///   - delta: δ of the cap, between 0 and 1.
    public init(epsilon: Rational, delta: Rational) {
        self.epsilon = epsilon
        self.delta = delta
        rho = ZeroConcentrated.largestRho(epsilon: epsilon, delta: delta)
    }

    /// The largest sum of ρ where the charges' δ add up to something, rounded down.
    ///
    /// - Parameter delta: The sum of δ.
    /// - Returns: ρ; `nil` where nothing of the cap's δ is left, so that no ρ at all converts to an ε.
    public func rho(withDelta delta: Rational) -> Rho? {
        guard delta > 0 else { return rho }
        guard delta < self.delta else { return nil }
        return ZeroConcentrated.largestRho(epsilon: epsilon, delta: self.delta - delta)
    }

    /// Whether charges of this sum are within the cap, exactly.
    ///
    /// - Parameter total: The sum.
    /// - Returns: Whether they are.
    public func allows(_ total: PrivacyCost) -> Bool {
        rho(withDelta: total.delta).map { total.rho <= $0 } ?? false
    }

    /// What is left of ρ for one more charge.
    ///
    /// - Parameters:
    ///   - spent: The sum of charges so far.
    ///   - delta: δ of the charge to come.
    /// - Returns: The largest ρ that it may have; `nil` where its δ is too much already.
    public func remaining(after spent: PrivacyCost, delta: Rational = 0) -> Rho? {
        guard let most = rho(withDelta: spent.delta + delta) else { return nil }
        return most <= spent.rho ? .zero : most - spent.rho
    }

    /// Whether this cap allows more than another, in any currency.
    func isAbove(_ other: BudgetCap) -> Bool { rho > other.rho || delta > other.delta }

    /// Equal caps are those with equal ε and δ.
    public static func == (left: BudgetCap, right: BudgetCap) -> Bool {
        left.epsilon == right.epsilon && left.delta == right.delta
    }

    /// Hashes ε and δ.
    ///
    /// - Parameter hasher: The hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(epsilon)
        hasher.combine(delta)
    }
}

extension BudgetCap: Codable, CustomStringConvertible {
    /// ε and δ as people read them.
    public var description: String {
        "ε = \(epsilon.reading(rounded: .down)) at δ = \(delta.reading(rounded: .down))"
    }

    /// The largest ε that is a cap; above it nothing is promised that matters.
    public static let largestEpsilon = Rational(1000)

    private enum CodingKeys: String, CodingKey {
        case epsilon, delta
    }

    /// Decodes ε and δ.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError` where one is missing or out of range.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let epsilon = try values.decode(Rational.self, forKey: .epsilon)
        let delta = try values.decode(Rational.self, forKey: .delta)
        guard epsilon > 0, epsilon <= Self.largestEpsilon, delta > 0, delta < 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .epsilon, in: values, debugDescription: "cap: out of range")
        }
        self.init(epsilon: epsilon, delta: delta)
    }

    /// Encodes ε and δ.
    ///
    /// - Parameter encoder: The encoder to write to.
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(epsilon, forKey: .epsilon)
        try values.encode(delta, forKey: .delta)
    }
}
