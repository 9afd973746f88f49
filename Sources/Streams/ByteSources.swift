// SPDX-License-Identifier: Apache-2.0

import CArchive
import Glibc

/// The tables that one path holds: the file itself, or each file in the archive that it is.
///
/// Archives are tar and zip, recognised by content, compressed or not, also from a pipe. Folders
/// and what operating systems add are skipped; links, devices and names that lead out of the archive
/// are refused. A compressed member is decompressed too. An archive must be whole.
public struct ByteSources: ~Copyable {
    private let path: String
    private let limits: InputLimits
    private let encoding: TextEncoding?
    private var members: MemberReader?
    private var isOpened = false

    /// Names a path.
    ///
    /// - Parameters:
    ///   - path: A file, or `-` for standard input.
    ///   - encoding: How its texts are encoded; a UTF-16 byte order mark is seen by itself. Nil for the
    ///     bytes as they are.
    ///   - limits: How far it may expand.
    public init(
        _ path: String, encoding: TextEncoding? = .utf8, limits: InputLimits = .standard
    ) {
        self.path = path
        self.encoding = encoding
        self.limits = limits
    }

    /// Opens the next table.
    ///
    /// - Returns: Its bytes as UTF-8, or nil when there are no more. What is left of the table before is
    ///   skipped.
    /// - Throws: `StreamError`: `unsafeEntry` for a member that could write elsewhere, `corrupt` for an
    ///   archive that is not whole, `tooLarge` for too many members, `notFound` for an archive without
    ///   a file in it.
    public mutating func next() throws(StreamError) -> ByteSource? {
        if let members {
            guard let member = try members.next() else { return nil }
            // One level: a member may be compressed, not an archive again.
            let source = try ByteSource(
                member, name: path + "!" + member.name, sizeHint: nil, limits: limits)
            return try decoded(source)
        }
        if isOpened { return nil }
        isOpened = true
        let source = try ByteSource(opening: path, limits: limits)
        let head = try source.peek(512)
        guard let format = MemberReader.Format(head) else { return try decoded(source) }
        members = try MemberReader(
            source.taken(), format: format, name: path == "-" ? "standard input" : path,
            limits: limits)
        guard let first = try next() else {
            throw StreamError(
                kind: .notFound, path: path, detail: "the archive has no file in it; leave it out")
        }
        return first
    }

    /// Puts a decoder on top of a text that is not UTF-8.
    private func decoded(_ source: consuming ByteSource) throws(StreamError) -> ByteSource {
        guard let encoding else { return source }
        let head = try source.peek(2)
        var actual = encoding
        if head == [0xFF, 0xFE] { actual = .utf16LittleEndian }
        if head == [0xFE, 0xFF] { actual = .utf16BigEndian }
        if actual == .utf16 { actual = .utf16LittleEndian }
        if actual == .utf8 { return source }
        let (name, size) = (source.name, source.sizeHint)
        return ByteSource(
            plain: TranscodingStage(source.taken(), from: actual, name: name), name: name,
            sizeHint: size)
    }
}

/// The regular files in an archive, one after the other.
@safe
final class MemberReader {
    /// The archives, by their first bytes.
    enum Format {
        case tar, zip

        init?(_ head: [UInt8]) {
            if head.starts(with: [0x50, 0x4B, 0x03, 0x04])
                || head.starts(with: [0x50, 0x4B, 0x05, 0x06])
            {
                self = .zip
            } else if head.count == 512, head[257..<262].elementsEqual(Array("ustar".utf8)),
                Self.hasChecksum(head)
            {
                self = .tar
            } else {
                return nil
            }
        }

        /// Whether a tar header's checksum is right: five letters alone may stand in any table.
        private static func hasChecksum(_ header: [UInt8]) -> Bool {
            let field = header[148..<156]
            let digits = field.filter { (0x30...0x37).contains($0) }
            let declared = Int(String(decoding: digits, as: UTF8.self), radix: 8)
            let sum =
                header.reduce(0) { $0 + Int($1) } - field.reduce(0) { $0 + Int($1) } + 8 * 0x20
            return declared == sum
        }
    }

    private let handle: ArchiveHandle
    private let input: StageInput
    private let format: Format
    private let name: String
    private let limits: InputLimits
    private var count = 0

