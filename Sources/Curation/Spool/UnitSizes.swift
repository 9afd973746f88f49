// SPDX-License-Identifier: Apache-2.0

/// How many units have one record, two, and so on after bounding, in each part.
///
/// Holds exact counts; they never leave this room but with noise. A unit is in one cell of one part, whatever
/// the cap, so adding or removing it changes one count by 1.
struct UnitSizes: Sendable {
    private var training: [Int64]
    private var holdout: [Int64]

    /// No units yet.
    ///
    /// - Parameter cap: The most records of a unit that are kept.
    init(cap: Int) {
        training = [Int64](repeating: 0, count: cap)
        holdout = training
    }

    /// Counts of a part: cell i has the units of i + 1 records.
    subscript(part: Part) -> [Int64] { part == .training ? training : holdout }

    /// Counts a unit.
    ///
    /// - Parameters:
    ///   - records: Its records that were kept, at least 1; more than the cap count as the cap.
    ///   - part: Where they are.
    mutating func add(records: Int, in part: Part) {
        let cell = min(records, training.count) - 1
        if part == .training { training[cell] += 1 } else { holdout[cell] += 1 }
    }

    /// Adds other units.
    mutating func merge(_ other: UnitSizes) {
        for cell in training.indices {
            training[cell] += other.training[cell]
            holdout[cell] += other.holdout[cell]
        }
    }
}
