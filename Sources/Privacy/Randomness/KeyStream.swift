// SPDX-License-Identifier: Apache-2.0

private import CRandom
import Glibc

/// A generator of random words: ChaCha20 (RFC 8439) under a key from the operating system.
///
/// Every block of output begins with the next key, which replaces the old one before anything is given out
/// (fast key erasure, Bernstein 2017), and every word is wiped as it is taken: who reads the memory later
/// learns nothing about words already used. Fresh bytes of `getrandom(2)` are mixed into the key every
/// `refillsPerSeed` refills, so a key that was read does not help for long either. A child process finds
/// neither key nor words of its parent and begins anew.
struct KeyStream: ~Copyable, Sendable {
    /// ChaCha20 blocks of 64 bytes to a refill; with the header below they fill two pages.
    private static let blocks = 112
    private static let keyWords = 4
    /// Refills between two reads of the operating system, about every megabyte.
    static let refillsPerSeed = 128

    /// Where things are, in words: the mark of a living key, the key, then the words to give out.
    private static let mark = 0
    private static let key = 1
    static let output = 8
    /// The place of the first word of a refill that is given out.
    static let first = output + keyWords
    /// The place behind the last.
    static let end = output + 8 * blocks

    private(set) var memory = SecretMemory(count: KeyStream.end)
    /// The place of the next word.
    private(set) var next = KeyStream.end
    private var refillsLeft = 0
    private var owner: pid_t
    private let width = crandom_best_width()

    /// Draws the first key.
    ///
    /// - Throws: `NoiseError.noEntropy` when the system has no generator to offer.
    init() throws(NoiseError) {
        owner = getpid()
        let failure = seed()
        guard failure == 0 else { throw .noEntropy(code: failure) }
    }

    /// Whether this process is not the one that the key was drawn in.
    var isInherited: Bool { memory[Self.mark] == 0 || getpid() != owner }

    /// Forgets key and words, and draws a new key.
    mutating func restart() {
        owner = getpid()
        for index in 0..<Self.end { memory[index] = 0 }
        next = Self.end
        refillsLeft = 0
    }

    /// The next word, wiped as it is taken.
    @inline(__always)
    mutating func word() -> UInt64 {
        if next == Self.end { refill() }
        defer { next += 1 }
        return memory.take(next)
    }

    /// Mixes 32 bytes of the operating system into the key; returns 0 or the `errno` of the failure.
    private mutating func seed() -> Int32 {
        // Into the room of the output, which is empty now, and wiped below.
        let size = Self.keyWords * MemoryLayout<UInt64>.stride
        let result = unsafe memory.lend(from: Self.output, count: Self.keyWords) { bytes in
            // getentropy is getrandom(2) without short reads; it writes `size` bytes, all of them lent.
            unsafe getentropy(bytes, size)
        }
        guard result == 0 else { return errno }
        for index in 0..<Self.keyWords {
            memory[Self.key + index] ^= memory.take(Self.output + index)
        }
        #if MUTANTS
            if Mutation.active == .fixedSeed {
                for index in 0..<Self.keyWords { memory[Self.key + index] = 7 }
            }
        #endif
        memory[Self.mark] = 1
        refillsLeft = Self.refillsPerSeed
        return 0
    }

    @inline(never)
    private mutating func refill() {
        if refillsLeft == 0 || memory[Self.mark] == 0 {
            let failure = seed()
            // Going on without entropy would release exact values; there is no caller that could repair it.
            precondition(failure == 0, "the operating system gave no random bytes")
        }
        refillsLeft -= 1
        unsafe memory.lend(from: 0, count: Self.end) { words in
            // The key is 32 bytes and the output 64 for each block, both within what is lent.
            let key = unsafe (words + Self.key * 8).assumingMemoryBound(to: UInt32.self)
            let output = unsafe (words + Self.output * 8).assumingMemoryBound(to: UInt8.self)
            // Each key serves one refill, so one nonce is enough.
            let nonce: [UInt32] = [0, 0, 0]
            unsafe crandom_chacha20(key, 0, nonce, output, Self.blocks, width)
        }
        for index in 0..<Self.keyWords {
            memory[Self.key + index] = memory.take(Self.output + index)
        }
        next = Self.first
    }
}
