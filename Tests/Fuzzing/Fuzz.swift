// SPDX-License-Identifier: Apache-2.0

import Foundation
import Streams
import Synchronization

@testable import Tables

/// What a reading came to: rows and keys, or the text of its error.
struct Outcome: Equatable {
    var rows: [[Int]] = []
    var keys: [[UInt8]] = []
    var error: String?
}

/// Writes bytes to a file of this process and reads it.
func outcome(
    _ bytes: [UInt8], _ table: Schema, format: TableFormat, chunk: Int, isExact: Bool,
    aside: Bool
) -> Outcome {
    // In memory: a disk would be the slowest part by far.
    let path = "/dev/shm/semblance-fuzz-\(getpid())"
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { fatalError() }
    let found = Mutex(Outcome())
    do throws(TableError) {
        var reader = try TableReader(
            paths: [path], format: format, schema: table, unitColumn: "u",
            badRows: aside ? .quarantine(path: path + ".bad") : .refuse)
        reader.chunkSize = chunk
        reader.isExact = isExact
        let layout = CodeLayout(sizes: table.codecs.map(\.cellCount), capacity: 5)
        try reader.read(workers: 1, layout: layout) { (_, block) throws(StreamError) in
            found.withLock { found in
                var start = 0
                for row in 0..<block.rowCount {
                    found.rows.append(
                        layout.sizes.indices.map { block.code(column: $0, row: row) })
                    found.keys.append(Array(block.unitKeys[start..<block.unitEnds[row]]))
                    start = block.unitEnds[row]
                }
            }
        }
    } catch {
        found.withLock { $0.error = error.description }
    }
    var result = found.withLock { $0 }
    // Blocks that were delivered before the error depend on where text was cut.
    if result.error != nil {
        result.rows = []
        result.keys = []
    }
    return result
}

/// Quick and exact reading are twins, wherever the text is cut; a difference is a find.
func checkTwins(_ bytes: [UInt8], _ table: Schema, format: TableFormat) {
    let chunk = bytes.count % 97 + 1
    // A quarantine file is flushed to the disk, which costs more than all the rest.
    for aside in bytes.count % 16 == 0 ? [false, true] : [false] {
        let exact = outcome(
            bytes, table, format: format, chunk: 1 << 16, isExact: true, aside: aside)
        for size in [chunk, 1 << 16] {
            let quick = outcome(
                bytes, table, format: format, chunk: size, isExact: false, aside: aside)
            // Of a damaged encoding and a bad record before it, whichever was met first is told: that
            // depends on how far reading was ahead.
            if [quick, exact].allSatisfy({ $0.error != nil }),
                [quick, exact].contains(where: { $0.error?.hasPrefix("damaged data") == true })
            {
                continue
            }
            // Not a precondition: a release build would drop its text.
            guard quick == exact else {
                fatalError("quick and exact differ at \(size): \(quick) against \(exact)")
            }
        }
    }
}

let fuzzSchema = """
    {"fields": [
      {"name": "u", "semblance": {"role": "identifier"}},
      {"name": "t", "constraints": {"enum": ["a", "b,c", "d\\"e", "a long text of many words"]}},
      {"name": "n", "type": "number", "semblance": {"decimals": 2, "outside": "refuse",
        "domain": {"minimum": -100, "maximum": 900, "bins": 13}}},
      {"name": "d", "type": "date",
       "semblance": {"domain": {"minimum": "2020-01-01", "maximum": "2024-12-31", "bins": 7}}}
    ], "missingValues": ["", "NA"]}
    """

let fuzzTable: Schema = {
    guard let schema = try? Schema(json: Array(fuzzSchema.utf8), name: "fuzz") else { fatalError() }
    return schema
}()
