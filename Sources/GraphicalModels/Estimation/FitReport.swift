// SPDX-License-Identifier: Apache-2.0

/// How an estimation ended.
public struct FitReport: Sendable, Codable, Hashable {
    /// Steps taken.
    public let iterations: Int
    /// The loss at the end, `Σ ‖μ_m − y_m‖² / 2σ_m²`.
    public let loss: Double
    /// An upper bound on how much lower any distribution's loss could be.
    public let gap: Double
    /// Whether the convergence test was met.
    public let converged: Bool
}
