// SPDX-License-Identifier: Apache-2.0

/// The noise of an above-threshold mechanism, fixed before any data is read.
public struct AboveThresholdPlan: Sendable, Hashable {
    /// By how much one privacy unit can move any query.
    public let sensitivity: Int
    /// The pure DP parameter of the whole sequence of answers.
    public let epsilon: Rational
    /// After how many answers above the threshold the mechanism halts.
    public let positives: Int
    /// Drawn once, for the threshold: scale 2Δ/ε.
    let thresholdNoise: LaplacePlan
    /// Drawn for each query: scale 4cΔ/ε.
    let queryNoise: LaplacePlan

    /// Half of ε for the threshold and half for the answers.
    ///
    /// - Parameters:
    ///   - sensitivity: At least 1.
    ///   - epsilon: Above zero.
    ///   - positives: c, at least 1.
    /// - Throws: `NoiseError.unusable` when a parameter is out of range or a scale cannot be sampled.
    public init(sensitivity: Int, epsilon: Rational, positives: Int = 1) throws(NoiseError) {
        guard sensitivity >= 1, positives >= 1, epsilon > 0 else {
            throw .unusable(
                "sensitivity \(sensitivity), \(positives) positives and epsilon \(epsilon), expected "
                    + "at least 1, at least 1 and above 0")
        }
        self.sensitivity = sensitivity
        self.epsilon = epsilon
        self.positives = positives
        let scale = 2 * Rational(sensitivity) / epsilon
        thresholdNoise = try LaplacePlan(sensitivity: sensitivity, scale: scale)
        queryNoise = try LaplacePlan(
            sensitivity: sensitivity, scale: scale * 2 * Rational(positives))
    }

    /// The exact zCDP cost ε²/2 of the whole sequence of answers.
    public var cost: Rho { mechanism.rho }

    /// What a grant pays for when the mechanism is set up.
    public var mechanism: Mechanism {
        .aboveThreshold(epsilon: epsilon, sensitivity: sensitivity, positives: positives)
    }
}
