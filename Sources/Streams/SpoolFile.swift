// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Glibc
import Synchronization

/// A block of a spool file.
public struct SpoolBlock: Sendable, Equatable {
    /// Where it lies in the file.
    let offset: Int
    /// Bytes that were written.
    public let count: Int

    /// The block as two numbers, to be kept inside another block.
    public var words: (UInt64, UInt64) { (UInt64(offset), UInt64(count)) }

    /// The block that two numbers stand for.
    ///
    /// - Parameter words: What `words` gave.
    public init(words: (UInt64, UInt64)) {
        offset = Int(words.0)
        count = Int(words.1)
    }

    init(offset: Int, count: Int) {
        self.offset = offset
        self.count = count
    }
}

/// A temporary file of blocks that several threads write and read at the same time.
///
/// Like `PrivateFile` it has no name and no reader but its owner, and a crash leaves nothing. Encrypted,
/// it holds no plain text either: each block is sealed with AES-256-GCM under a key that exists
/// only in this process's memory. A block's place in the file is its nonce; places are given out once.
public struct SpoolFile: ~Copyable, Sendable {
    private let descriptor: FileDescriptor
    private let end = Atomic<Int>(0)
    private let key: SymmetricKey?

    /// Bytes that sealing adds to a block.
    private static let tagSize = 16

    /// Creates an empty file.
    ///
    /// - Parameters:
    ///   - directory: A folder on a local disk with room for the data.
    ///   - encrypted: Whether the disk shall never see plain text.
    /// - Throws: `StreamError` when no file can be made there.
    public init(in directory: String, encrypted: Bool) throws(StreamError) {
        descriptor = try FileDescriptor.nameless(in: directory)
        key = encrypted ? SymmetricKey(size: .bits256) : nil
    }

    /// Appends a block; any thread may.
    ///
    /// - Parameter bytes: The block.
    /// - Returns: What to read it back with.
    /// - Throws: `StreamError` with kind `diskFull` when the disk is full.
    @unsafe
    public borrowing func append(_ bytes: UnsafeRawBufferPointer) throws(StreamError) -> SpoolBlock
    {
        let count = bytes.count
        guard let key else {
            let offset = end.add(count, ordering: .relaxed).oldValue
            try unsafe descriptor.write(bytes, at: offset)
            return SpoolBlock(offset: offset, count: count)
        }
        let offset = end.add(count + Self.tagSize, ordering: .relaxed).oldValue
        let plain = unsafe Data(bytes)
        guard let box = try? AES.GCM.seal(plain, using: key, nonce: Self.nonce(offset)) else {
            throw Self.broken
        }
        try unsafe Self.contiguous(box.ciphertext + box.tag) { (sealed) throws(StreamError) in
            try unsafe descriptor.write(sealed, at: offset)
        }
        return SpoolBlock(offset: offset, count: count)
    }

    /// Reads a block; any thread may.
    ///
    /// - Parameters:
    ///   - block: The block.
    ///   - target: Gets its bytes; has room for them.
    /// - Throws: `StreamError` when the system fails, or the file was changed from outside.
    @unsafe
    public borrowing func read(
        _ block: SpoolBlock, into target: UnsafeMutableRawBufferPointer
    ) throws(StreamError) {
        precondition(target.count >= block.count)
        guard let key else {
            // In bounds: checked above.
            let got = try unsafe descriptor.read(
                at: block.offset, count: block.count, into: target.baseAddress)
            guard got == block.count else { throw Self.broken }
            return
        }
        var sealed = [UInt8](repeating: 0, count: block.count + Self.tagSize)
        let length = sealed.count
        var failure: StreamError?
        let got = unsafe sealed.withUnsafeMutableBytes { bytes in
            do throws(StreamError) {
                return unsafe try descriptor.read(
                    at: block.offset, count: length, into: bytes.baseAddress)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        guard got == length,
            let box = try? AES.GCM.SealedBox(
                nonce: Self.nonce(block.offset), ciphertext: sealed[..<block.count],
                tag: sealed[block.count...]),
            let plain = try? AES.GCM.open(box, using: key)
        else { throw Self.broken }
        _ = unsafe plain.copyBytes(to: target)
    }

    private static func nonce(_ offset: Int) -> AES.GCM.Nonce {
        var bytes = [UInt8](repeating: 0, count: 12)
        for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: offset >> (8 * index)) }
        guard let nonce = try? AES.GCM.Nonce(data: bytes) else {
            preconditionFailure("a nonce has 12 bytes")
        }
        return nonce
    }

    private static func contiguous(
        _ data: Data, _ body: (UnsafeRawBufferPointer) throws(StreamError) -> Void
    ) throws(StreamError) {
        var failure: StreamError?
        unsafe data.withUnsafeBytes { bytes in
            do throws(StreamError) {
                try unsafe body(bytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private static var broken: StreamError {
        StreamError(
            kind: .io, path: "temporary file",
            detail: "it cannot be read back as it was written; check the disk and run again")
    }
}
