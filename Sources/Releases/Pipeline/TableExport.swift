// SPDX-License-Identifier: Apache-2.0

import Crypto
import Streams

/// The released table as text, with its checksum, in a private file until it is packed.
struct TableExport: ~Copyable {
    /// The text.
    let file: PrivateFile
    /// Its path inside the release.
    let name: String
    /// Its length in bytes.
    let byteCount: Int
    /// Its SHA-256, in hexadecimal.
    let sha256: String
    /// What was done to rows after their values were placed.
    let finished: FinishedRows

    /// Writes all rows of a synthetic table, each number placed inside its bin by the watermark.
    ///
    /// - Parameters:
    ///   - text: The table and how it is written.
    ///   - directory: Where the private file may live.
    ///   - control: Stops the writing, and says how many threads there are.
    /// - Throws: `ReleaseError` when the file cannot be written.
    init(
        _ text: TableText, in directory: String, control: RunControl
    ) throws(ReleaseError) {
        let sink: Sink
        do {
            sink = Sink(try PrivateFile(in: directory))
        } catch {
            throw ReleaseError(error)
        }
        // Fields get their values together at the end: before, the initializer may throw.
        let finished = try text.write(control: control) { try sink.append($0) }
        guard let file = sink.file.take() else {
            throw ReleaseError(.software, "writing rows: the file is gone")
        }
        name = "data/data." + text.format
        byteCount = file.byteCount
        sha256 = Files.hexadecimal(sink.hash.finalize())
        self.finished = finished
        self.file = file
    }

    /// The file and its hash, which one thread at a time writes to, in the order of blocks.
    private final class Sink: @unchecked Sendable {
        var file: PrivateFile?
        var hash = SHA256()

        init(_ file: consuming PrivateFile) { self.file = consume file }

        func append(_ text: borrowing Span<UInt8>) throws(StreamError) {
            // In bounds: the bytes are the span's own.
            unsafe text.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
            try file?.append(text)
        }
    }
}
