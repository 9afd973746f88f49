// SPDX-License-Identifier: Apache-2.0

/// A cell that occurs, and its count: an entry of a sparse tally.
///
/// A sparse tally is an array of these with ascending keys; cells that are absent count 0.
struct CellCount: Sendable, Hashable {
    /// The cell's place in the row-major order of the clique.
    var key: UInt64
    var count: Int64
}

extension [CellCount] {
    /// The counts of keys that ascend, with equal ones side by side.
    @unsafe
    init(sorted keys: UnsafePointer<UInt64>, count: Int) {
        guard count > 0 else {
            self = []
            return
        }
        // How many there are, then each of them, both without a branch on the keys.
        var distinct = 1
        for index in 1..<count {
            unsafe distinct += keys[index] != keys[index - 1] ? 1 : 0
        }
        self = unsafe [CellCount](unsafeUninitializedCapacity: distinct) { buffer, filled in
            guard let cells = buffer.baseAddress else { return }
            // In bounds: the place moves on where a key is new, `distinct - 1` times.
            var place = 0
            unsafe (cells + 0).initialize(to: CellCount(key: keys[0], count: 1))
            for index in 1..<count {
                unsafe place += keys[index] != keys[index - 1] ? 1 : 0
                unsafe (cells + place).initialize(
                    to: CellCount(key: keys[index], count: Int64(index + 1)))
            }
            // Each has the place behind its last key: differences are counts.
            while place > 0 {
                unsafe cells[place].count -= cells[place - 1].count
                place -= 1
            }
            filled = distinct
        }
    }

    /// The counts of keys in any order.
    init(counting keys: [UInt64]) {
        let bits = UInt64.bitWidth - (keys.max() ?? 0).leadingZeroBitCount
        var keys = keys
        var scratch = [UInt64](repeating: 0, count: keys.count)
        self = unsafe keys.withUnsafeMutableBufferPointer { keys in
            unsafe scratch.withUnsafeMutableBufferPointer { scratch in
                guard let first = keys.baseAddress, let second = scratch.baseAddress else {
                    return []
                }
                // In bounds: both have room for the keys.
                let sorted = unsafe RadixSort.sort(
                    first, scratch: second, count: keys.count, bits: bits)
                return unsafe [CellCount](sorted: sorted, count: keys.count)
            }
        }
    }

    /// The sum of two tallies.
    ///
    /// - Complexity: O(entries of both).
    func merged(with other: [CellCount]) -> [CellCount] {
        if isEmpty { return other }
        if other.isEmpty { return self }
        var sum: [CellCount] = []
        sum.reserveCapacity(count + other.count)
        var first = 0, second = 0
        while first < count, second < other.count {
            let one = self[first], two = other[second]
            sum.append(
                CellCount(
                    key: Swift.min(one.key, two.key),
                    count: (one.key <= two.key ? one.count : 0)
                        + (two.key <= one.key ? two.count : 0)))
            first += one.key <= two.key ? 1 : 0
            second += two.key <= one.key ? 1 : 0
        }
        sum.append(contentsOf: self[first...])
        sum.append(contentsOf: other[second...])
        return sum
    }
}
