// SPDX-License-Identifier: Apache-2.0

import Crypto
import Evaluation
import Foundation
import Streams
import Tables
import Watermarking

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

    /// Writes all rows of a synthetic table, each number placed inside its bin by the watermark.
    ///
    /// - Parameters:
    ///   - table: The synthetic table.
    ///   - schema: Its schema.
    ///   - format: `csv` or `jsonl`.
    ///   - key: The recipient's watermark key, or `nil` for uniform placement.
    ///   - directory: Where the private file may live.
    /// - Throws: `StreamError` when the file cannot be written.
    init(
        _ table: SyntheticTable, schema: Schema, format: String, key: WatermarkKey?,
        in directory: String
    ) throws(StreamError) {
        var file = try PrivateFile(in: directory)
        var hash = SHA256()
        let writer = TableWriter(
            format: format == "csv" ? .csv : .jsonl, schema: schema, seed: table.seed)
        var placement = PlacementWatermark(key: key, schema: schema, seed: table.seed)
        var positions: [Int32] = []
        var buffer = writer.header
        for index in 0..<table.blockCount {
            let (codes, count) = table.block(index)
            placement.positions(codes: codes, rowCount: count, into: &positions)
            writer.append(
                codes: codes, positions: positions, rowCount: count,
                firstRow: UInt64(index * SyntheticTable.blockRows), to: &buffer)
            hash.update(data: buffer)
            try file.append(buffer.span)
            buffer.removeAll(keepingCapacity: true)
        }
        name = "data/data." + format
        byteCount = file.byteCount
        sha256 = Files.hexadecimal(hash.finalize())
        self.file = file
    }
}
