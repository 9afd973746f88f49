// SPDX-License-Identifier: Apache-2.0

import Curation

/// Runs of neighbouring cells that hold about as many records each.
///
/// Post-processing: spends nothing.
enum CoarseCells {
    /// A merging of every attribute into at most so many runs.
    ///
    /// A heavy cell is a run of its own; others are joined in their order until they hold their part of what is left.
    ///
    /// - Parameters:
    ///   - counts: What is known of each attribute's cells, not negative.
    ///   - bins: Runs of an attribute at most, at least 1.
    static func recoding(_ counts: [[Double]], bins: Int) -> Recoding {
        var maps: [[UInt16]] = []
        var sizes: [Int] = []
        for counts in counts {
            var map: [UInt16] = []
            var run = 0, mass = 0.0
            var left = counts.reduce(0, +)
            for (cell, count) in counts.enumerated() {
                map.append(UInt16(run))
                mass += count
                let isLast = cell == counts.count - 1
                let wanted = left / Double(bins - run)
                let next = isLast ? 0 : counts[cell + 1]
                // Also before a heavy cell, which fills a run by itself.
                let isFull = mass >= wanted || mass > 0 && next >= wanted
                if !isLast, isFull, run < bins - 1 {
                    left -= mass
                    (run, mass) = (run + 1, 0)
                }
            }
            maps.append(map)
            sizes.append(run + 1)
        }
        return Recoding(maps: maps, sizes: sizes)
    }
}
