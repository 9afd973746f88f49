// SPDX-License-Identifier: Apache-2.0

/// Bins over a grid of integer values: units of the last decimal, or steps of a time format.
///
/// Bins are closed ranges that follow one another without gaps from the declared minimum to the
/// declared maximum. Special values are cells of their own and belong to no bin: a bin's
/// positions step over the special values inside its range.
struct BinGrid: Sendable {
    /// First value of each bin, ascending.
    let starts: [Int64]
    /// Last value of each bin.
    let ends: [Int64]
    /// Smallest and largest value that is in a bin.
    let minimum: Int64
    let maximum: Int64
    /// Special values in the order of their cells, which follow the bins.
    let specials: [Int64]

    /// Code of each value from `minimum` on, when the range is small enough to tabulate.
    private let table: [UInt16]
    /// The special values ascending, to step over.
    private let sortedSpecials: [Int64]
    /// Place of each of `sortedSpecials` in `specials`.
    private let specialOrders: [Int]

    /// Codes that no cell has.
    static let below = -2
    static let above = -3

    /// Largest range with a code per value in memory (128 KiB).
    private static let tableLimit: Int64 = 65_536

    /// The most positions that a bin may have, so that they fit `Int32`.
    static let maximumPositions = Int64(Int32.max)

    /// Makes the bins between boundaries.
    ///
    /// A bin that special values fill entirely is left out: nothing could be written for it.
    ///
    /// - Parameters:
    ///   - boundaries: First value of each bin, strictly ascending, not empty.
    ///   - maximum: Last value of the last bin, not below its first.
    ///   - specials: Distinct values that are cells of their own, inside or outside the bins.
    init(boundaries: [Int64], maximum: Int64, specials: [Int64]) {
        var starts: [Int64] = []
        var ends: [Int64] = []
        specialOrders = specials.indices.sorted { specials[$0] < specials[$1] }
        let sorted = specialOrders.map { specials[$0] }
        sortedSpecials = sorted
        for (index, start) in boundaries.enumerated() {
            let end = index + 1 < boundaries.count ? boundaries[index + 1] - 1 : maximum
            let taken =
                Self.countBelow(end + 1, in: sorted.span) - Self.countBelow(start, in: sorted.span)
            guard Int64(taken) <= end - start else { continue }
            starts.append(start)
            ends.append(end)
        }
        self.starts = starts
        self.ends = ends
        self.specials = specials
        minimum = boundaries[0]
        self.maximum = maximum
        var table: [UInt16] = []
        if maximum - minimum < Self.tableLimit {
            table = Array(repeating: 0, count: Int(maximum - minimum) + 1)
            for (code, start) in starts.enumerated() {
                for value in start...ends[code] {
                    table[Int(value - minimum)] = UInt16(truncatingIfNeeded: code)
                }
            }
            for (order, value) in specials.enumerated() where minimum <= value && value <= maximum {
                table[Int(value - minimum)] = UInt16(truncatingIfNeeded: starts.count + order)
            }
        }
        self.table = table
    }

    /// Bins and special values.
    var cellCount: Int { starts.count + specials.count }

    /// Code of a value if it is tabulated, or -1.
    @inline(__always)
    func tabulatedCode(of value: Int64) -> Int {
        // One unsigned comparison for both bounds.
        let offset = UInt64(bitPattern: value &- minimum)
        return offset < UInt64(table.count) ? Int(table[Int(offset)]) : -1
    }

    /// Code of a value, or `below` or `above` for a value outside the bounds.
    ///
    /// - Parameters:
    ///   - value: The value on the grid.
    ///   - isExact: Whether it is the value itself and not the grid value just below it.
    func code(of value: Int64, isExact: Bool) -> Int {
        let code = isExact ? tabulatedCode(of: value) : -1
        return code >= 0 ? code : searchedCode(of: value, isExact: isExact)
    }

