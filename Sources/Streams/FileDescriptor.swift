// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An open file, closed when its owner goes away; the one place with raw reads and writes.
struct FileDescriptor: ~Copyable {
    let raw: Int32
    let path: String

    /// Takes over an open descriptor.
    init(raw: Int32, path: String) {
        self.raw = raw
        self.path = path
    }

    /// Opens a file; the C function is `open`.
    init(opening path: String, flags: Int32, mode: mode_t = 0) throws(StreamError) {
        let descriptor = unsafe open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw StreamError.system(path, writing: flags & O_ACCMODE != O_RDONLY)
        }
        self.init(raw: descriptor, path: path)
    }

    /// `O_TMPFILE | O_DIRECTORY` of Linux, which the C module does not export as a constant.
    private static let nameless: Int32 = 0o20000000 | O_DIRECTORY

    /// Creates a file without a name that its owner alone can read.
    static func nameless(in directory: String) throws(StreamError) -> FileDescriptor {
        let nameless = unsafe open(directory, Self.nameless | O_RDWR | O_CLOEXEC, 0o600)
        if nameless >= 0 { return FileDescriptor(raw: nameless, path: directory) }
        // Not every file system has O_TMPFILE: make a name that is gone before the first byte.
        var template = Array((directory + "/.semblance-XXXXXX").utf8CString)
        let named = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return Int32(-1) }
            return unsafe mkstemp(base)
        }
        guard named >= 0 else { throw StreamError.system(directory, writing: true) }
        let owned = FileDescriptor(raw: named, path: directory)
        _ = fcntl(named, F_SETFD, FD_CLOEXEC)
        guard unsafe unlink(template) == 0 else {
            throw StreamError.system(directory, writing: true)
        }
        return owned
    }

    deinit { close(raw) }

    /// Reads up to the buffer's length; 0 at the end.
    ///
    /// The C function is `read`.
    borrowing func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        while true {
            // In bounds: the count is the buffer's own.
            let got = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(raw, bytes.baseAddress, bytes.count)
            }
            if got >= 0 { return got }
            if errno != EINTR { throw StreamError.system(path, writing: false) }
        }
    }

    /// Reads into memory of the caller's.
    borrowing func read(into target: UnsafeMutableRawBufferPointer) throws(StreamError) -> Int {
        while true {
            // In bounds: the count is the buffer's own.
            let got = unsafe Glibc.read(raw, target.baseAddress, target.count)
            if got >= 0 { return got }
            if errno != EINTR { throw StreamError.system(path, writing: false) }
        }
    }

    /// Writes all bytes.
    ///
    /// The C function is `write`.
    borrowing func write(_ bytes: borrowing Span<UInt8>) throws(StreamError) {
        // Bytes of integers have no padding.
        try unsafe write(raw: bytes.bytes)
    }

    /// Writes all bytes of a raw span.
    borrowing func write(raw bytes: borrowing RawSpan) throws(StreamError) {
        var written = 0
        while written < bytes.byteCount {
            // In bounds: `written` stays below the span's length.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    raw, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw StreamError.system(path, writing: true)
            }
        }
    }

    /// Writes all bytes at an offset; any thread may.
    ///
    /// The C function is `pwrite`.
    borrowing func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(StreamError) {
        var written = 0
        while written < bytes.count {
            // In bounds: `written` stays below the buffer's length.
            let count = unsafe pwrite(
                raw, bytes.baseAddress?.advanced(by: written), bytes.count - written,
                off_t(offset + written))
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw StreamError.system(path, writing: true)
            }
        }
    }

    /// Reads at an offset until `count` bytes are there or the file ends.
    ///
    /// The C function is `pread`.
    borrowing func read(
        at offset: Int, count: Int, into buffer: UnsafeMutableRawPointer?
    ) throws(StreamError) -> Int {
        var done = 0
        while done < count {
            // In bounds: the caller's buffer holds `count` bytes.
            let got = unsafe pread(
                raw, buffer?.advanced(by: done), count - done, off_t(offset + done))
            if got == 0 { break }
            if got > 0 {
                done += got
            } else if errno != EINTR {
                throw StreamError.system(path, writing: false)
            }
        }
        return done
    }

    /// Makes what was written durable.
    ///
    /// The C function is `fsync`.
    borrowing func synchronize() throws(StreamError) {
        guard fsync(raw) == 0 else { throw StreamError.system(path, writing: true) }
    }
}
