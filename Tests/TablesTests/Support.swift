// SPDX-License-Identifier: Apache-2.0

import Foundation
import Streams
import Synchronization

@testable import Tables

/// Text that stands in bad input, to be looked for in every message.
let canary = "CANARY"

/// A folder of a test's own, gone when the test is over.
final class Scratch {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("semblance-tables-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a name in the folder.
    func callAsFunction(_ name: String) -> String { path + "/" + name }

    /// Writes a file and gives its path.
    @discardableResult
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
        return self(name)
    }

    /// Writes a text file and gives its path.
    @discardableResult
    func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: self(name))))
    }
}

/// A schema from the text of its fields.
func schema(_ fields: String, missing: String = #"["", "NA"]"#) throws(SchemaError) -> Schema {
    let text = #"{"fields": [\#(fields)], "missingValues": \#(missing)}"#
    return try Schema(json: Array(text.utf8), name: "test.json")
}

/// The codec of one field without a name: the members that describe it.
func codec(_ members: String, missing: String = #"["", "NA"]"#) throws -> ColumnCodec {
    try schema(#"{"name": "x", \#(members)}"#, missing: missing).codecs[0]
}

extension ColumnCodec {
    func encode(_ text: String) -> Int {
        let bytes = Array(text.utf8)
        return encode(bytes.span)
    }

    func text(_ code: Int, at position: Int = 0) -> String {
        var output: [UInt8] = []
        append(code: code, position: position, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    func position(of text: String, in code: Int) -> Int? {
        let bytes = Array(text.utf8)
        return position(of: bytes.span, in: code)
    }

    var labels: [String] { (0..<cellCount).map { label($0) } }
}

/// What a reader delivered: rows of codes, and the unit keys.
struct Delivery: Equatable {
    var rows: [[Int]] = []
    var keys: [String] = []
}

/// What the body of a reading sees, collected across threads.
final class Collected: Sendable {
    let delivery = Mutex(Delivery())

    func take(_ block: borrowing CodeBlock, hasUnit: Bool) {
        delivery.withLock { found in
            var start = 0
            for row in 0..<block.rowCount {
                found.rows.append(
                    block.layout.sizes.indices.map { block.code(column: $0, row: row) })
                guard hasUnit else { continue }
                found.keys.append(
                    String(decoding: block.unitKeys[start..<block.unitEnds[row]], as: UTF8.self))
                start = block.unitEnds[row]
            }
        }
    }
}

/// Reads files with blocks and buffers of given sizes.
func read(
    _ paths: [String], _ schema: Schema, format: TableFormat = .csv, unit: String? = nil,
    badRows: BadRows = .refuse, block size: Int = 3, chunk: Int = OpenTable.chunkSize,
    workers: Int = 1, isExact: Bool = false
) throws(TableError) -> Delivery {
    var reader = try TableReader(
        paths: paths, format: format, schema: schema, unitColumn: unit, badRows: badRows)
    reader.chunkSize = chunk
    reader.isExact = isExact
    let collected = Collected()
    let layout = CodeLayout(sizes: schema.codecs.map(\.cellCount), capacity: size)
    try reader.read(workers: workers, layout: layout) { (_, block) throws(StreamError) in
        collected.take(block, hasUnit: unit != nil)
    }
    return collected.delivery.withLock { $0 }
}

/// What a scanner split a file into.
struct Split: Equatable {
    var records: [[String]] = []
    /// Lines on which the records begin.
    var lines: [Int] = []
    /// Bytes of the malformed records.
    var bad: [String] = []
}

/// Splits a file without a header into the texts of its fields.
func split(
    _ path: String, format: TableFormat, columns: Int, chunk: Int = OpenTable.chunkSize
) throws(TableError) -> Split {
    let names = (0..<columns).map { "column \($0)" }
    var table = try OpenTable.opening(
        path, format: format, wanted: names, allColumns: names, chunkSize: chunk)
    var found = Split()
    while true {
        let outcome = try table.scanBatch(atMost: 2)
        table.unescapeBatch()
        for row in 0..<table.batch.rowCount {
            found.lines.append(table.batch.lines[row])
            found.records.append(
                (0..<columns).map { column in
                    let place = (row * columns + column) * 2
                    let (start, end) = (table.batch.bounds[place], table.batch.bounds[place + 1])
                    return String(decoding: table.bytes[Int(start)..<Int(end)], as: UTF8.self)
                })
        }
        if case .bad(let record) = outcome {
            found.bad.append(
                String(decoding: table.bytes[record.start..<record.end], as: UTF8.self))
        }
        if case .end = outcome { return found }
    }
}

/// A small generator with a seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return IndexPermutation.mixed(state)
    }
}

/// Sizes of read buffers that put a boundary at every byte of a small file.
let chunkSizes = [1, 2, 3, 5, 7, 64, OpenTable.chunkSize]

/// A CSV format without a header.
func headerless(_ delimiter: Character = ",", quote: Character = "\"") throws -> TableFormat {
    try TableFormat(
        kind: .csv, delimiter: delimiter.asciiValue ?? 0, quote: quote.asciiValue ?? 0,
        header: false)
}
