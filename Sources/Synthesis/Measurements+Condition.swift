// SPDX-License-Identifier: Apache-2.0

import Curation
import Privacy
public import Tables

/// The noise in a count that measurements tell.
public struct ConditionNoise: Sendable, Hashable {
    /// Its standard deviation, in training records.
    public let deviation: Double
    /// Whether no measured marginal has all columns of the condition, so that the model joins several and the
    /// noise is at least this.
    public let isAtLeast: Bool
}

extension Measurements {
    /// The noise in the number of records that meet a condition.
    ///
    /// Of the marginals that have the most of the condition's columns it is the least noisy answer: the root of
    /// the cells that meet the condition, times σ. Post-processing: spends nothing.
    ///
    /// - Parameter condition: A condition of the schema.
    /// - Returns: The noise; that of the total where the condition is empty.
    public func noise(in condition: Condition) -> ConditionNoise {
        guard !condition.allowed.isEmpty else {
            return ConditionNoise(deviation: totalVariance.squareRoot(), isAtLeast: false)
        }
        var most = 0
        var least = Double.infinity
        for (marginal, isMerged) in oneWay.map({ ($0, false) }) + merged.map({ ($0, true) }) {
            let covered = marginal.attributes.count { condition.allowed[$0] != nil }
            guard covered > 0, covered >= most else { continue }
            var cells = 1.0
            for attribute in marginal.attributes {
                let size = isMerged ? recoding.sizes[attribute] : sizes[attribute]
                guard let allowed = condition.allowed[attribute] else {
                    cells *= Double(size)
                    continue
                }
                cells *= Double(
                    isMerged
                        ? Set(allowed.map { recoding.maps[attribute][$0] }).count : allowed.count)
            }
            let variance = cells * Double(marginal.sigma2, rounding: .up)
            least = covered > most ? variance : min(least, variance)
            most = covered
        }
        return ConditionNoise(
            deviation: least.squareRoot(), isAtLeast: most < condition.allowed.count)
    }
}
