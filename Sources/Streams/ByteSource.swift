// SPDX-License-Identifier: Apache-2.0

import CArchive  // its headers bring in stat(2), which then belongs to it
import Glibc

/// One input as a stream of bytes, decompressed where its first bytes say how.
///
/// Formats are recognised by content: gzip, zstd, bzip2, xz and lz4; several members or frames may follow
/// one another. Damaged, cut or extended data is an error. Memory is constant. The input is read once
/// from front to back, so that it may be a pipe.
public struct ByteSource: ~Copyable {
    /// The input's name for messages.
    public let name: String
    /// Bytes of the file, if it is one and not a pipe.
    public let sizeHint: Int?
    private let stage: PeekedStage

    /// Opens an input.
    ///
    /// - Parameters:
    ///   - path: A file, or `-` for standard input.
    ///   - limits: How far it may expand.
    /// - Throws: `StreamError` when it does not exist, is a folder or cannot be read.
    public init(opening path: String, limits: InputLimits = .standard) throws(StreamError) {
        let name = path == "-" ? "standard input" : path
        let file = try Self.open(path, name: name)
        var status = stat()
        var size: Int?
        if unsafe fstat(file.raw, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR {
                throw StreamError(kind: .isDirectory, path: name, detail: "name the files in it")
            }
            if status.st_mode & S_IFMT == S_IFREG { size = Int(status.st_size) }
        }
        try self.init(FileStage(file), name: name, sizeHint: size, limits: limits)
    }

    /// Decompresses a stage if its first bytes say how.
    init(
        _ raw: ByteStage, name: String, sizeHint: Int? = nil, limits: InputLimits
    ) throws(StreamError) {
        let peeked = PeekedStage(raw)
        let head = try peeked.peek(FilterStage.headSize)
        var inner: ByteStage?
        if head.starts(with: GzipStage.mark) {
            inner = GzipStage(peeked, name: name)
        } else if let format = FilterStage.Format(head) {
            inner = try FilterStage(peeked, format: format, name: name)
        }
        if let inner {
            let bounded = BoundedStage(inner, of: raw, expansion: limits.expansion, name: name)
            stage = PeekedStage(ReadAheadStage(bounded))
        } else {
            stage = peeked
        }
        self.name = name
        self.sizeHint = sizeHint
    }

    /// Takes a stage as it is.
    init(plain stage: ByteStage, name: String, sizeHint: Int?) {
        self.stage = PeekedStage(stage)
        self.name = name
        self.sizeHint = sizeHint
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

    /// Bytes read from the file itself so far, compressed or not.
    public var bytesConsumed: Int { stage.consumed }

    /// The next bytes, which stay unread.
    ///
    /// - Parameter count: How many.
    /// - Returns: Fewer only at the end.
    /// - Throws: `StreamError` as `read` does.
    public func peek(_ count: Int) throws(StreamError) -> [UInt8] { try stage.peek(count) }

    /// Reads the next bytes.
    ///
    /// - Parameter buffer: Filled from its start, up to its length.
    /// - Returns: How many bytes were read; 0 at the end, or for an empty buffer.
    /// - Throws: `StreamError` with kind `corrupt` when compressed data is damaged, cut short or
    ///   followed by something else, `tooLarge` when it expands beyond its limit.
    public mutating func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        buffer.isEmpty ? 0 : try stage.read(into: &buffer)
    }

    /// Reads the next bytes into memory of the caller's, without a copy where that is possible.
    ///
    /// - Parameter target: Filled from its start, up to its length.
    /// - Returns: How many bytes were read; 0 at the end, or for an empty buffer.
    /// - Throws: `StreamError` as above.
    @unsafe
    public mutating func read(
        into target: UnsafeMutableRawBufferPointer
    ) throws(StreamError) -> Int {
        if unsafe target.isEmpty { return 0 }
        return try unsafe stage.read(into: target)
    }

    /// The stage, for whoever puts another one on top.
    consuming func taken() -> PeekedStage { stage }
}

/// What compressed inputs may cost.
public struct InputLimits: Sendable {
    /// The most decompressed bytes for each compressed one, once 64 MiB are read.
    public let expansion: Int
    /// The most members of an archive.
    public let members: Int

    /// Creates limits.
    ///
    /// - Parameters:
    ///   - expansion: The most decompressed bytes for each compressed one.
    ///   - members: The most members of an archive.
    public init(expansion: Int, members: Int) {
        self.expansion = expansion
        self.members = members
    }

    /// Twice as much as gzip can reach, and 100,000 members.
    public static let standard = InputLimits(expansion: 2_064, members: 100_000)
}
