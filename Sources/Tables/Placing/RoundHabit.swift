// SPDX-License-Identifier: Apache-2.0

/// A declared habit of writing numbers: a share of the values of each bin is a multiple of something, or
/// ends alike.
struct RoundHabit: Sendable, Equatable {
    /// Values are `ending` plus a multiple of this, in grid units; above 0.
    let step: Int64
    /// From 0 to below `step`.
    let ending: Int64
    /// The share of the values that follow the habit, in units of 2⁻¹⁶.
    let share: Int
}

/// What a schema says of the places of values inside bins, beyond which bins there are.
struct Placing: Sendable, Equatable {
    /// Habits of numbers; what their shares leave follows none.
    var habits: [RoundHabit] = []
    /// Weights of weekdays, for dates.
    var weekdays: WeekdayWeights?
    /// A shape for each bin; empty where none was fitted.
    var shapes: [BinShape] = []
}
