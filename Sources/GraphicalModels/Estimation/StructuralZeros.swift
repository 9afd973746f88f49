// SPDX-License-Identifier: Apache-2.0

/// Cells that no record can fall into, by public knowledge.
public struct StructuralZeros: Sendable {
    /// What the cells are of.
    public let clique: Clique
    /// Whether each cell is impossible, row-major over the clique.
    public let isForbidden: [Bool]

    /// Creates the rule.
    ///
    /// - Parameters:
    ///   - clique: What the cells are of.
    ///   - isForbidden: Whether each cell is impossible, row-major over the clique. It must come from the
    ///     schema or another public source, never from records.
    public init(clique: Clique, isForbidden: [Bool]) {
        self.clique = clique
        self.isForbidden = isForbidden
    }

    /// The rule as log-potentials.
    var potentials: [Double] { isForbidden.map { $0 ? -.infinity : 0 } }
}
