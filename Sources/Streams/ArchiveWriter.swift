// SPDX-License-Identifier: Apache-2.0

import CArchive
import Glibc

/// A deterministic tar.gz archive that appears whole or not at all.
///
/// Equal entries in equal order give equal bytes with one version of libarchive: restricted pax
/// format, owner 0, mode 0644, one time for all entries, and a gzip header without a time.
public struct ArchiveWriter: ~Copyable {
    private let handle: ArchiveHandle
    private var file: AtomicFile
    private let path: String
    private let time: Int64

    /// Begins an archive.
    ///
    /// - Parameters:
    ///   - path: The final path.
    ///   - modificationTime: The time of every entry, seconds since 1970.
    ///   - replacing: Whether an existing file may be replaced.
    /// - Throws: `StreamError` when the file cannot be made.
    public init(
        creating path: String, modificationTime: Int64, replacing: Bool
    ) throws(StreamError) {
        let file = try AtomicFile(creating: path, replacing: replacing, mode: 0o644)
        let handle = ArchiveHandle(.writing)
        for code in [
            unsafe archive_write_set_format_pax_restricted(handle.raw),
            unsafe archive_write_add_filter_gzip(handle.raw),
            unsafe archive_write_set_options(
                handle.raw, "gzip:!timestamp,gzip:compression-level=6"),
            unsafe archive_write_open_fd(handle.raw, file.rawDescriptor),
        ] {
            try handle.check(code, path: path, kind: .io, or: "cannot begin an archive")
        }
        self.file = file
        self.handle = handle
        self.path = path
        time = modificationTime
    }

    /// Adds a small file.
    ///
    /// - Parameters:
    ///   - name: Its path in the archive, ASCII letters, digits, `.`, `_`, `-` and `/`.
    ///   - bytes: Its content.
    /// - Throws: `StreamError` when the name is not allowed or the disk is full.
    public mutating func add(name: String, bytes: [UInt8]) throws(StreamError) {
        try header(name: name, size: bytes.count)
        try append(bytes, count: bytes.count)
    }

    /// Adds a large file, piece by piece.
    ///
    /// - Parameters:
    ///   - name: Its path in the archive.
    ///   - source: Its content.
    /// - Throws: `StreamError` when the name is not allowed or the disk is full.
    public mutating func add(
        name: String, contentsOf source: borrowing PrivateFile
    ) throws(StreamError) {
        try header(name: name, size: source.byteCount)
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var offset = 0
        while offset < source.byteCount {
            let count = try source.read(at: offset, into: &buffer)
            guard count > 0 else {
                throw StreamError(kind: .io, path: path, detail: "the temporary file is cut short")
            }
            try append(buffer, count: count)
            offset += count
        }
    }

    private func header(name: String, size: Int) throws(StreamError) {
        try EntryName.check(name, in: path)
        guard let entry = unsafe archive_entry_new() else { preconditionFailure("out of memory") }
        defer { unsafe archive_entry_free(entry) }
        unsafe archive_entry_set_pathname(entry, name)
        unsafe archive_entry_set_size(entry, Int64(size))
        unsafe archive_entry_set_filetype(entry, EntryType.file)
        unsafe archive_entry_set_perm(entry, 0o644)
        unsafe archive_entry_set_uid(entry, 0)
        unsafe archive_entry_set_gid(entry, 0)
        unsafe archive_entry_set_mtime(entry, Int(time), 0)
        try handle.check(
            unsafe archive_write_header(handle.raw, entry), path: path, kind: .io,
            or: "cannot write an entry")
    }

    private func append(_ bytes: [UInt8], count: Int) throws(StreamError) {
        var written = 0
        while written < count {
            // In bounds: `written` and `count` are at most the array's length.
            let step = unsafe bytes.withUnsafeBytes { buffer in
                unsafe archive_write_data(
                    handle.raw, buffer.baseAddress?.advanced(by: written), count - written)
            }
            guard step > 0 else {
                throw handle.error(path: path, kind: .io, or: "cannot write the archive")
            }
            written += step
        }
    }

    /// Ends the archive and makes it durable under its name.
    ///
    /// - Throws: `StreamError`; then there is no archive.
    public consuming func finish() throws(StreamError) {
        try handle.check(
            unsafe archive_write_close(handle.raw), path: path, kind: .io,
            or: "cannot end the archive")
        try file.commit()
    }
}

/// The types of entry that an archive may hold, as libarchive's `AE_IFREG` and `AE_IFDIR`.
enum EntryType {
    static let file: UInt32 = 0o100000
    static let folder: UInt32 = 0o040000
}

/// Names that may stand in an archive.
enum EntryName {
    /// Refuses anything but relative paths of plain ASCII names without `.` and `..`.
    static func check(_ name: String, in path: String) throws(StreamError) {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F: true
            default: false
            }
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard isPlain, name.utf8.count <= 240, !parts.contains(""), !parts.contains("."),
            !parts.contains("..")
        else {
            throw StreamError(
                kind: .unsafeEntry, path: path,
                detail: "an entry's name is not a plain relative path")
        }
    }
}
