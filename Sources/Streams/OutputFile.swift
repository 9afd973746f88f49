// SPDX-License-Identifier: Apache-2.0

import CArchive  // its headers bring in stat(2), which then belongs to it
import Glibc

/// Where a result goes: a file that appears whole or not at all, or standard output, a pipe or a device, which
/// take bytes as they come.
public struct OutputFile: ~Copyable {
    /// What was asked for; `-` is standard output.
    public let path: String
    private var file: AtomicFile?
    private let stream: FileDescriptor?

    /// Begins the output.
    ///
    /// - Parameters:
    ///   - path: A path that is not there yet, `-`, or the path of a pipe or a device.
    ///   - mode: The permissions of a file; the process's mask takes its bits away.
    /// - Throws: `StreamError` with kind `exists` where a file is there, `isDirectory` or `notWritable`.
    public init(creating path: String, mode: UInt32) throws(StreamError) {
        self.path = path
        if path == "-" {
            let copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { throw StreamError.system("standard output", writing: true) }
            file = nil
            stream = FileDescriptor(raw: copy, path: "standard output")
        } else if Self.isStream(path) {
            file = nil
            stream = try FileDescriptor(opening: path, flags: O_WRONLY)
        } else {
            file = try AtomicFile(creating: path, replacing: false, mode: mode)
            stream = nil
        }
    }

    /// Whether a path is a pipe's or a device's, to which bytes go as they come.
    private static func isStream(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    }

    /// Appends bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `StreamError` with kind `diskFull` when the disk is full.
    public mutating func write(_ bytes: borrowing Span<UInt8>) throws(StreamError) {
        if file != nil {
            try file?.write(bytes)
        } else {
            try stream?.write(bytes)
        }
    }

    /// Makes a file durable under its name; what went to a stream is there already.
    ///
    /// - Throws: `StreamError`; then there is no file of that name.
    public consuming func commit() throws(StreamError) {
        if let file = file.take() { try file.commit() }
    }
}
