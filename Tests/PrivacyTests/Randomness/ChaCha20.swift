// SPDX-License-Identifier: Apache-2.0

/// The block function of RFC 8439, section 2.3, one word at a time: what the compiled one is held to.
enum ChaCha20 {
    /// The key stream of one block, 64 bytes.
    static func block(key: [UInt32], counter: UInt32, nonce: [UInt32]) -> [UInt8] {
        let start = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574] + key + [counter] + nonce
        var state = start
        for _ in 0..<10 {
            quarter(&state, 0, 4, 8, 12)
            quarter(&state, 1, 5, 9, 13)
            quarter(&state, 2, 6, 10, 14)
            quarter(&state, 3, 7, 11, 15)
            quarter(&state, 0, 5, 10, 15)
            quarter(&state, 1, 6, 11, 12)
            quarter(&state, 2, 7, 8, 13)
            quarter(&state, 3, 4, 9, 14)
        }
        return zip(state, start).flatMap { word, first in
            let sum = word &+ first
            return (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
        }
    }

    private static func quarter(_ state: inout [UInt32], _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        for (first, second) in [(16, 12), (8, 7)] as [(UInt32, UInt32)] {
            state[a] &+= state[b]
            state[d] = rotate(state[d] ^ state[a], first)
            state[c] &+= state[d]
            state[b] = rotate(state[b] ^ state[c], second)
        }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word << count | word >> (32 - count)
    }
}
