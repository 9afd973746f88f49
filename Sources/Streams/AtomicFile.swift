// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An output file that appears whole or not at all.
///
/// Bytes go to `<path>.partial` in the same folder; `commit` makes them durable, renames and makes
/// the rename durable. A file that is dropped without a commit leaves nothing.
public struct AtomicFile: ~Copyable {
    /// The final path.
    public let path: String
    private let partial: String
    private let descriptor: FileDescriptor
    private let replacing: Bool
    private var isOpen = true

    /// Begins a file.
    ///
    /// - Parameters:
    ///   - path: The final path.
    ///   - replacing: Whether an existing file may be replaced.
    ///   - mode: The permissions of the file.
    /// - Throws: `StreamError` with kind `exists` or `notWritable`.
    public init(creating path: String, replacing: Bool, mode: UInt32) throws(StreamError) {
        if !replacing, unsafe access(path, F_OK) == 0 {
            throw StreamError(kind: .exists, path: path, detail: "nothing is overwritten")
        }
        // A partial file of a crashed run is no release: start it again.
        let opened = try FileDescriptor(
            opening: path + ".partial", flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
        self.path = path
        self.replacing = replacing
        partial = path + ".partial"
        descriptor = opened
    }

    deinit {
        if isOpen { unsafe unlink(partial) }
    }

    /// Appends bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `StreamError` with kind `diskFull` when the disk is full.
    public mutating func write(_ bytes: borrowing Span<UInt8>) throws(StreamError) {
        try descriptor.write(bytes)
    }

    /// Appends bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `StreamError` with kind `diskFull` when the disk is full.
    public mutating func write(_ bytes: [UInt8]) throws(StreamError) {
        try descriptor.write(bytes.span)
    }

    /// The descriptor, for a library that writes by itself.
    var rawDescriptor: Int32 { descriptor.raw }

    /// Makes the file durable under its final name.
    ///
    /// - Throws: `StreamError`; then there is no file of that name that was not there before.
    public consuming func commit() throws(StreamError) {
        try descriptor.synchronize()
        if replacing {
            guard unsafe rename(partial, path) == 0 else {
                throw StreamError.system(path, writing: true)
            }
        } else {
            // link(2) fails where another process was faster; rename(2) would overwrite its file.
            guard unsafe link(partial, path) == 0 else { throw StreamError.system(path, writing: true) }
            unsafe unlink(partial)
        }
        isOpen = false
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        let directory = try FileDescriptor(opening: folder, flags: O_RDONLY | O_DIRECTORY)
        try directory.synchronize()
    }
}
