// SPDX-License-Identifier: Apache-2.0

/// A keyed permutation of the indices 0 ..< size, so that numbering does not show.
///
/// A balanced Feistel network over the next even number of bits, walked until the image falls
/// below the size (Black and Rogaway 2002, "cycle walking"). It hides order from the eye; it is
/// no cipher, and nothing rests on its secrecy: the indices count invented rows.
struct IndexPermutation: Sendable {
    /// How many indices there are, 1...2^62.
    let size: UInt64
    private let halfBits: UInt64
    private let keys: [UInt64]

    init(size: UInt64, seed: UInt64) {
        self.size = size
        let bits = UInt64(UInt64.bitWidth - (size - 1).leadingZeroBitCount)
        halfBits = max(1, (bits + 1) / 2)
        var state = seed
        keys = (0..<4).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            return Self.mixed(state)
        }
    }

    /// The image of an index; below the size, and different for different indices.
    func image(of index: UInt64) -> UInt64 {
        var value = index
        repeat { value = round(value) } while value >= size
        return value
    }

    private func round(_ value: UInt64) -> UInt64 {
        let mask = (1 as UInt64) << halfBits - 1
        var left = value >> halfBits & mask
        var right = value & mask
        for key in keys { (left, right) = (right, left ^ (Self.mixed(right ^ key) & mask)) }
        return left << halfBits | right
    }

    /// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
    static func mixed(_ value: UInt64) -> UInt64 {
        var word = value
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
