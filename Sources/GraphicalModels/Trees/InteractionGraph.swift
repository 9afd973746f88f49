// SPDX-License-Identifier: Apache-2.0

/// Which attributes are in a clique together: one row of bits for each attribute.
///
/// An attribute counts as its own neighbour, so that a row is the clique that its elimination makes.
struct InteractionGraph: Sendable {
    let count: Int
    /// Words of a row.
    let width: Int
    private(set) var words: [UInt64]

    /// A graph without edges.
    init(count: Int) {
        self.count = count
        width = max(1, (count + 63) / 64)
        words = [UInt64](repeating: 0, count: count * width)
        for attribute in 0..<count { insert(attribute, into: attribute) }
    }

    private mutating func insert(_ member: Int, into attribute: Int) {
        words[attribute * width + member >> 6] |= 1 << UInt64(member & 63)
    }

    /// Makes the attributes of a clique neighbours of each other.
    mutating func connect(_ attributes: [Int]) {
        for attribute in attributes {
            for other in attributes { insert(other, into: attribute) }
        }
    }

    func areNeighbours(_ first: Int, _ second: Int) -> Bool {
        words[first * width + second >> 6] >> UInt64(second & 63) & 1 == 1
    }

    /// Whether the attributes are all neighbours of each other.
    func isConnected(_ attributes: [Int]) -> Bool {
        attributes.allSatisfy { first in attributes.allSatisfy { areNeighbours(first, $0) } }
    }

    /// The members of a row, ascending.
    @inline(__always)
    func forEachNeighbour(of attribute: Int, _ body: (Int) -> Void) {
        for word in 0..<width {
            var bits = words[attribute * width + word]
            while bits != 0 {
                body(word << 6 + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
    }

    /// How many neighbours an attribute has, itself included.
    @inline(__always)
    func degree(of attribute: Int) -> Int {
        var sum = 0
        for word in 0..<width { sum += words[attribute * width + word].nonzeroBitCount }
        return sum
    }

    /// The neighbours of one attribute that another one lacks.
    @inline(__always)
    func forEachMissing(of other: Int, among attribute: Int, _ body: (Int) -> Void) {
        for word in 0..<width {
            var bits = words[attribute * width + word] & ~words[other * width + word]
            while bits != 0 {
                body(word << 6 + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
    }

    /// Whether every bit of a row is in another set.
    @inline(__always)
    func isRow(_ attribute: Int, inside set: [UInt64], at start: Int) -> Bool {
        for word in 0..<width where words[attribute * width + word] & ~set[start + word] != 0 {
            return false
        }
        return true
    }

    /// Joins an attribute's neighbours with each other and removes it from their rows; its own row stays as
    /// the clique that was made.
    mutating func eliminate(_ attribute: Int) {
        let row = attribute * width
        for word in 0..<width {
            var bits = words[row + word]
            while bits != 0 {
                let neighbour = word << 6 + bits.trailingZeroBitCount
                bits &= bits - 1
                guard neighbour != attribute else { continue }
                for other in 0..<width { words[neighbour * width + other] |= words[row + other] }
                words[neighbour * width + attribute >> 6] &= ~(1 << UInt64(attribute & 63))
            }
        }
    }
}
