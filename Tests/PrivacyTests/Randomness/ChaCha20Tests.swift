// SPDX-License-Identifier: Apache-2.0

private import CRandom
import Testing

@Suite("Block function of ChaCha20")
struct ChaCha20Tests {
    private static let widths = [crandom_portable, crandom_avx2, crandom_avx512]
        .map { Int32($0.rawValue) }
        .filter { $0 <= crandom_best_width() }

    private func compiled(
        key: [UInt32], counter: UInt32, nonce: [UInt32], blocks: Int, width: Int32
    ) -> [UInt8] {
        // One byte more on either side shows whether the function keeps to its room.
        var bytes = [UInt8](repeating: 0xA5, count: 64 * blocks + 2)
        unsafe bytes.withUnsafeMutableBufferPointer { room in
            guard let base = room.baseAddress else { return }
            // In bounds: the room has 64 bytes for every block behind its first byte.
            unsafe crandom_chacha20(key, counter, nonce, base + 1, blocks, width)
        }
        #expect(bytes.first == 0xA5 && bytes.last == 0xA5)
        return Array(bytes.dropFirst().dropLast())
    }

    private func bytes(_ hex: String) -> [UInt8] {
        hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }

    private static let counting: [UInt32] = [
        0x0302_0100, 0x0706_0504, 0x0b0a_0908, 0x0f0e_0d0c,
        0x1312_1110, 0x1716_1514, 0x1b1a_1918, 0x1f1e_1d1c,
    ]

    /// Keys, counters, nonces and the first bytes of the key stream.
    private static let known: [(key: [UInt32], counter: UInt32, nonce: [UInt32], stream: String)] =
        [
            // RFC 8439, section 2.3.2.
            (
                counting, 1, [0x0900_0000, 0x4a00_0000, 0],
                """
                10 f1 e7 e4 d1 3b 59 15 50 0f dd 1f a3 20 71 c4 c7 d1 f4 c7 33 c0 68 03 04 22 aa 9a c3 d4 6c 4e \
                d2 82 64 46 07 9f aa 09 14 c2 d7 05 d9 8b 02 a2 b5 12 9c d1 de 16 4e b9 cb d0 83 e8 a2 50 3c 4e
                """
            ),
            // RFC 8439, appendix A.1, test vectors 1 to 3.
            (
                [0, 0, 0, 0, 0, 0, 0, 0], 0, [0, 0, 0],
                """
                76 b8 e0 ad a0 f1 3d 90 40 5d 6a e5 53 86 bd 28 bd d2 19 b8 a0 8d ed 1a a8 36 ef cc 8b 77 0d c7 \
                da 41 59 7c 51 57 48 8d 77 24 e0 3f b8 d8 4a 37 6a 43 b8 f4 15 18 a1 1c c3 87 b6 69 b2 ee 65 86
                """
            ),
            (
                [0, 0, 0, 0, 0, 0, 0, 0], 1, [0, 0, 0],
                """
                9f 07 e7 be 55 51 38 7a 98 ba 97 7c 73 2d 08 0d cb 0f 29 a0 48 e3 65 69 12 c6 53 3e 32 ee 7a ed \
                29 b7 21 76 9c e6 4e 43 d5 71 33 b0 74 d8 39 d5 31 ed 1f 28 51 0a fb 45 ac e1 0a 1f 4b 79 4d 6f
                """
            ),
            (
                [0, 0, 0, 0, 0, 0, 0, 0x0100_0000], 1, [0, 0, 0],
                """
                3a eb 52 24 ec f8 49 92 9b 9d 82 8d b1 ce d4 dd 83 20 25 e8 01 8b 81 60 b8 22 84 f3 c9 49 aa 5a \
                8e ca 00 bb b4 a7 3b da d1 92 b5 c4 2f 73 f2 fd 4e 27 36 44 c8 b3 61 25 a6 4a dd eb 00 6c 13 a0
                """
            ),
        ]

    @Test("the vectors of RFC 8439 come out of every compiled width and of the twin")
    func vectors() {
        for (key, counter, nonce, stream) in Self.known {
            let expected = bytes(stream)
            #expect(expected.count == 64)
            #expect(ChaCha20.block(key: key, counter: counter, nonce: nonce) == expected)
            for width in Self.widths {
                let found = compiled(
                    key: key, counter: counter, nonce: nonce, blocks: 1, width: width)
                #expect(found == expected, "width \(width)")
            }
        }
    }

    @Test("every number of blocks, and counters up to the last, agree with the twin")
    func lengths() {
        var words: UInt32 = 1
        for blocks in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 112] {
            let key = (0..<8).map { _ -> UInt32 in
                words = words &* 1_664_525 &+ 1_013_904_223
                return words
            }
            let nonce: [UInt32] = [words, ~words, 7]
            for counter in [0, 1, UInt32.max - UInt32(blocks) + (blocks == 0 ? 0 : 1)] {
                let expected = (0..<blocks).flatMap {
                    ChaCha20.block(key: key, counter: counter + UInt32($0), nonce: nonce)
                }
                for width in Self.widths {
                    let found = compiled(
                        key: key, counter: counter, nonce: nonce, blocks: blocks, width: width)
                    #expect(found == expected, "\(blocks) blocks, width \(width)")
                }
            }
        }
    }
}
