// SPDX-License-Identifier: Apache-2.0

/// The receipt of a mechanism that a grant has paid for.
///
/// Only a mechanism that runs makes new ones; decoding reads those that were kept.
public struct Charge: Sendable, Hashable, Codable, CustomStringConvertible {
    /// What ran, with its true parameters.
    public let mechanism: Mechanism
    /// The exact cost of the noise that was drawn.
    public let cost: PrivacyCost
    /// What the spent grant held; it covers `cost`.
    ///
    /// This is what stays charged.
    public let granted: PrivacyCost

    /// The zCDP part of the cost.
    public var rho: Rho { cost.rho }

    init(mechanism: Mechanism, cost: PrivacyCost, granted: PrivacyCost) {
        self.mechanism = mechanism
        self.cost = cost
        self.granted = granted
    }

    /// The mechanism and its cost on one line.
    public var description: String { "\(mechanism): \(cost) of \(granted)" }

    private enum CodingKeys: String, CodingKey {
        case mechanism, cost, granted
    }

    /// Decodes a receipt and checks its arithmetic.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError` when the cost is not the mechanism's own or is above the grant.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        mechanism = try values.decode(Mechanism.self, forKey: .mechanism)
        cost = try values.decode(PrivacyCost.self, forKey: .cost)
        granted = try values.decode(PrivacyCost.self, forKey: .granted)
        guard cost == mechanism.cost, granted.covers(cost) else {
            throw DecodingError.dataCorruptedError(
                forKey: .cost, in: values,
                debugDescription: "charge: cost is not the mechanism's own within the grant")
        }
    }
}
