// SPDX-License-Identifier: Apache-2.0

import CArchive  // its headers bring in stat(2), which then belongs to it
import Glibc

/// One input as a stream of bytes, decompressed where its first bytes say gzip.
///
/// Compressed data may be several gzip members, one after the other; every member's checksum is
/// checked. Memory is constant. The input is read once from front to back, so that it may be a pipe.
public struct ByteSource: ~Copyable {
    /// The input's name for messages.
    public let name: String
    private let file: FileDescriptor
    private var decoder: GzipDecoder?
    /// The first bytes, which were read to recognise the format.
    private var head: [UInt8]
    private var headUsed = 0
    private var isAtEnd = false

    /// Opens an input.
    ///
    /// - Parameter path: A file, or `-` for standard input.
    /// - Throws: `StreamError` when it does not exist, is a folder or cannot be read.
    public init(opening path: String) throws(StreamError) {
        let name = path == "-" ? "standard input" : path
        let file = try Self.open(path, name: name)
        var status = stat()
        if unsafe fstat(file.raw, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw StreamError(kind: .isDirectory, path: name, detail: "name the files in it")
        }
        var head: [UInt8] = []
        // A pipe may deliver one byte at a time.
        while head.count < GzipDecoder.mark.count {
            var next = [UInt8](repeating: 0, count: GzipDecoder.mark.count - head.count)
            let count = try file.read(into: &next)
            if count == 0 { break }
            head += next[..<count]
        }
        let isCompressed = head == GzipDecoder.mark
        decoder = isCompressed ? GzipDecoder(head: head) : nil
        self.head = isCompressed ? [] : head
        self.name = name
        self.file = file
    }

    private static func open(_ path: String, name: String) throws(StreamError) -> FileDescriptor {
        guard path == "-" else { return try FileDescriptor(opening: path, flags: O_RDONLY) }
        let copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else {
            throw StreamError(
                kind: .notReadable, path: name, detail: "it is closed; pipe the table in")
        }
        return FileDescriptor(raw: copy, path: name)
    }

    /// Reads the next bytes.
    ///
    /// - Parameter buffer: Filled from its start, up to its length.
    /// - Returns: How many bytes were read; 0 at the end, or for an empty buffer.
    /// - Throws: `StreamError` with kind `corrupt` when compressed data is damaged, cut short or
    ///   followed by something else.
    public mutating func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        if isAtEnd || buffer.isEmpty { return 0 }
        if headUsed < head.count {
            let count = min(head.count - headUsed, buffer.count)
            for index in 0..<count { buffer[index] = head[headUsed + index] }
            headUsed += count
            return count
        }
        let count: Int
        if var decoder = decoder.take() {
            count = try decoder.read(from: file, into: &buffer, name: name)
            self.decoder = consume decoder
        } else {
            count = try file.read(into: &buffer)
        }
        isAtEnd = count == 0
        return count
    }
}
