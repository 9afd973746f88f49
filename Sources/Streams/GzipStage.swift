// SPDX-License-Identifier: Apache-2.0

import CZlib

/// Decompresses gzip members that follow one another, and checks each one's length and checksum.
///
/// Used in place of libarchive's filter, which takes a file that is cut inside the header for plain
/// data, ignores what follows the last member, and does not look at checksums.
@safe
final class GzipStage: ByteStage {
    /// The first bytes of every member (RFC 1952).
    static let mark: [UInt8] = [0x1F, 0x8B]

    /// zlib keeps the address, so the state must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8]
    private var used = 0
    private var isBetweenMembers = false

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
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        input = []
        // 15 bits of window, and 16 for the gzip format only.
        let code = unsafe inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "out of memory")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

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
            if used == input.count {
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
                unsafe inflateReset(stream)
                isBetweenMembers = false
            }
            let (code, count) = unsafe step(into: target)
            switch code {
            case Z_STREAM_END: isBetweenMembers = true
            // Z_BUF_ERROR only asks for more input.
            case Z_OK, Z_BUF_ERROR: break
            default: throw Self.damaged(name)
            }
            if count > 0 { return count }
        }
    }

    /// One call of inflate(3): its code, and how many bytes it wrote.
    @unsafe
    private func step(into target: UnsafeMutableRawBufferPointer) -> (code: Int32, count: Int) {
        let capacity = min(target.count, 1 << 30)
        let available = input.count - used
        let first = used
        // In bounds: zlib writes at most `avail_out` bytes and reads at most `avail_in`.
        let code = unsafe input.withUnsafeMutableBufferPointer { source in
            unsafe stream.pointee.next_in = source.baseAddress?.advanced(by: first)
            unsafe stream.pointee.avail_in = UInt32(available)
            unsafe stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.pointee.avail_out = UInt32(capacity)
            return unsafe inflate(stream, Z_NO_FLUSH)
        }
        used += available - Int(unsafe stream.pointee.avail_in)
        return (code, capacity - Int(unsafe stream.pointee.avail_out))
    }

    private static func damaged(_ name: String) -> StreamError {
        StreamError(
            kind: .corrupt, path: name,
            detail: "the gzip data is damaged, cut short or followed by other bytes; "
                + "fetch the file again")
    }
}
