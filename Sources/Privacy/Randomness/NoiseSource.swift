// SPDX-License-Identifier: Apache-2.0

/// Exact noise from the operating system's randomness, and from nothing else.
///
/// There is no seed: a recorded seed beside a release would be the data. Bits come from ChaCha20 keyed and
/// re-keyed by `getrandom(2)`, are wiped as they are used and when the source dies, and are thrown away in
/// a child process after a fork; see `KeyStream`. Privacy is therefore computational: as good as ChaCha20
/// (Mironov, Pandey, Reingold and Vadhan 2009). When the system stops giving bytes the program stops, with
/// nothing released. Samplers run in time that depends on the noise, so a source serves batches, never a
/// service whose latency others can measure.
public struct NoiseSource: ~Copyable, Sendable {
    private(set) var stream: KeyStream
    private var reservoir: UInt64 = 0
    private var reservoirBits = 0

    /// Draws a key from the operating system's generator.
    ///
    /// - Throws: `NoiseError.noEntropy` when the system has no generator to offer.
    public init() throws(NoiseError) {
        stream = try KeyStream()
    }

    /// Forgets everything drawn by a parent process.
    ///
    /// Each public draw begins with this.
    mutating func leaveParentBehind() {
        guard stream.isInherited else { return }
        stream.restart()
        reservoir = 0
        reservoirBits = 0
    }
}

extension NoiseSource: BitSource {
    @inline(__always)
    mutating func bit() -> Bool {
        if reservoirBits == 0 {
            reservoir = stream.word()
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
            let fresh = stream.word()
            value |= fresh << reservoirBits
            reservoir = fresh >> (count - reservoirBits)
            reservoirBits += 64 - count
        } else {
            reservoir >>= count
            reservoirBits -= count
        }
        return count == 64 ? value : value & (1 << UInt64(count) - 1)
    }

    /// A whole word that owes nothing to the bits kept from before.
    @inline(__always)
    mutating func word() -> UInt64 { stream.word() }
}
