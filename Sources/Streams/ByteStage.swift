// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One step on the way of bytes: a file, a decompressor, a member of an archive, a change of encoding.
///
/// A stage is read once from front to back, by one owner at a time. A class, because a step holds the
/// one before it, whatever that is; it is called once for a quarter of a megabyte.
class ByteStage {
    /// Reads the next bytes: up to the buffer's length, 0 only at the end.
    func read(into buffer: inout [UInt8]) throws(StreamError) -> Int { 0 }

    /// The same into memory of the caller's; stages that can do so copy nothing.
    @unsafe
    func read(into target: UnsafeMutableRawBufferPointer) throws(StreamError) -> Int {
        var buffer = [UInt8](repeating: 0, count: min(target.count, 1 << 18))
        let count = try read(into: &buffer)
        // In bounds: no more than the target has room for was read.
        unsafe target.copyBytes(from: buffer[..<count])
        return count
    }

    /// Bytes read from the file itself so far, compressed or not.
    var consumed: Int { 0 }
}

/// A file or standard input.
final class FileStage: ByteStage {
    private let file: FileDescriptor
    private var total = 0

    init(_ file: consuming FileDescriptor) { self.file = file }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        let count = try file.read(into: &buffer)
        total += count
        return count
    }

    override func read(into target: UnsafeMutableRawBufferPointer) throws(StreamError) -> Int {
        let count = try unsafe file.read(into: target)
        total += count
        return count
    }

    override var consumed: Int { total }
}

/// A stage whose first bytes may be looked at before they are read.
final class PeekedStage: ByteStage {
    private let inner: ByteStage
    private var head: [UInt8] = []
    private var used = 0

    init(_ inner: ByteStage) { self.inner = inner }

    override var consumed: Int { inner.consumed }

    /// The next bytes, fewer than asked for only at the end.
    func peek(_ count: Int) throws(StreamError) -> [UInt8] {
        // A pipe may deliver one byte at a time.
        while head.count - used < count {
            var next = [UInt8](repeating: 0, count: count - (head.count - used))
            let got = try inner.read(into: &next)
            if got == 0 { break }
            head += next[..<got]
        }
        return Array(head[used...].prefix(count))
    }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        guard used < head.count else { return try inner.read(into: &buffer) }
        let count = min(head.count - used, buffer.count)
        for index in 0..<count { buffer[index] = head[used + index] }
        used += count
        if used == head.count {
            head = []
            used = 0
        }
        return count
    }

    override func read(into target: UnsafeMutableRawBufferPointer) throws(StreamError) -> Int {
        guard used < head.count else { return try unsafe inner.read(into: target) }
        var buffer = [UInt8](repeating: 0, count: min(head.count - used, target.count))
        let count = try read(into: &buffer)
        // In bounds: the buffer is no longer than the target.
        unsafe target.copyBytes(from: buffer[..<count])
        return count
    }
}

/// Refuses data that expands beyond measure: a few bytes that become terabytes are no table.
final class BoundedStage: ByteStage {
    /// Decompressed bytes before anything is compared.
    static let free = 64 << 20

    private let inner: ByteStage
    private let source: ByteStage
    private let expansion: Int
    private let name: String
    private var total = 0

    /// Watches a stage.
    ///
    /// - Parameters:
    ///   - inner: What gives decompressed bytes.
    ///   - source: What gave the compressed ones.
    ///   - expansion: The most decompressed bytes for each compressed one.
    ///   - name: The input's name for messages.
    init(_ inner: ByteStage, of source: ByteStage, expansion: Int, name: String) {
        self.inner = inner
        self.source = source
        self.expansion = expansion
        self.name = name
    }

    override var consumed: Int { inner.consumed }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        try checked(inner.read(into: &buffer))
    }

    override func read(into target: UnsafeMutableRawBufferPointer) throws(StreamError) -> Int {
        try checked(unsafe inner.read(into: target))
    }

    private func checked(_ count: Int) throws(StreamError) -> Int {
        total += count
        let (allowed, overflow) = max(source.consumed, 1).multipliedReportingOverflow(by: expansion)
        guard total <= Self.free || overflow || total - Self.free <= allowed else {
            throw StreamError(
                kind: .tooLarge, path: name,
                detail:
                    "it expands more than \(expansion) times; if that is meant, decompress it first"
            )
        }
        return count
    }
}
