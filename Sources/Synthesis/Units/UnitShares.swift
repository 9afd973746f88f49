// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels

/// Which share of units has one record, two, and so on, by a noisy histogram.
///
/// Post-processing: spends nothing.
public struct UnitShares: Sendable {
    /// The share of units with 1, 2, … records; not negative, sums to 1.
    public let shares: [Double]

    /// The mean number of records of a unit, at least 1.
    public var meanRecords: Double {
        shares.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
    }

    /// Removes noise: the nearest counts that are not negative and have the noisy sum, of at least one unit
    /// (see `NoisyTotals.projected`).
    ///
    /// - Parameter histogram: What `Curator.rowsPerUnit` answered; of one cell at least.
    init(_ histogram: NoisyHistogram) {
        let counts = histogram.cells.map(Double.init)
        let total = max(1, counts.reduce(0, +))
        self.init(shares: NoisyTotals.projected(counts, total: total))
    }

    /// Shares in proportion to weights.
    ///
    /// - Parameter weights: One at least; finite, not negative, and not all zero.
    init(shares weights: [Double]) {
        let sum = weights.reduce(0, +)
        precondition(sum > 0 && weights.allSatisfy { $0 >= 0 }, "shares of something")
        shares = weights.map { $0 / sum }
    }

    /// Divides rows among units.
    ///
    /// Each number of records gets the share of units that it should have, rounded down; what is left over is
    /// drawn from the parts that rounding cut off, and the last unit takes no more than there is.
    ///
    /// - Parameters:
    ///   - rows: How many rows there are.
    ///   - generator: A public generator.
    /// - Returns: The records of each unit, descending; they sum to `rows`. Complexity: O(rows + cap).
    func sizes(ofUnitsIn rows: Int, using generator: inout SeededGenerator) -> [Int] {
        let units = Double(rows) / meanRecords
        var counts = shares.map { Int((units * $0).rounded(.down)) }
        let cut = zip(shares, counts).map { max(0, units * $0 - Double($1)) }
        var left = rows - counts.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }
        // Rounding of the mean may have given a record too many.
        while left < 0, let last = counts.lastIndex(where: { $0 > 0 }) {
            counts[last] -= 1
            left += last + 1
        }
        let weights = cut.contains { $0 > 1e-9 } ? cut : shares
        let sum = weights.reduce(0, +)
        while left > 0 {
            var draw = generator.unit() * sum
            var cell = weights.lastIndex { $0 > 0 } ?? 0
            for (index, weight) in weights.enumerated() where weight > 0 {
                draw -= weight
                if draw < 0 {
                    cell = index
                    break
                }
            }
            let records = min(cell + 1, left)
            counts[records - 1] += 1
            left -= records
        }
        return counts.indices.reversed().flatMap { Array(repeating: $0 + 1, count: counts[$0]) }
    }
}

extension Measurements {
    /// Which share of units has how many records; nil where that was not measured.
    public var unitShares: UnitShares? { rowsPerUnit.map { UnitShares($0) } }
}
