// SPDX-License-Identifier: Apache-2.0

/// A refusal of a model.
public enum ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A clique of the tree would have more cells than allowed.
    case tooLarge(attributes: [Int], cells: Int, limit: Int)
    /// No joint cell is left: what is forbidden excludes everything.
    case impossible

    /// One line for a person.
    public var description: String {
        switch self {
        case .tooLarge(let attributes, let cells, let limit):
            "model too large: a clique of \(attributes.count) attributes has \(cells) cells, "
                + "expected at most \(limit); use fewer bins or another method"
        case .impossible:
            "model impossible: the conditions exclude every combination of values, expected one that is "
                + "left; loosen a condition"
        }
    }
}
