// SPDX-License-Identifier: Apache-2.0

import Streams

/// Bounded records of one part as column-major chunks in a private file, with their one-way tallies.
///
/// Holds exact data; it never leaves this room.
struct CodeSpool: ~Copyable {
    /// Records of a chunk.
    static let chunkRows = 16_384

    private var file: PrivateFile
    let sizes: [Int]
    private(set) var rowCount = 0
    /// One tally an attribute.
    private(set) var oneWay: [[Int64]]
    /// The chunk being filled, column-major with stride `chunkRows`.
    private var pending: [UInt16]
    private var pendingRows = 0
    private var chunkSizes: [Int] = []

    /// Creates an empty spool.
    init(sizes: [Int], in directory: String) throws(StreamError) {
        file = try PrivateFile(in: directory)
        self.sizes = sizes
        oneWay = sizes.map { [Int64](repeating: 0, count: $0) }
        pending = [UInt16](repeating: 0, count: Self.chunkRows * sizes.count)
    }

    /// Appends rows of a column-major block, those whose flag is set.
    mutating func append(
        codes: [UInt16], stride: Int, rows: [Int32]
    ) throws(StreamError) {
        var taken = 0
        while taken < rows.count {
            let count = min(rows.count - taken, Self.chunkRows - pendingRows)
            for column in sizes.indices {
                let source = column * stride
                let target = column * Self.chunkRows + pendingRows
                for index in 0..<count {
                    let code = codes[source + Int(rows[taken + index])]
                    pending[target + index] = code
                    oneWay[column][Int(code)] += 1
                }
            }
            pendingRows += count
            taken += count
            rowCount += count
            if pendingRows == Self.chunkRows { try flush() }
        }
    }

    /// Appends one record, row-major.
    mutating func append(record: ArraySlice<UInt16>) throws(StreamError) {
        for (column, code) in record.enumerated() {
            pending[column * Self.chunkRows + pendingRows] = code
            oneWay[column][Int(code)] += 1
        }
        pendingRows += 1
        rowCount += 1
        if pendingRows == Self.chunkRows { try flush() }
    }

    /// Ends the writing.
    mutating func finish() throws(StreamError) {
        if pendingRows > 0 { try flush() }
        pending = []
    }

    private mutating func flush() throws(StreamError) {
        // A full chunk is always written, so that chunk offsets follow from their number.
        let words = pending
        try file.append(words.span)
        chunkSizes.append(pendingRows)
        pendingRows = 0
    }

    /// How many chunks there are.
    var chunkCount: Int { chunkSizes.count }

    /// Reads a chunk into a buffer of `chunkRows × columns` codes.
    ///
    /// - Returns: How many of its rows are records.
    borrowing func read(chunk: Int, into buffer: inout [UInt16]) throws(StreamError) -> Int {
        let length = Self.chunkRows * sizes.count
        if buffer.count != length { buffer = [UInt16](repeating: 0, count: length) }
        let got = try file.read(atElement: chunk * length, into: &buffer)
        guard got == length else {
            throw StreamError(kind: .io, path: "spool", detail: "the temporary file is cut short")
        }
        return chunkSizes[chunk]
    }

    /// Exact tallies of cliques in one pass over the spool.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each clique.
    ///   - recoding: Merges cells first.
    /// - Returns: Row-major cells of each clique. Complexity: O(rows × Σ clique lengths).
    borrowing func tallies(
        of cliques: [[Int]], recoding: Recoding
    ) throws(StreamError) -> [[Int64]] {
        var tallies = cliques.map { clique in
            [Int64](repeating: 0, count: clique.reduce(1) { $0 * recoding.sizes[$1] })
        }
        let used = Set(cliques.flatMap(\.self)).sorted()
        var buffer: [UInt16] = []
        var cells = [Int32](repeating: 0, count: Self.chunkRows)
        for chunk in 0..<chunkCount {
            let rows = try read(chunk: chunk, into: &buffer)
            for attribute in used {
                Self.recode(
                    &buffer, from: attribute * Self.chunkRows, rows: rows,
                    by: recoding.maps[attribute])
            }
            for (index, clique) in cliques.enumerated() {
                Self.count(
                    clique, in: buffer, rows: rows, sizes: recoding.sizes, scratch: &cells,
                    into: &tallies[index])
            }
        }
        return tallies
    }

    private static func recode(
        _ buffer: inout [UInt16], from start: Int, rows: Int, by map: [UInt16]
    ) {
        for index in start..<start + rows { buffer[index] = map[Int(buffer[index])] }
    }

    private static func count(
        _ clique: [Int], in buffer: [UInt16], rows: Int, sizes: [Int], scratch: inout [Int32],
        into tally: inout [Int64]
    ) {
        if clique.count == 2 {
            // Most tallies are of pairs: no scratch column.
            let first = clique[0] * chunkRows, second = clique[1] * chunkRows
            let width = sizes[clique[1]]
            for row in 0..<rows {
                tally[Int(buffer[first + row]) * width + Int(buffer[second + row])] += 1
            }
            return
        }
        for row in 0..<rows { scratch[row] = 0 }
        for attribute in clique {
            let start = attribute * chunkRows
            let width = Int32(sizes[attribute])
            for row in 0..<rows {
                scratch[row] = scratch[row] * width + Int32(buffer[start + row])
            }
        }
        for row in 0..<rows { tally[Int(scratch[row])] += 1 }
    }
}
