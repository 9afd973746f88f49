// SPDX-License-Identifier: Apache-2.0

import CArchive
import Glibc

/// Feeds an archive's bytes to libarchive, decompressed and checked by `ByteSource`.
///
/// Beyond what libarchive reads, the stream is followed to its end: a file that is cut behind the
/// last entry, or whose checksum is wrong, is found out as well.
@safe
final class ArchiveInput {
    private static let chunkSize = 1 << 18

    private var source: ByteSource
    private let limit: Int
    private var total = 0
    private var buffer = [UInt8](repeating: 0, count: chunkSize)
    /// What libarchive sees: it holds on to the address until it asks again.
    private let chunk: UnsafeMutableRawPointer
    /// How many zero bytes the stream ends in so far.
    private var zeroCount = 0
    /// Why reading failed, if it did; libarchive only learns that it did.
    private(set) var failure: StreamError?

    /// Takes over a source.
    ///
    /// - Parameters:
    ///   - source: The archive.
    ///   - limit: The most bytes that it may have, decompressed.
    init(source: consuming ByteSource, limit: Int) {
        self.source = source
        self.limit = limit
        unsafe chunk = .allocate(byteCount: Self.chunkSize, alignment: 16)
    }

    deinit { unsafe chunk.deallocate() }

    /// The callback of `archive_read_open`; its context is an `ArchiveInput`.
    static func read(
        _ archive: OpaquePointer?, _ context: UnsafeMutableRawPointer?,
        _ target: UnsafeMutablePointer<UnsafeRawPointer?>?
    ) -> Int {
        guard let context = unsafe context, let target = unsafe target else { return -1 }
        // The archive's handle and this object have one owner, the reader.
        let input = unsafe Unmanaged<ArchiveInput>.fromOpaque(context).takeUnretainedValue()
        unsafe target.pointee = UnsafeRawPointer(input.chunk)
        return input.fetch()
    }

    /// Reads the next piece into `chunk`.
    private func fetch() -> Int {
        if failure != nil { return -1 }
        do throws(StreamError) {
            let count = try pull()
            // In bounds: the buffer has the chunk's length.
            unsafe buffer.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress {
                    unsafe chunk.copyMemory(from: base, byteCount: count)
                }
            }
            return count
        } catch {
            failure = error
            return -1
        }
    }

    private func pull() throws(StreamError) -> Int {
        let count = try source.read(into: &buffer)
        total += count
        guard total <= limit else {
            throw StreamError(
                kind: .tooLarge, path: source.name, detail: "more data than allowed")
        }
        if let last = buffer[..<count].lastIndex(where: { $0 != 0 }) {
            zeroCount = count - 1 - last
        } else {
            zeroCount += count
        }
        return count
    }

    /// Follows the stream to its end and checks that the archive has one: two blocks of zeros.
    func finish() throws(StreamError) {
        while try pull() > 0 {}
        guard zeroCount >= 1_024 else {
            throw StreamError(
                kind: .corrupt, path: source.name,
                detail: "the archive is cut short or followed by other bytes; fetch it again")
        }
    }
}
