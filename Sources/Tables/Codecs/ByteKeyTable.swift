// SPDX-License-Identifier: Apache-2.0

/// An open-addressing hash table from byte strings to the order in which they were added.
///
/// Looking a key up allocates nothing and makes no `String`: the key is bytes inside a buffer.
/// The keys lie packed in one array, with their first eight bytes apart for quick comparison.
struct ByteKeyTable: Sendable {
    /// The keys, one after the other.
    private(set) var bytes: [UInt8] = []
    /// Where each key ends in `bytes`; the key before it begins where its predecessor ends.
    private(set) var ends: [Int] = []
    private var heads: [UInt64] = []
    private var slots: [Int32] = Array(repeating: -1, count: 16)

    /// How many keys there are.
    var count: Int { ends.count }

    init() {}

    /// Builds a table of distinct keys; a repeated key keeps its first index.
    init(_ keys: [[UInt8]]) {
        for key in keys { insert(key.span, from: 0, to: key.count) }
    }

    /// The key that was added as the `index`-th.
    func key(_ index: Int) -> [UInt8] { Array(bytes[start(of: index)..<ends[index]]) }

    /// Index of a key.
    ///
    /// - Parameters:
    ///   - text: The buffer that holds the key.
    ///   - start: Index of the key's first byte.
    ///   - end: Index after its last byte.
    /// - Returns: The key's index, or -1 when the table does not have it.
    @inline(__always)
    func find(_ text: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int {
        let head = Self.head(text, from: start, to: end)
        var slot = Self.hash(text, from: start, to: end, head: head) & (slots.count - 1)
        while true {
            let index = Int(slots[slot])
            if index < 0 { return -1 }
            if heads[index] == head, matches(index, text, from: start, to: end) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    /// Index of a key that is an array, or -1.
    func find(_ key: [UInt8]) -> Int { find(key.span, from: 0, to: key.count) }

    /// Adds a key unless the table has it.
    ///
    /// - Returns: The key's index.
    @discardableResult
    mutating func insert(_ text: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int {
        let found = find(text, from: start, to: end)
        if found >= 0 { return found }
        if (count + 1) * 2 > slots.count { grow() }
        for index in start..<end { bytes.append(text[index]) }
        ends.append(bytes.count)
        let head = Self.head(text, from: start, to: end)
        heads.append(head)
        place(count - 1, hash: Self.hash(text, from: start, to: end, head: head))
        return count - 1
    }

    private func start(of index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for index in 0..<count {
            let hash = Self.hash(
                bytes.span, from: start(of: index), to: ends[index], head: heads[index])
            place(index, hash: hash)
        }
    }

    private mutating func place(_ index: Int, hash: Int) {
        var slot = hash & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(truncatingIfNeeded: index)
    }

    @inline(__always)
    private func matches(
        _ index: Int, _ text: borrowing Span<UInt8>, from start: Int, to end: Int
    ) -> Bool {
        let first = self.start(of: index)
        let length = end - start
        guard ends[index] - first == length else { return false }
        var offset = 8
        while offset < length {
            if bytes[first + offset] != text[start + offset] { return false }
            offset += 1
        }
        return true
    }

    /// The first eight bytes as a number.
    @inline(__always)
    private static func head(
        _ text: borrowing Span<UInt8>, from start: Int, to end: Int
    ) -> UInt64 {
        var word: UInt64 = 0
        var index = start
        let stop = min(end, start + 8)
        while index < stop {
            word = word << 8 | UInt64(text[index])
            index += 1
        }
        return word
    }

    /// A multiplicative hash; the keys are public, so nobody gains from forcing collisions.
    @inline(__always)
    private static func hash(
        _ text: borrowing Span<UInt8>, from start: Int, to end: Int, head: UInt64
    ) -> Int {
        let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        var hash = (head ^ UInt64(truncatingIfNeeded: end - start)) &* factor
        var index = start + 8
        while index < end {
            hash = (hash ^ (hash >> 29) ^ UInt64(text[index])) &* factor
            index += 1
        }
        return Int(truncatingIfNeeded: hash >> 33)
    }
}
