// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Exact noise from the operating system's random bytes, and from nothing else.
///
/// There is no seed: a recorded seed beside a release would be the data. Bytes come from `getrandom(2)` a
/// few kilobytes at a time, are wiped as they are used and when the source dies, and are thrown away in a
/// child process after a fork. When the system stops giving bytes the program stops, with nothing
/// released. Samplers run in time that depends on the noise, so a source serves batches, never a service
/// whose latency others can measure.
@safe
public struct NoiseSource: ~Copyable, @unchecked Sendable {
    // Safe and sendable although it holds a pointer: the value cannot be copied, so the memory has one
    // owner, and every access below is within its words.
    static let wordCount = 512
    /// The most that one call of `getentropy` gives.
    private static let chunkWords = 32

    private(set) var words: UnsafeMutablePointer<UInt64>
    private(set) var next = NoiseSource.wordCount
    private var reservoir: UInt64 = 0
    private var reservoirBits = 0
    private var owner: pid_t

    /// Opens the operating system's generator and draws the first block.
    ///
    /// - Throws: `NoiseError.noEntropy` when the system has no generator to offer.
    public init() throws(NoiseError) {
        // Heap memory, because moving a struct would leave copies of its bytes behind.
        unsafe words = .allocate(capacity: NoiseSource.wordCount)
        unsafe words.initialize(repeating: 0, count: NoiseSource.wordCount)
        owner = getpid()
        let failure = refill()
        guard failure == 0 else { throw .noEntropy(code: failure) }
    }

    deinit {
        // explicit_bzero is not optimised away; the length is that of the allocation.
        unsafe explicit_bzero(words, NoiseSource.wordCount * MemoryLayout<UInt64>.stride)
        unsafe words.deallocate()
    }

    /// Forgets everything drawn by a parent process.
    ///
    /// Each public draw begins with this.
    mutating func leaveParentBehind() {
        let current = getpid()
        guard current != owner else { return }
        owner = current
        reservoir = 0
        reservoirBits = 0
        next = NoiseSource.wordCount
    }

    /// Fills the whole block; returns 0 or the `errno` of the failure.
    private mutating func refill() -> Int32 {
        let size = NoiseSource.chunkWords * MemoryLayout<UInt64>.stride
        for start in stride(from: 0, to: NoiseSource.wordCount, by: NoiseSource.chunkWords) {
            // In bounds: the chunk divides the block. getentropy is getrandom(2) without short reads.
            guard unsafe getentropy(words + start, size) == 0 else { return errno }
        }
        next = 0
        return 0
    }

    /// The next word of the block, wiped as it is taken.
    private mutating func word() -> UInt64 {
        if next == NoiseSource.wordCount {
            let failure = refill()
            // Going on without entropy would release exact values; there is no caller that could repair it.
            precondition(failure == 0, "the operating system gave no random bytes")
        }
        // In bounds: next < wordCount after the refill.
        let word = unsafe words[next]
        unsafe words[next] = 0
        next += 1
        return word
    }
}

extension NoiseSource: BitSource {
    @inline(__always)
    mutating func bit() -> Bool {
        if reservoirBits == 0 {
            reservoir = word()
            reservoirBits = 64
        }
        let bit = reservoir & 1 == 1
        reservoir >>= 1
        reservoirBits -= 1
        return bit
    }

    @inline(__always)
    mutating func bits(_ count: Int) -> UInt64 {
        var value = reservoir
        if reservoirBits < count {
            // Shifts by 64 give zero, so full words and an empty reservoir need no case of their own.
            let fresh = word()
            value |= fresh << reservoirBits
            reservoir = fresh >> (count - reservoirBits)
            reservoirBits += 64 - count
        } else {
            reservoir >>= count
            reservoirBits -= count
        }
        return count == 64 ? value : value & (1 << UInt64(count) - 1)
    }
}
