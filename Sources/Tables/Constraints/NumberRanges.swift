// SPDX-License-Identifier: Apache-2.0

/// A set of grid values as disjoint ascending ranges.
struct NumberRanges: Sendable {
    let ranges: [ClosedRange<Int64>]

    /// Every value that a column can have.
    static let all = -FixedPoint.limit...FixedPoint.limit

    init(_ ranges: [ClosedRange<Int64>]) { self.ranges = ranges }

    /// The values that compare so with a number, of which `floor` is the grid value at or just below it.
    init(_ comparison: Constraint.Comparison, floor: Int64, isExact: Bool) {
        let (low, high) = (Self.all.lowerBound, Self.all.upperBound)
        let last = isExact ? floor - 1 : floor
        switch comparison {
        case .less: ranges = [low...last]
        case .atMost: ranges = [low...floor]
        case .equal: ranges = isExact ? [floor...floor] : []
        case .unequal: ranges = isExact ? [low...(floor - 1), (floor + 1)...high] : [low...high]
        case .atLeast: ranges = [(last + 1)...high]
        case .greater: ranges = [(floor + 1)...high]
        }
    }

    /// All other values.
    var complement: NumberRanges {
        var rest: [ClosedRange<Int64>] = []
        var next = Self.all.lowerBound
        for range in ranges {
            if next < range.lowerBound { rest.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= Self.all.upperBound { rest.append(next...Self.all.upperBound) }
        return NumberRanges(rest)
    }

    /// The values of either set.
    func union(_ other: NumberRanges) -> NumberRanges {
        var merged: [ClosedRange<Int64>] = []
        for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] =
                    last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return NumberRanges(merged)
    }

    func contains(_ value: Int64) -> Bool { ranges.contains { $0.contains(value) } }

    /// Whether the values from one to another are all in the set, in part, or not at all.
    func covers(from low: Int64, to high: Int64) -> CellTest.Truth {
        if ranges.contains(where: { $0.lowerBound <= low && high <= $0.upperBound }) { return .all }
        return ranges.contains { $0.lowerBound <= high && low <= $0.upperBound } ? .some : .none
    }

    /// The nearest value outside the set, from a value in it, within bounds.
    func nearestOutside(of value: Int64, from low: Int64, to high: Int64) -> Int64? {
        guard let own = ranges.first(where: { $0.contains(value) }) else { return value }
        let (below, above) = (own.lowerBound - 1, own.upperBound + 1)
        let fitsBelow = below >= low, fitsAbove = above <= high
        if fitsBelow, fitsAbove { return value - below <= above - value ? below : above }
        return fitsBelow ? below : fitsAbove ? above : nil
    }
}

/// Whether a condition on one column holds, cell by cell.
struct CellTest: Sendable {
    /// Of the values of a cell: none, some or all.
    enum Truth: UInt8, Sendable { case none, some, all }

    /// The column's place among those that rules are about.
    let slot: Int
    /// For each cell; none for what is unknown.
    let truth: [Truth]
    /// The numbers for which it holds, of numeric columns.
    let ranges: NumberRanges?

    /// Whether it holds for a value of a cell.
    func holds(_ code: Int, _ value: Int64) -> Bool {
        switch truth[code] {
        case .none: false
        case .all: true
        case .some: ranges?.contains(value) ?? false
        }
    }
}
