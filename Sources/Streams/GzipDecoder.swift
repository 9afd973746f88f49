// SPDX-License-Identifier: Apache-2.0

import CZlib

/// Decompresses gzip members that follow one another, and checks each one's length and checksum.
///
/// Used in place of libarchive's filter, which takes a file that is cut inside the header for plain
/// data, ignores what follows the last member, and does not look at checksums.
@safe
struct GzipDecoder: ~Copyable {
    /// The first bytes of every member (RFC 1952).
    static let mark: [UInt8] = [0x1F, 0x8B]

    /// zlib keeps the address, so the state must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8]
    private var used = 0
    private var isBetweenMembers = false

    /// Creates a decoder.
    ///
    /// - Parameter head: The first bytes of the data, already read; they begin with `mark`.
    init(head: [UInt8]) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        input = head
        // 15 bits of window, and 16 for the gzip format only.
        let code = unsafe inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "out of memory")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Decompresses the next bytes.
    ///
    /// - Parameters:
    ///   - file: Where the compressed bytes go on.
    ///   - buffer: Filled from its start, up to its length, which is not 0.
    ///   - name: The input's name for messages.
    /// - Returns: How many bytes there are; 0 at the end of the last member.
    mutating func read(
        from file: borrowing FileDescriptor, into buffer: inout [UInt8], name: String
    ) throws(StreamError) -> Int {
        while true {
            if used == input.count {
                if input.count < 1 << 18 { input = Array(repeating: 0, count: 1 << 18) }
                let count = try file.read(into: &input)
                if count == 0 {
                    guard isBetweenMembers else { throw Self.damaged(name) }
                    input.removeAll()
                    used = 0
                    return 0
                }
                input.removeLast(input.count - count)
                used = 0
            }
            if isBetweenMembers {
                unsafe inflateReset(stream)
                isBetweenMembers = false
            }
            let (code, count) = step(into: &buffer)
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
    private mutating func step(into buffer: inout [UInt8]) -> (code: Int32, count: Int) {
        let capacity = min(buffer.count, 1 << 30)
        let available = input.count - used
        let first = used
        // In bounds: zlib writes at most `avail_out` bytes and reads at most `avail_in`.
        let code = unsafe input.withUnsafeMutableBufferPointer { source in
            unsafe buffer.withUnsafeMutableBufferPointer { target in
                unsafe stream.pointee.next_in = source.baseAddress?.advanced(by: first)
                unsafe stream.pointee.avail_in = UInt32(available)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(capacity)
                return unsafe inflate(stream, Z_NO_FLUSH)
            }
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
