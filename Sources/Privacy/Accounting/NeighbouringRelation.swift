// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Which two data sets count as neighbours, without which no ε and no ρ means anything.
///
/// Both relations speak of all records of one privacy unit.
public enum NeighbouringRelation: String, Sendable, Hashable, Codable, CaseIterable {
    /// One has all records of one unit more than the other; the number of records is private.
    case addRemove = "add-remove"
    /// One has the records of one unit in place of those of another; the number of units is public.
    case replaceOne = "replace-one"

    /// What a mechanism that is ρ-zCDP under adding and removing costs under this relation.
    ///
    /// A replacement is one removal and one addition, a group of two: 4ρ (Bun and Steinke 2016,
    /// Proposition 1.9). There is no way back, because a mechanism may publish the number of units for
    /// nothing under replacement and at no finite price under adding and removing.
    ///
    /// - Parameter rho: The cost under `addRemove`.
    /// - Returns: The cost under this relation.
    public func cost(ofAddRemove rho: Rho) -> Rho {
        switch self {
        case .addRemove: rho
        case .replaceOne: rho.forGroup(of: 2)
        }
    }

    /// What Gaussian noise on histograms costs under this relation.
    ///
    /// A replaced record leaves one cell and enters another, so the Euclidean norm moves by √2 where it
    /// moved by 1, for k records by √2·k where it moved by k: exactly twice ρ, half of what a group of two
    /// would cost.
    ///
    /// - Parameter rho: The cost under `addRemove`, Σ Δ²/(2σ²) over histograms.
    /// - Returns: The cost under this relation.
    public func cost(ofGaussianHistograms rho: Rho) -> Rho {
        switch self {
        case .addRemove: rho
        case .replaceOne: rho.scaled(by: 2)
        }
    }

    /// What an (ε, δ)-DP mechanism under adding and removing promises under this relation.
    ///
    /// For a group of two that is (2ε, (1 + e^ε)δ) (Vadhan 2017, Lemma 2.2).
    ///
    /// - Parameters:
    ///   - epsilon: ε under `addRemove`, at least zero.
    ///   - delta: δ under `addRemove`, at least zero.
    /// - Returns: ε and δ under this relation, rounded up; δ at most 1.
    public func promise(
        ofAddRemove epsilon: Double, delta: Double
    ) -> (epsilon: Double, delta: Double) {
        precondition(epsilon >= 0 && delta >= 0, "epsilon and delta are at least zero")
        return switch self {
        case .addRemove: (epsilon, delta)
        case .replaceOne: (2 * epsilon, min(1, delta * (1 + exp(epsilon)) * (1 + 1e-14)))
        }
    }
}
