// SPDX-License-Identifier: Apache-2.0

import CArchive
import Glibc

/// One input as a stream of bytes, decompressed where its first bytes say gzip.
///
/// Plain files are read directly; compressed ones through libarchive, several gzip members one after
/// the other. Memory is constant.
public struct ByteSource: ~Copyable {
    /// The input's name for messages.
    public let name: String
    private var plain: FileDescriptor
    private var archive: ArchiveHandle?
    /// The first bytes, which were read to recognise the format.
    private var head: [UInt8]
    private var headUsed = 0
    private var isAtEnd = false

    /// Opens an input.
    ///
    /// - Parameter path: A file, or `-` for standard input (plain only).
    /// - Throws: `StreamError` when it does not exist, is a folder or cannot be read.
    public init(opening path: String) throws(StreamError) {
        if path == "-" {
            name = "standard input"
            plain = FileDescriptor(raw: dup(STDIN_FILENO), path: "standard input")
            archive = nil
            head = []
            return
        }
        let file = try FileDescriptor(opening: path, flags: O_RDONLY)
        var status = stat()
        if unsafe fstat(file.raw, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw StreamError(kind: .isDirectory, path: path, detail: "name the files in it")
        }
        var first = [UInt8](repeating: 0, count: 4)
        let count = try file.read(into: &first)
        first.removeLast(first.count - count)
        var atEnd = false
        let handle = try first.starts(with: [0x1F, 0x8B]) ? Self.gzip(path, atEnd: &atEnd) : nil
        name = path
        plain = file
        archive = handle
        head = first
        isAtEnd = atEnd
    }

    /// A handle on the decompressed content of a gzip file.
    private static func gzip(
        _ path: String, atEnd: inout Bool
    ) throws(StreamError) -> ArchiveHandle? {
        let handle = ArchiveHandle(.reading)
        unsafe archive_read_support_filter_gzip(handle.raw)
        unsafe archive_read_support_format_raw(handle.raw)
        unsafe archive_read_support_format_empty(handle.raw)
        try handle.check(
            unsafe archive_read_open_filename(handle.raw, path, 1 << 18), path: path,
            kind: .corrupt, or: "not a gzip file")
        var entry: OpaquePointer? = nil
        let code = unsafe archive_read_next_header(handle.raw, &entry)
        if code == ARCHIVE_EOF {
            atEnd = true
        } else {
            try handle.check(code, path: path, kind: .corrupt, or: "not a gzip file")
        }
        return handle
    }

    /// Reads the next bytes.
    ///
    /// - Parameter buffer: Filled from its start, up to its length.
    /// - Returns: How many bytes were read; 0 at the end.
    /// - Throws: `StreamError` with kind `corrupt` when compressed data is damaged or cut short.
    public mutating func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        if isAtEnd || buffer.isEmpty { return 0 }
        if archive == nil {
            if headUsed < head.count {
                let count = min(head.count - headUsed, buffer.count)
                for index in 0..<count { buffer[index] = head[headUsed + index] }
                headUsed += count
                return count
            }
            return try plain.read(into: &buffer)
        }
        return try readCompressed(into: &buffer)
    }

    private mutating func readCompressed(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        guard let raw = unsafe archive?.raw else { return 0 }
        // In bounds: the count is the buffer's own.
        let got = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe archive_read_data(raw, bytes.baseAddress, bytes.count)
        }
        if got > 0 { return got }
        isAtEnd = true
        guard got == 0 else {
            throw StreamError(
                kind: .corrupt, path: name,
                detail: "the gzip data is damaged or cut short; fetch the file again")
        }
        return 0
    }
}
