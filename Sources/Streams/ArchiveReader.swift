// SPDX-License-Identifier: Apache-2.0

import CArchive
import Glibc

/// A tar archive, plain or gzip, read with suspicion.
///
/// Refuses absolute names, `..`, links, devices, duplicate names, a file that is also a folder, more
/// than one top folder, more data than its limits allow, and an archive without an end. Nothing is
/// ever written to disk.
public struct ArchiveReader: ~Copyable {
    /// What an archive may hold.
    public struct Limits: Sendable {
        /// The largest number of entries, folders included.
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
    private let input: ArchiveInput
    private let path: String
    private let limits: Limits
    private var seen: Set<String> = []
    private var folders: Set<String> = []
    private var entryCount = 0
    private var top: Substring?
    /// Bytes that the entries so far declare.
    private var declared = 0
    /// Bytes that were read of all entries.
    private var total = 0
    private var isAtEnd = false

    /// Opens an archive.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limits: What it may hold.
    /// - Throws: `StreamError` when it does not exist or is no tar archive.
    public init(opening path: String, limits: Limits = Limits()) throws(StreamError) {
        // What a tar archive adds to its entries: headers, padding, the names of long paths.
        let overhead = min(limits.entries, 1 << 40) * 4_096 + 1 << 20
        let input = ArchiveInput(
            source: try ByteSource(opening: path),
            limit: limits.bytes > Int.max - overhead ? Int.max : limits.bytes + overhead)
        let handle = ArchiveHandle(.reading)
        unsafe archive_read_support_format_tar(handle.raw)
        let code = unsafe archive_read_open(
            handle.raw, Unmanaged.passUnretained(input).toOpaque(), nil,
            { unsafe ArchiveInput.read($0, $1, $2) }, nil)
        if let failure = input.failure { throw failure }
        try handle.check(code, path: path, kind: .corrupt, or: "not a tar.gz archive")
        self.handle = handle
        self.input = input
        self.path = path
        self.limits = limits
    }

    /// Goes to the next file.
    ///
    /// - Returns: Its name and length, or `nil` at the end.
    /// - Throws: `StreamError` with kind `unsafeEntry`, `tooLarge` or `corrupt`.
    public mutating func next() throws(StreamError) -> Entry? {
        while !isAtEnd {
            var found: OpaquePointer?
            let code = unsafe archive_read_next_header(handle.raw, &found)
            if let failure = input.failure { throw failure }
            if code == ARCHIVE_EOF {
                try input.finish()
                isAtEnd = true
                return nil
            }
            guard code == ARCHIVE_OK, let entry = unsafe found else {
                throw handle.error(
                    path: path, kind: .corrupt, or: "not a whole tar.gz archive; fetch it again")
            }
            if let file = try unsafe accept(entry) { return file }
        }
        return nil
    }

    /// Checks an entry.
    ///
    /// - Returns: The file, or `nil` for a folder.
    private mutating func accept(_ entry: OpaquePointer) throws(StreamError) -> Entry? {
        entryCount += 1
        guard entryCount <= limits.entries else {
            throw StreamError(kind: .tooLarge, path: path, detail: "too many entries")
        }
        guard let pointer = unsafe archive_entry_pathname(entry) else {
            throw unsafeEntry("an entry has no name")
        }
        var name = unsafe String(cString: pointer)
        let type = unsafe archive_entry_filetype(entry)
        let isLink =
            unsafe archive_entry_hardlink(entry) != nil || archive_entry_symlink(entry) != nil
        guard type == EntryType.file || type == EntryType.folder, !isLink else {
            throw unsafeEntry("a link or a device")
        }
        let isFolder = type == EntryType.folder
        if isFolder, name.hasSuffix("/") { name.removeLast() }
        try EntryName.check(name, in: path)
        let first = name.prefix { $0 != "/" }
        guard top == nil || top == first else { throw unsafeEntry("more than one top folder") }
        top = first
        guard isFolder || seen.insert(name).inserted else {
            throw unsafeEntry("a name stands twice")
        }
        var above: Set<String> = isFolder ? [name] : []
        for (index, character) in zip(name.indices, name) where character == "/" {
            above.insert(String(name[..<index]))
        }
        folders.formUnion(above)
        guard above.isDisjoint(with: seen), isFolder || !folders.contains(name) else {
            throw unsafeEntry("a name is a file and a folder")
        }
        if isFolder { return nil }
        let size = Int(unsafe archive_entry_size(entry))
        guard size >= 0, size <= limits.bytes - declared else {
            throw StreamError(kind: .tooLarge, path: path, detail: "more data than allowed")
        }
        declared += size
        return Entry(name: name, size: size)
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
        if isAtEnd { return 0 }
        let raw = unsafe handle.raw
        // In bounds: the count is the buffer's own.
        let got = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe archive_read_data(raw, bytes.baseAddress, bytes.count)
        }
        if let failure = input.failure { throw failure }
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
