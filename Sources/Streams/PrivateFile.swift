// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A temporary file without a name, readable by its owner alone.
///
/// It is made with mode 0600 and unlinked before anything is written, so that a crash, a signal or a
/// power cut leaves nothing behind. Appending goes through no buffer; hand in large pieces.
public struct PrivateFile: ~Copyable {
    private let descriptor: FileDescriptor
    /// How many bytes were appended.
    public private(set) var byteCount = 0

    /// Creates an empty file.
    ///
    /// - Parameter directory: A folder on a local disk with room for the data.
    /// - Throws: `StreamError` when no file can be made there.
    public init(in directory: String) throws(StreamError) {
        descriptor = try FileDescriptor.nameless(in: directory)
    }

    /// Appends bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `StreamError` with kind `diskFull` when the disk is full.
    public mutating func append(_ bytes: borrowing Span<UInt8>) throws(StreamError) {
        try descriptor.write(bytes)
        byteCount += bytes.count
    }

    /// Appends 16-bit integers in the machine's byte order.
    ///
    /// - Parameter elements: The integers.
    /// - Throws: `StreamError` with kind `diskFull` when the disk is full.
    public mutating func append(_ elements: borrowing Span<UInt16>) throws(StreamError) {
        try unsafe descriptor.write(raw: elements.bytes)
        byteCount += elements.count * 2
    }

    /// Reads bytes at an offset.
    ///
    /// - Parameters:
    ///   - offset: Where to start, in bytes.
    ///   - buffer: Filled from its start, up to its length.
    /// - Returns: How many bytes were read; fewer than the buffer's length only at the end.
    /// - Throws: `StreamError` when the system fails.
    public borrowing func read(
        at offset: Int, into buffer: inout [UInt8]
    ) throws(StreamError) -> Int {
        let count = buffer.count
        var failure: StreamError?
        // In bounds: `count` is the buffer's own length.
        let got = unsafe buffer.withUnsafeMutableBytes { bytes in
            do throws(StreamError) {
                return unsafe try descriptor.read(at: offset, count: count, into: bytes.baseAddress)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return got
    }

    /// Reads 16-bit integers at an element offset.
    ///
    /// - Parameters:
    ///   - element: Where to start, in elements.
    ///   - buffer: Filled from its start, up to its length.
    /// - Returns: How many elements were read.
    /// - Throws: `StreamError` when the system fails.
    public borrowing func read(
        atElement element: Int, into buffer: inout [UInt16]
    ) throws(StreamError) -> Int {
        let count = buffer.count * 2
        var failure: StreamError?
        // In bounds: `count` is the buffer's own length in bytes.
        let got = unsafe buffer.withUnsafeMutableBytes { bytes in
            do throws(StreamError) {
                return unsafe try descriptor.read(
                    at: element * 2, count: count, into: bytes.baseAddress)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return got / 2
    }
}