    init(
        _ inner: ByteStage, format: Format, name: String, limits: InputLimits
    ) throws(StreamError) {
        handle = ArchiveHandle(.reading)
        // The end of a zip archive is a record of 22 bytes and a comment of up to 65,535.
        input = StageInput(inner, tailSize: format == .zip ? 65_557 : 1_024)
        self.format = format
        self.name = name
        self.limits = limits
        switch format {
        case .tar: unsafe archive_read_support_format_tar(handle.raw)
        case .zip: unsafe archive_read_support_format_zip_streamable(handle.raw)
        }
        let code = unsafe archive_read_open(
            handle.raw, Unmanaged.passUnretained(input).toOpaque(), nil,
            { unsafe StageInput.read($0, $1, $2) }, nil)
        if let failure = input.failure { throw failure }
        try handle.check(code, path: name, kind: .corrupt, or: "not a whole archive")
    }

    /// Goes to the next file.
    func next() throws(StreamError) -> MemberStage? {
        while true {
            var found: OpaquePointer?
            let code = unsafe archive_read_next_header(handle.raw, &found)
            if let failure = input.failure { throw failure }
            if code == ARCHIVE_EOF {
                try finish()
                return nil
            }
            guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry = unsafe found else {
                throw handle.error(
                    path: name, kind: .corrupt, or: "not a whole archive; fetch it again")
            }
            count += 1
            guard count <= limits.members else {
                throw StreamError(
                    kind: .tooLarge, path: name,
                    detail: "more than \(limits.members) members; unpack it and name the files")
            }
            if let member = try unsafe accept(entry) { return MemberStage(self, name: member) }
        }
    }

    /// The name of a file that is to be read, or nil for what is skipped.
    private func accept(_ entry: OpaquePointer) throws(StreamError) -> String? {
        guard let pointer = unsafe archive_entry_pathname(entry) else {
            throw refused("a member has no name")
        }
        let member = unsafe String(cString: pointer)
        let type = unsafe archive_entry_filetype(entry)
        if type == EntryType.folder { return nil }
        let isLink =
            unsafe archive_entry_hardlink(entry) != nil || archive_entry_symlink(entry) != nil
        guard type == EntryType.file, !isLink else { throw refused("a link or a device") }
        try EntryName.check(member, in: name)
        guard unsafe archive_entry_is_encrypted(entry) == 0 else {
            throw StreamError(
                kind: .notReadable, path: name,
                detail: "its members are encrypted; decrypt it first")
        }
        let last = member.split(separator: "/").last ?? ""
        let isJunk = member.hasPrefix("__MACOSX/") || last.hasPrefix(".")
        return isJunk ? nil : member
    }

    private func refused(_ detail: String) -> StreamError {
        StreamError(
            kind: .unsafeEntry, path: name,
            detail: "found \(detail), expected plain files; unpack it and name the files")
    }

    /// Checks that the archive has an end.
    private func finish() throws(StreamError) {
        try input.drain()
        let isWhole =
            switch format {
            case .tar: input.tail.count >= 1_024 && input.tail.allSatisfy { $0 == 0 }
            case .zip: Self.hasEndRecord(input.tail)
            }
        guard isWhole else {
            throw StreamError(
                kind: .corrupt, path: name,
                detail: "the archive is cut short or followed by other bytes; fetch it again")
        }
    }

    /// Whether a zip's last bytes are its end record and a comment of the length that it says.
    private static func hasEndRecord(_ tail: [UInt8]) -> Bool {
        guard tail.count >= 22 else { return false }
        for start in stride(from: tail.count - 22, through: 0, by: -1)
        where tail[start..<start + 4].elementsEqual([0x50, 0x4B, 0x05, 0x06]) {
            let comment = Int(tail[start + 20]) | Int(tail[start + 21]) << 8
            if start + 22 + comment == tail.count { return true }
        }
        return false
    }

    /// Reads the current file.
    func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        let raw = unsafe handle.raw
        // In bounds: the count is the buffer's own.
        let got = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe archive_read_data(raw, bytes.baseAddress, bytes.count)
        }
        if let failure = input.failure { throw failure }
        guard got >= 0 else {
            throw handle.error(
                path: name, kind: .corrupt, or: "damaged or cut short; fetch it again")
        }
        return got
    }

    var consumed: Int { input.consumed }
}

/// A member of an archive, while the archive stands at it.
final class MemberStage: ByteStage {
    let name: String
    private let reader: MemberReader

    init(_ reader: MemberReader, name: String) {
        self.reader = reader
        self.name = name
    }

    override var consumed: Int { reader.consumed }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        try reader.read(into: &buffer)
    }
}
