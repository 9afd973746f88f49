// SPDX-License-Identifier: Apache-2.0

/// What tells cells apart: 64 bits for cliques of codes, 128 for tokens of texts.
typealias CellKey = FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable

/// A cell that occurs, and its count: an entry of a sparse tally.
///
/// A sparse tally is an array of these with ascending keys; cells that are absent count 0.
struct KeyCount<Key: CellKey>: Sendable, Hashable {
    /// The cell's place in the row-major order of the clique.
    var key: Key
    var count: Int64
}

/// A cell of a clique of codes.
typealias CellCount = KeyCount<UInt64>

extension Array {
    /// The counts of keys that ascend, with equal ones side by side.
    @unsafe
    init<Key>(sorted keys: UnsafePointer<Key>, count: Int) where Element == KeyCount<Key> {
        guard count > 0 else {
            self = []
            return
        }
        // How many there are, then each of them, both without a branch on the keys.
        var distinct = 1
        for index in 1..<count {
            unsafe distinct += keys[index] != keys[index - 1] ? 1 : 0
        }
        self = unsafe [KeyCount<Key>](unsafeUninitializedCapacity: distinct) { buffer, filled in
            guard let cells = buffer.baseAddress else { return }
            // In bounds: the place moves on where a key is new, `distinct - 1` times.
            var place = 0
            unsafe (cells + 0).initialize(to: KeyCount(key: keys[0], count: 1))
            for index in 1..<count {
                unsafe place += keys[index] != keys[index - 1] ? 1 : 0
                unsafe (cells + place).initialize(
                    to: KeyCount(key: keys[index], count: Int64(index + 1)))
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
    init<Key>(counting keys: [Key]) where Element == KeyCount<Key> {
        let bits = Key.bitWidth - (keys.max() ?? 0).leadingZeroBitCount
        var keys = keys
        var scratch = [Key](repeating: 0, count: keys.count)
        self = unsafe keys.withUnsafeMutableBufferPointer { keys in
            unsafe scratch.withUnsafeMutableBufferPointer { scratch in
                guard let first = keys.baseAddress, let second = scratch.baseAddress else {
                    return []
                }
                // In bounds: both have room for the keys.
                let sorted = unsafe RadixSort.sort(
                    first, scratch: second, count: keys.count, bits: bits)
                return unsafe [KeyCount<Key>](sorted: sorted, count: keys.count)
            }
        }
    }

    /// The sum of two tallies.
    ///
    /// - Complexity: O(entries of both).
    func merged<Key>(with other: [KeyCount<Key>]) -> [KeyCount<Key>]
    where Element == KeyCount<Key> {
        if isEmpty { return other }
        if other.isEmpty { return self }
        var sum: [KeyCount<Key>] = []
        sum.reserveCapacity(count + other.count)
        var first = 0, second = 0
        while first < count, second < other.count {
            let one = self[first], two = other[second]
            sum.append(
                KeyCount(
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
