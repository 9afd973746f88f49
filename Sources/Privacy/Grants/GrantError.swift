// SPDX-License-Identifier: Apache-2.0

/// Why a grant was not divided or spent.
///
/// Nothing was drawn and nothing was released.
public enum GrantError: Error, Equatable, Sendable, CustomStringConvertible {
    /// More was asked than the grant holds.
    case overdrawn(asked: PrivacyCost, held: PrivacyCost)
    /// A share outside the range from zero to one was asked.
    case shareOutOfRange(Rational)

    /// What was asked, what is there, and what to do.
    public var description: String {
        switch self {
        case .overdrawn(let asked, let held):
            "privacy grant: asked for \(asked), holds \(held); lower the cost of the request or "
                + "reserve more"
        case .shareOutOfRange(let share):
            "privacy grant: asked for a share of \(share), expected a number from 0 to 1"
        }
    }
}
