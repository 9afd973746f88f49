// SPDX-License-Identifier: Apache-2.0

import CInflate

/// Decompresses gzip members that follow one another, and checks each one's length and checksum.
///
/// Used in place of libarchive's filter, which takes a file that is cut inside the header for plain
/// data, ignores what follows the last member, and does not look at checksums.
@safe
final class GzipStage: ByteStage {
    /// The first bytes of every member (RFC 1952).
    static let mark: [UInt8] = [0x1F, 0x8B]

    private let inflater: OpaquePointer
    private var input: [UInt8]
    private var used = 0
    private var isBetweenMembers = false
    /// Whether the last call filled its room, so that the decoder may hold more without more input.
    private var mayHoldMore = false

    private let inner: ByteStage
    private let name: String
    private var isFinished = false

    /// Creates a decoder.
    ///
    /// - Parameters:
    ///   - inner: The compressed bytes; they begin with `mark`.
    ///   - name: The input's name for messages.
    init(_ inner: ByteStage, name: String) {
        self.inner = inner
        self.name = name
        guard let inflater = unsafe semblance_inflate_create() else {
            preconditionFailure("out of memory")
        }
        unsafe self.inflater = inflater
        input = []
    }

    deinit { unsafe semblance_inflate_destroy(inflater) }

    override var consumed: Int { inner.consumed }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        var failure: StreamError?
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            do throws(StreamError) {
                return try unsafe read(into: bytes)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return count
    }

    override func read(into target: UnsafeMutableRawBufferPointer) throws(StreamError) -> Int {
        if isFinished { return 0 }
        while true {
            if used == input.count, !mayHoldMore {
                if input.count < 1 << 18 { input = Array(repeating: 0, count: 1 << 18) }
                let count = try inner.read(into: &input)
                if count == 0 {
                    guard isBetweenMembers else { throw Self.damaged(name) }
                    isFinished = true
                    return 0
                }
                input.removeLast(input.count - count)
                used = 0
            }
            if isBetweenMembers {
                unsafe semblance_inflate_reset(inflater)
                isBetweenMembers = false
            }
            let (result, count) = unsafe step(into: target)
            switch result {
            case semblance_inflate_end: isBetweenMembers = true
            case semblance_inflate_more: break
            default: throw Self.damaged(name)
            }
            if count > 0 { return count }
        }
    }

    /// One call of the decoder: what it came to, and how many bytes it wrote.
    @unsafe
    private func step(
        into target: UnsafeMutableRawBufferPointer
    ) -> (result: semblance_inflate_result, count: Int) {
        var (taken, written) = (0, 0)
        let (available, first) = (input.count - used, used)
        // In bounds: it reads at most `available` bytes and writes at most as many as there is room for.
        let result = unsafe input.withUnsafeBufferPointer { source in
            unsafe semblance_inflate(
                inflater, source.baseAddress?.advanced(by: first), available, &taken,
                target.baseAddress?.assumingMemoryBound(to: UInt8.self), target.count, &written)
        }
        used += taken
        mayHoldMore = result == semblance_inflate_more && written == target.count
        // Nothing would ever come of input that is not taken.
        let isStuck =
            result == semblance_inflate_more && taken == 0 && written == 0 && available > 0
        return (isStuck ? semblance_inflate_damaged : result, written)
    }

    private static func damaged(_ name: String) -> StreamError {
        StreamError(
            kind: .corrupt, path: name,
            detail: "the gzip data is damaged, cut short or followed by other bytes; "
                + "fetch the file again")
    }
}