    private func searchedCode(of value: Int64, isExact: Bool) -> Int {
        if isExact {
            let place = Self.countBelow(value, in: sortedSpecials.span)
            if place < sortedSpecials.count, sortedSpecials[place] == value {
                return starts.count + specialOrders[place]
            }
        }
        if value < minimum { return Self.below }
        if value > maximum || (value == maximum && !isExact) { return Self.above }
        var low = 0
        var count = starts.count
        while count > 1 {
            let half = count / 2
            if starts[low + half] <= value { low += half }
            count -= half
        }
        // Only rounding can put a value into a bin that its special values fill; the value next
        // to it is the nearest that a bin has.
        return low
    }

    /// How many values of a bin can be written.
    func positions(inBin bin: Int) -> Int {
        let count = openCount(ofBin: bin)
        let stride = Self.stride(count)
        return Int((count + stride - 1) / stride)
    }

    /// The value at a position of a bin.
    @inline(__always)
    func value(inBin bin: Int, at position: Int) -> Int64 {
        var value = starts[bin] + Int64(position)
        if ends[bin] - starts[bin] >= Self.maximumPositions {
            value = starts[bin] + Int64(position) * Self.stride(openCount(ofBin: bin))
        }
        var place = Self.countBelow(starts[bin], in: sortedSpecials.span)
        while place < sortedSpecials.count, sortedSpecials[place] <= value {
            value += 1
            place += 1
        }
        return value
    }

    /// The position of a value in a bin, or nil when the bin does not have it.
    func position(of value: Int64, inBin bin: Int) -> Int? {
        guard starts[bin] <= value, value <= ends[bin] else { return nil }
        let place = Self.countBelow(value, in: sortedSpecials.span)
        guard place == sortedSpecials.count || sortedSpecials[place] != value else { return nil }
        let taken = place - Self.countBelow(starts[bin], in: sortedSpecials.span)
        let order = value - starts[bin] - Int64(taken)
        return Int(order / Self.stride(openCount(ofBin: bin)))
    }

    /// The values of a bin and their positions.
    func values(ofBin bin: Int) -> BinValues {
        let first = Self.countBelow(starts[bin], in: sortedSpecials.span)
        let last = Self.countBelow(ends[bin] + 1, in: sortedSpecials.span)
        return BinValues(
            start: starts[bin], end: ends[bin], specials: Array(sortedSpecials[first..<last]),
            positions: positions(inBin: bin), stride: Self.stride(openCount(ofBin: bin)))
    }

    /// Values of a bin that are not special.
    private func openCount(ofBin bin: Int) -> Int64 {
        let taken =
            Self.countBelow(ends[bin] + 1, in: sortedSpecials.span)
            - Self.countBelow(starts[bin], in: sortedSpecials.span)
        return ends[bin] - starts[bin] + 1 - Int64(taken)
    }

    /// How many of ascending values are below a value.
    private static func countBelow(_ value: Int64, in values: borrowing Span<Int64>) -> Int {
        var low = 0
        var high = values.count
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Grid values from one position to the next: 1 unless the bin has more than `Int32` counts.
    private static func stride(_ count: Int64) -> Int64 {
        (count + maximumPositions - 1) / maximumPositions
    }
}

extension BinGrid {
    /// First values of `count` bins of equal width over a closed range.
    ///
    /// Boundaries are round where the numbers allow it: 0...110 in 22 bins gives 0, 5, ..., 105
    /// and a last bin of 105...110; 1...12 in 4 bins gives 1, 4, 7, 10.
    static func equalBoundaries(minimum: Int64, maximum: Int64, count: Int64) -> [Int64] {
        let values = maximum - minimum + 1
        let length = values % count != 0 && (values - 1) % count == 0 ? values - 1 : values
        return (0..<count).map { index in
            let (high, low) = index.multipliedFullWidth(by: length)
            return minimum + count.dividingFullWidth((high, low)).quotient
        }
    }

    /// First values of the calendar periods that a closed range touches.
    ///
    /// - Returns: The boundaries, or nil when there are more than `limit`.
    static func calendarBoundaries(
        minimum: Int64, maximum: Int64, period: CalendarPeriod, step: Granularity, limit: Int
    ) -> [Int64]? {
        var boundaries = [minimum]
        var next = period.next(after: minimum, step: step)
        while next <= maximum {
            boundaries.append(next)
            guard boundaries.count <= limit else { return nil }
            next = period.next(after: next, step: step)
        }
        return boundaries
    }
}
