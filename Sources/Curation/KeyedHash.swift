// SPDX-License-Identifier: Apache-2.0

import Privacy

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein 2012): a keyed pseudo-random function.
///
/// It maps a privacy unit to a partition, a part and an order of its records. Without the key, which
/// is fresh for each run and never stored, the mapping tells nothing about the unit.
struct KeyedHash: Sendable {
    private let k0: UInt64, k1: UInt64

    /// Creates a function from a key.
    init(key: (UInt64, UInt64)) {
        (k0, k1) = key
    }

    /// A function that is independent of this one and of those with other labels.
    func derived(_ label: UInt64) -> KeyedHash {
        var state = State(k0: k0, k1: k1)
        state.absorb(label)
        let key = state.finish(length: 8, tail: 0)
        return KeyedHash(key: (key.high, key.low))
    }

    /// The hash of bytes.
    func callAsFunction(_ bytes: ArraySlice<UInt8>) -> UnitHash {
        var state = State(k0: k0, k1: k1)
        var word: UInt64 = 0
        var filled: UInt64 = 0
        for byte in bytes {
            word |= UInt64(byte) << (8 * filled)
            filled += 1
            if filled == 8 {
                state.absorb(word)
                word = 0
                filled = 0
            }
        }
        return state.finish(length: bytes.count, tail: word)
    }

    /// The hash of whole words.
    func callAsFunction(_ first: UInt64, _ second: UInt64 = 0) -> UnitHash {
        var state = State(k0: k0, k1: k1)
        state.absorb(first)
        state.absorb(second)
        return state.finish(length: 16, tail: 0)
    }

    /// The hash of a unit together with the codes of one of its records.
    func callAsFunction(_ unit: UnitHash, codes: ArraySlice<UInt16>) -> UInt64 {
        var state = State(k0: k0, k1: k1)
        state.absorb(unit.high)
        state.absorb(unit.low)
        var word: UInt64 = 0
        var filled: UInt64 = 0
        for code in codes {
            word |= UInt64(code) << (16 * filled)
            filled += 1
            if filled == 4 {
                state.absorb(word)
                word = 0
                filled = 0
            }
        }
        return state.finish(length: 16 + 2 * codes.count, tail: word).high
    }

    private struct State {
        var v0: UInt64, v1: UInt64, v2: UInt64, v3: UInt64

        init(k0: UInt64, k1: UInt64) {
            v0 = k0 ^ 0x736F_6D65_7073_6575
            v1 = k1 ^ 0x646F_7261_6E64_6F6D ^ 0xEE
            v2 = k0 ^ 0x6C79_6765_6E65_7261
            v3 = k1 ^ 0x7465_6462_7974_6573
        }

        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        mutating func finish(length: Int, tail: UInt64) -> UnitHash {
            absorb(tail | UInt64(truncatingIfNeeded: length) << 56)
            v2 ^= 0xEE
            for _ in 0..<4 { round() }
            let high = v0 ^ v1 ^ v2 ^ v3
            v1 ^= 0xDD
            for _ in 0..<4 { round() }
            return UnitHash(high: high, low: v0 ^ v1 ^ v2 ^ v3)
        }

        private mutating func round() {
            v0 &+= v1
            v1 = (v1 << 13) | (v1 >> 51)
            v1 ^= v0
            v0 = (v0 << 32) | (v0 >> 32)
            v2 &+= v3
            v3 = (v3 << 16) | (v3 >> 48)
            v3 ^= v2
            v0 &+= v3
            v3 = (v3 << 21) | (v3 >> 43)
            v3 ^= v0
            v2 &+= v1
            v1 = (v1 << 17) | (v1 >> 47)
            v1 ^= v2
            v2 = (v2 << 32) | (v2 >> 32)
        }
    }
}

/// The keyed hash of a privacy unit.
struct UnitHash: Hashable, Sendable {
    /// The first 64 bits of output.
    let high: UInt64
    /// The second 64 bits.
    let low: UInt64
}
