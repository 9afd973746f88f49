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
