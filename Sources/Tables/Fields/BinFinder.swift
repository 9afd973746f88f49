// SPDX-License-Identifier: Apache-2.0

import CKernels

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

    /// The most bins that begin inside one bucket.
    private let steps: Int
    /// `starts`, and behind them so many of the greatest number that a step never leads beyond.
    private let paddedStarts: [Int64]
    private let specialValues: [Int64]
    private let specialCodes: [UInt16]

    private static let buckets: UInt64 = 2_048
    /// 10 to the power 0...18, and zeros so that any five bits are an index.
    private static let powers = FixedPoint.powers + Array(repeating: 0, count: 13)

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
        let steps =
            shift == 0 ? 0 : zip(first, first.dropFirst()).map { Int($1) - Int($0) }.max() ?? 0
        self.steps = steps
        paddedStarts = grid.starts + Array(repeating: .max, count: steps + 1)
        // One more, so that there is an address even without any.
        specialValues = specials.map(\.value) + [0]
        specialCodes = specials.map { UInt16(truncatingIfNeeded: $0.code) } + [0]
    }

    /// Whether `encode` may be used: its loop over steps and special values must stay short.
    var isQuick: Bool { steps <= 8 && specials.count <= 4 }

    /// Whether the processor has what the loop over four records at a time needs.
    private static let hasVectors = semblance_has_avx2()

    /// Encodes a column of plain numbers, four records at a time where the processor can, and by
    /// `NumberLoop`.
    ///
    /// - Parameters:
    ///   - places: Where the fields lie, in a padded buffer.
    ///   - rows: How many there are.
    ///   - decimals: Decimals of the grid's unit.
    ///   - codes: Gets the code of each; all of the grid's codes must fit.
    ///   - misses: Gets the records whose field is no plain number inside the grid; emptied before.
    ///   - isPortable: Whether `NumberLoop` shall do all of it, for tests.
    @unsafe
    func encode(
        _ places: FieldPlaces, rows: Int, decimals: Int, into codes: UnsafeMutablePointer<UInt8>,
        misses: inout MissList, isPortable: Bool = false
    ) {
        let isVector = Self.hasVectors && !isPortable && decimals <= 7
        // In bounds: arrays outlive the call, the list has room for all rows, and steps end at the padding.
        let missed = unsafe Self.powers.withUnsafeBufferPointer { powers in
            unsafe first.withUnsafeBufferPointer { first in
                unsafe paddedStarts.withUnsafeBufferPointer { starts in
                    unsafe specialValues.withUnsafeBufferPointer { values in
                        unsafe specialCodes.withUnsafeBufferPointer { special -> Int in
                            guard let powers = powers.baseAddress, let first = first.baseAddress,
                                let starts = starts.baseAddress,
                                let values = values.baseAddress, let special = special.baseAddress
                            else { return 0 }
                            let loop = unsafe NumberLoop(
                                powers: powers, decimals: decimals, minimum: minimum,
                                range: range, shift: shift, first: first, starts: starts,
                                steps: steps, special: values, specialCodes: special,
                                specials: specials.count)
                            var (missed, done) = (0, 0)
                            if isVector {
                                var fields = unsafe semblance_fields(
                                    text: places.text, starts: places.starts,
                                    start_stride: places.startStride, ends: places.ends,
                                    end_stride: places.endStride)
                                var bins = unsafe semblance_bins(
                                    decimals: Int32(decimals), shift: Int32(shift),
                                    minimum: minimum, range: Int64(bitPattern: range),
                                    first: first, starts: starts, steps: Int32(steps),
                                    specials: Int32(specials.count), special: values,
                                    special_codes: special)
                                missed = unsafe semblance_numbers(
                                    &fields, rows, &bins, codes, misses.storage, &done)
                            }
                            return unsafe missed
                                + loop.encode(
                                    places, rows: done..<rows, into: codes,
                                    misses: misses.storage + missed)
                        }
                    }
                }
            }
        }
        misses.setCount(missed)
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
