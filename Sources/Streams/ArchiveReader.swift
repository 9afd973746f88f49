// SPDX-License-Identifier: Apache-2.0

import CArchive
import Glibc

/// A tar archive, plain or gzip, read with suspicion.
///
/// Refuses absolute names, `..`, links, devices, duplicate names, more than one top folder, and more
/// data than its limits allow. Nothing is ever written to disk.
public struct ArchiveReader: ~Copyable {
    /// What an archive may hold.
    public struct Limits: Sendable {
        /// The largest number of entries.
        public let entries: Int
        /// The largest number of bytes of all entries together.
        public let bytes: Int

        /// Creates limits.
        ///
        /// - Parameters:
        ///   - entries: The largest number of entries.
        ///   - bytes: The largest number of bytes of all entries together.
        public init(entries: Int = 10_000, bytes: Int = 1 << 42) {
            self.entries = entries
            self.bytes = bytes
        }
    }

    /// One file of the archive.
    public struct Entry: Sendable {
        /// Its path.
        public let name: String
        /// Its declared length in bytes.
        public let size: Int
    }

    private let handle: ArchiveHandle
    private let path: String
    private let limits: Limits
    private var seen: Set<String> = []
    private var top: Substring?
    private var total = 0

    /// Opens an archive.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limits: What it may hold.
    /// - Throws: `StreamError` when it does not exist or is no tar archive.
    public init(opening path: String, limits: Limits = Limits()) throws(StreamError) {
        // Opened once to tell a missing file from a damaged one.
        _ = try FileDescriptor(opening: path, flags: 0)
        let handle = ArchiveHandle(.reading)
        unsafe archive_read_support_filter_gzip(handle.raw)
        unsafe archive_read_support_format_tar(handle.raw)
        try handle.check(
            unsafe archive_read_open_filename(handle.raw, path, 1 << 18), path: path,
            kind: .corrupt, or: "not a tar.gz archive")
        self.handle = handle
        self.path = path
        self.limits = limits
    }

    /// Goes to the next file.
    ///
    /// - Returns: Its name and length, or `nil` at the end.
    /// - Throws: `StreamError` with kind `unsafeEntry`, `tooLarge` or `corrupt`.
    public mutating func next() throws(StreamError) -> Entry? {
        while true {
            var found: OpaquePointer?
            let code = unsafe archive_read_next_header(handle.raw, &found)
            if code == ARCHIVE_EOF { return nil }
            guard code == ARCHIVE_OK, let entry = unsafe found else {
                throw handle.error(
                    path: path, kind: .corrupt, or: "not a whole tar.gz archive; fetch it again")
            }
            guard let pointer = unsafe archive_entry_pathname(entry) else {
                throw unsafeEntry("an entry has no name")
            }
            var name = unsafe String(cString: pointer)
            let type = unsafe archive_entry_filetype(entry)
            let isFolder = type == EntryType.folder
            if isFolder, name.hasSuffix("/") { name.removeLast() }
            try EntryName.check(name, in: path)
            let first = name.prefix { $0 != "/" }
            guard top == nil || top == first else { throw unsafeEntry("more than one top folder") }
            top = first
            if isFolder { continue }
            guard type == EntryType.file, unsafe archive_entry_hardlink(entry) == nil else {
                throw unsafeEntry("a link or a device")
            }
            guard seen.insert(name).inserted else { throw unsafeEntry("a name stands twice") }
            guard seen.count <= limits.entries else {
                throw StreamError(kind: .tooLarge, path: path, detail: "too many entries")
            }
            return Entry(name: name, size: Int(unsafe archive_entry_size(entry)))
        }
    }

    private func unsafeEntry(_ detail: String) -> StreamError {
        StreamError(kind: .unsafeEntry, path: path, detail: detail)
    }

    /// Reads the current file.
    ///
    /// - Parameter buffer: Filled from its start, up to its length.
    /// - Returns: How many bytes were read; 0 at the file's end.
    /// - Throws: `StreamError` with kind `tooLarge` or `corrupt`.
    public mutating func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        let raw = unsafe handle.raw
        // In bounds: the count is the buffer's own.
        let got = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe archive_read_data(raw, bytes.baseAddress, bytes.count)
        }
        guard got >= 0 else {
            throw handle.error(
                path: path, kind: .corrupt, or: "damaged or cut short; fetch it again")
        }
        total += got
        guard total <= limits.bytes else {
            throw StreamError(kind: .tooLarge, path: path, detail: "more data than allowed")
        }
        return got
    }
}
