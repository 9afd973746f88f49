// SPDX-License-Identifier: Apache-2.0

/// The receipt of a mechanism that a grant has paid for.
///
/// Only `PrivacyGrant.spend(_:)` makes new ones; decoding reads those that were kept.
public struct Charge: Sendable, Hashable, Codable, CustomStringConvertible {
    /// What ran, with its true parameters.
    public let mechanism: Mechanism
    /// The exact cost of the noise that was drawn.
    public let rho: Rho
    /// What the spent grant held; at least `rho`.
    ///
    /// This is what stays charged.
    public let granted: Rho

    init(mechanism: Mechanism, rho: Rho, granted: Rho) {
        self.mechanism = mechanism
        self.rho = rho
        self.granted = granted
    }

    /// The mechanism and its cost on one line.
    public var description: String { "\(mechanism): rho \(rho) of \(granted)" }

    private enum CodingKeys: String, CodingKey {
        case mechanism, rho, granted
    }

    /// Decodes a receipt and checks its arithmetic.
    ///
    /// - Parameter decoder: The decoder to read from.
    /// - Throws: `DecodingError` when the cost is not the mechanism's own or is above the grant.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        mechanism = try values.decode(Mechanism.self, forKey: .mechanism)
        rho = try values.decode(Rho.self, forKey: .rho)
        granted = try values.decode(Rho.self, forKey: .granted)
        guard rho == mechanism.rho, rho <= granted else {
            throw DecodingError.dataCorruptedError(
                forKey: .rho, in: values,
                debugDescription: "charge: rho is not the mechanism's cost within the grant")
        }
    }
}
