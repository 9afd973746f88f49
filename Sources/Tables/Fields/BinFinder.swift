// SPDX-License-Identifier: Apache-2.0

/// Finds the bin of a grid value in constant time: a coarse table says where to begin to look.
///
/// Made from a `BinGrid`, whose binary search is its twin; it knows values inside the grid only.
@safe
struct BinFinder: Sendable {
    private let minimum: Int64
    /// `maximum - minimum`, to test both bounds at once.
    private let range: UInt64
    /// Distance of two values of one bucket is below `1 << shift`.
    private let shift: UInt64
    /// Code of the first bin that reaches into each bucket, and one more behind the last; with
    /// `shift` 0 the code of each value, special values included.
    private let first: [UInt16]
    private let starts: [Int64]
    /// Special values inside the range, ascending, and their codes; empty with `shift` 0.
    private let specials: [(value: Int64, code: Int)]

    private static let buckets: UInt64 = 2_048

    /// Prepares the search.
    ///
    /// - Parameter grid: The bins.
    init(_ grid: BinGrid) {
        minimum = grid.minimum
        let range = UInt64(bitPattern: grid.maximum &- grid.minimum)
        self.range = range
        starts = grid.starts
        var shift: UInt64 = 0
        while range >> shift >= Self.buckets { shift += 1 }
        self.shift = shift
        var first: [UInt16] = []
        for bucket in 0...(range >> shift) {
            let value = grid.minimum &+ Int64(bitPattern: bucket << shift)
            let code =
                shift == 0 ? grid.code(of: value, isExact: true) : Self.bin(value, grid.starts)
            first.append(UInt16(truncatingIfNeeded: code))
        }
        first.append(UInt16(truncatingIfNeeded: max(grid.starts.count - 1, 0)))
        self.first = first
        specials =
            shift == 0
            ? []
            : grid.specials.enumerated()
                .map { (value: $0.element, code: grid.starts.count + $0.offset) }
                .filter { $0.value >= grid.minimum && $0.value <= grid.maximum }
                .sorted { $0.value < $1.value }
    }

    /// The last bin that starts at or below a value.
    private static func bin(_ value: Int64, _ starts: [Int64]) -> Int {
        max(0, (starts.firstIndex { $0 > value } ?? starts.count) - 1)
    }

    /// The code of a value.
    ///
    /// - Parameter value: A grid value.
    /// - Returns: The code, or -1 for a value outside the grid's bounds.
    @inline(__always)
    func code(of value: Int64) -> Int32 {
        let offset = UInt64(bitPattern: value &- minimum)
        if offset > range { return -1 }
        let bucket = Int(truncatingIfNeeded: offset >> shift)
        // In bounds: the table has an entry for each bucket of the range, and one more.
        return unsafe first.withUnsafeBufferPointer { first in
            var low = unsafe Int(first[bucket])
            if shift == 0 { return Int32(truncatingIfNeeded: low) }
            if !specials.isEmpty, let code = special(value) { return code }
            let high = unsafe Int(first[bucket &+ 1])
            unsafe starts.withUnsafeBufferPointer { starts in
                while low < high, unsafe starts[low &+ 1] <= value { low &+= 1 }
            }
            return Int32(truncatingIfNeeded: low)
        }
    }

    @inline(never)
    private func special(_ value: Int64) -> Int32? {
        specials.first { $0.value == value }.map { Int32($0.code) }
    }
}
