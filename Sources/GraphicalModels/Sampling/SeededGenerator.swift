// SPDX-License-Identifier: Apache-2.0

/// A small, fast, seeded generator: xoshiro256** (Blackman and Vigna 2021), seeded by SplitMix64.
///
/// For choices after the wall only, such as drawing rows from a fitted model. It is not
/// cryptographic, and noise never comes from it.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var a: UInt64, b: UInt64, c: UInt64, d: UInt64

    /// Creates a generator.
    ///
    /// - Parameters:
    ///   - seed: The public seed.
    ///   - stream: Tells independent uses of one seed apart, such as blocks of rows.
    public init(seed: UInt64, stream: UInt64) {
        var state = seed ^ Self.mix(stream &+ 0x6A09_E667_F3BC_C909)
        func step() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return Self.mix(state)
        }
        (a, b, c, d) = (step(), step(), step(), step())
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        let product = b &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = b << 17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = (d << 45) | (d >> 19)
        return result
    }

    /// A number uniform on [0, 1) with 53 bits.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A standard normal number (Box and Muller 1958), the same on every machine.
    mutating func normal() -> Double {
        let radius = (-2 * Numbers.log(1 - unit())).squareRoot()
        // The cosine of half a turn is distributed as that of a whole one.
        return radius * Numbers.cosineOfPi(times: unit())
    }

    /// Puts a part of an array in an order uniform among all (Fisher and Yates 1938).
    ///
    /// Two places are drawn from each word, without a division but once in many draws (Lemire 2019).
    ///
    /// - Parameters:
    ///   - array: The array.
    ///   - range: The part, shorter than 2^32.
    mutating func shuffle<T>(_ array: inout [T], _ range: Range<Int>) {
        precondition(range.count < 1 << 32)
        var left = range.count
        var word: UInt64 = 0
        var isSpent = true
        while left > 1 {
            if isSpent { word = next() } else { word >>= 32 }
            isSpent.toggle()
            let bound = UInt64(left)
            var product = (word & 0xFFFF_FFFF) &* bound
            if product & 0xFFFF_FFFF < bound {
                // 2^32 is no multiple of the bound: a few products are drawn again.
                let excess = (1 << 32) % bound
                while product & 0xFFFF_FFFF < excess { product = (next() >> 32) &* bound }
            }
            left -= 1
            array.swapAt(range.lowerBound + left, range.lowerBound + Int(product >> 32))
        }
    }
}
