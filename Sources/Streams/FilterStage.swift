// SPDX-License-Identifier: Apache-2.0

import CArchive
import Glibc

/// Decompresses zstd, bzip2, xz and lz4 through libarchive, and insists on a whole stream.
@safe
final class FilterStage: ByteStage {
    /// The formats, by the bytes that they begin with.
    enum Format: CaseIterable {
        case zstd, bzip2, xz, lz4

        var mark: [UInt8] {
            switch self {
            case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
            case .bzip2: [0x42, 0x5A, 0x68]
            case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
            case .lz4: [0x04, 0x22, 0x4D, 0x18]
            }
        }

        var name: String {
            switch self {
            case .zstd: "zstd"
            case .bzip2: "bzip2"
            case .xz: "xz"
            case .lz4: "lz4"
            }
        }

        /// Which format some bytes begin.
        init?(_ head: [UInt8]) {
            guard let found = Self.allCases.first(where: { head.starts(with: $0.mark) }) else {
                return nil
            }
            // "BZh" alone may begin a text; a level and a block's or the end's mark follow it.
            if found == .bzip2 {
                guard head.count >= 10, (0x31...0x39).contains(head[3]),
                    head[4..<10].elementsEqual([0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
                        || head[4..<10].elementsEqual([0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
                else { return nil }
            }
            self = found
        }
    }

    /// Bytes that tell all formats.
    static let headSize = 10

    private let handle: ArchiveHandle
    private let input: StageInput
    private let format: Format
    private let name: String
    private var isAtEnd = false

    /// Begins to decompress.
    init(_ inner: ByteStage, format: Format, name: String) throws(StreamError) {
        let handle = ArchiveHandle(.reading)
        let input = StageInput(inner)
        switch format {
        case .zstd: unsafe archive_read_support_filter_zstd(handle.raw)
        case .bzip2: unsafe archive_read_support_filter_bzip2(handle.raw)
        case .xz: unsafe archive_read_support_filter_xz(handle.raw)
        case .lz4: unsafe archive_read_support_filter_lz4(handle.raw)
        }
        unsafe archive_read_support_format_raw(handle.raw)
        unsafe archive_read_support_format_empty(handle.raw)
        let code = unsafe archive_read_open(
            handle.raw, Unmanaged.passUnretained(input).toOpaque(), nil,
            { unsafe StageInput.read($0, $1, $2) }, nil)
        if let failure = input.failure { throw failure }
        guard code == ARCHIVE_OK else { throw Self.damaged(format, name) }
        var entry: OpaquePointer?
        let header = unsafe archive_read_next_header(handle.raw, &entry)
        if let failure = input.failure { throw failure }
        guard header == ARCHIVE_OK || header == ARCHIVE_EOF,
            unsafe archive_filter_count(handle.raw) == 2
        else { throw Self.damaged(format, name) }
        isAtEnd = header == ARCHIVE_EOF
        self.handle = handle
        self.input = input
        self.format = format
        self.name = name
    }

    override var consumed: Int { input.consumed }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        var failure: StreamError?
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            do throws(StreamError) {
                return try unsafe read(into: bytes)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return count
    }

    override func read(into target: UnsafeMutableRawBufferPointer) throws(StreamError) -> Int {
        if isAtEnd { return 0 }
        // In bounds: the count is the buffer's own.
        let got = unsafe archive_read_data(handle.raw, target.baseAddress, target.count)
        if let failure = input.failure { throw failure }
        guard got >= 0 else { throw Self.damaged(format, name) }
        if got == 0 {
            isAtEnd = true
            try finish()
        }
        return got
    }

    /// Checks that the stream ended where the input does, and not before.
    private func finish() throws(StreamError) {
        let used = Int(unsafe archive_filter_bytes(handle.raw, -1))
        guard used >= input.handed, try input.isAtEnd(), input.endsWhole(format) else {
            throw Self.damaged(format, name)
        }
    }

    private static func damaged(_ format: Format, _ name: String) -> StreamError {
        StreamError(
            kind: .corrupt, path: name,
            detail: "the \(format.name) data is damaged, cut short or followed by other bytes; "
                + "fetch the file again")
    }
}

/// Feeds libarchive from a stage.
@safe
final class StageInput {
    private static let chunkSize = 1 << 18

    private let inner: ByteStage
    private var buffer = [UInt8](repeating: 0, count: chunkSize)
    /// What libarchive sees: it holds on to the address until it asks again.
    private let chunk: UnsafeMutableRawPointer
    /// Bytes handed over so far.
    private(set) var handed = 0
    /// The last bytes handed over.
    private(set) var tail: [UInt8] = []
    /// How many of them are kept.
    private let tailSize: Int
    /// Why reading failed, if it did; libarchive only learns that it did.
    private(set) var failure: StreamError?

    init(_ inner: ByteStage, tailSize: Int = 32) {
        self.inner = inner
        self.tailSize = tailSize
        unsafe chunk = .allocate(byteCount: Self.chunkSize, alignment: 16)
    }

    deinit { unsafe chunk.deallocate() }

    var consumed: Int { inner.consumed }

    /// The callback of `archive_read_open`; its context is a `StageInput`.
    static func read(
        _ archive: OpaquePointer?, _ context: UnsafeMutableRawPointer?,
        _ target: UnsafeMutablePointer<UnsafeRawPointer?>?
    ) -> Int {
        guard let context = unsafe context, let target = unsafe target else { return -1 }
        // The archive's handle and this object have one owner.
        let input = unsafe Unmanaged<StageInput>.fromOpaque(context).takeUnretainedValue()
        unsafe target.pointee = UnsafeRawPointer(input.chunk)
        return input.fetch()
    }

    private func fetch() -> Int {
        if failure != nil { return -1 }
        do throws(StreamError) {
            let count = try pull()
            // In bounds: the buffer has the chunk's length.
            unsafe buffer.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress {
                    unsafe chunk.copyMemory(from: base, byteCount: count)
                }
            }
            return count
        } catch {
            failure = error
            return -1
        }
    }

    private func pull() throws(StreamError) -> Int {
        let count = try inner.read(into: &buffer)
        handed += count
        if count >= tailSize {
            tail = Array(buffer[count - tailSize..<count])
        } else {
            tail = Array((tail + buffer[..<count]).suffix(tailSize))
        }
        return count
    }

    /// Whether nothing is left.
    func isAtEnd() throws(StreamError) -> Bool { try pull() == 0 }

    /// Follows the input to its end.
    func drain() throws(StreamError) {
        while try pull() > 0 {}
    }

    /// Whether the last bytes are those that end a stream of a format, as far as it has such bytes.
    func endsWhole(_ format: FilterStage.Format) -> Bool {
        switch format {
        // An xz stream ends in a footer that ends in "YZ", and perhaps padding.
        case .xz:
            let rest = tail.reversed().drop { $0 == 0 }
            return rest.starts(with: [0x5A, 0x59])
        case .zstd, .bzip2, .lz4: return true
        }
    }
}
