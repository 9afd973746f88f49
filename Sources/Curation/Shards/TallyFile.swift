// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Streams

/// The file that holds a shard's exact tallies.
///
/// Secret: it must not leave the owner's machines.
///
/// Format, version 3. Numbers are LEB128: seven bits a byte, lowest first, the high bit set in all bytes
/// but the last; at most nine bytes, so below 2⁶³.
///
///     semblance-tally-3 SECRET exact counts, never publish\n
///     the length of the facts in decimal, \n
///     the facts as JSON with sorted keys, \n
///     how many tables there are
///     for each table:
///       its part: 0 for training, 1 for holdout
///       how many attributes it has, and each of them, ascending; none for the units by their records
///       how many cells it has: the product of the attributes' sizes, or the cap of records per unit
///       its counts in row-major order; a count of 0 is followed by how many more zeros follow it
///     how many unit hashes there are, at most 8,192: see `UnitSketch`
///     for each hash, ascending: 16 bytes, the highest first
///     SHA-256 of all bytes before it, 32 bytes
///
/// A table of 2⁶⁰ cells of which ten occur takes about a hundred bytes: dense and sparse
/// tallies are written alike. Equal tallies are equal bytes.
enum TallyFile {
    /// The first line.
    static let mark = "semblance-tally-3 SECRET exact counts, never publish\n"

    /// A table's name: attributes of a marginal; for the answer to a query, 0.
    struct Name: Hashable {
        let part: Part
        let attributes: [Int]

        /// The units of a part by their records, which is no marginal.
        static func rowsPerUnit(_ part: Part) -> Name { Name(part: part, attributes: []) }
    }

    /// Writes a file piece by piece, so that memory holds no more than a piece of a huge table.
    struct Writer: ~Copyable {
        private var file: AtomicFile
        private var digest = SHA256()
        private var bytes: [UInt8] = []
        /// Cells of the open table, and the first one that is not written.
        private var cells = 0, next = 0

        /// Begins a file; it appears as a whole when it is finished, or not at all.
        init(to path: String, _ facts: ShardFacts, tables: Int) throws(StreamError) {
            file = try AtomicFile(creating: path, replacing: true, mode: 0o600)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            // Plain values only, which always encode.
            let json = (try? encoder.encode(facts)) ?? Data()
            bytes += Array((mark + "\(json.count)\n").utf8) + json + [0x0A]
            append(tables)
        }

        /// Begins a table.
        mutating func begin(_ name: Name, cells: Int) {
            append(name.part == .training ? 0 : 1)
            append(name.attributes.count)
            for attribute in name.attributes { append(attribute) }
            append(cells)
            self.cells = cells
            next = 0
        }

        /// Writes entries of the open table, with ascending keys.
        mutating func add(_ entries: [CellCount]) throws(StreamError) {
            for entry in entries where entry.count != 0 {
                skip(to: Int(entry.key))
                append(Int(entry.count))
                next += 1
            }
            if bytes.count >= 1 << 16 { try flush() }
        }

        /// Ends the open table.
        mutating func end() { skip(to: cells) }

        /// Writes the rest and puts the file in its place.
        consuming func finish(_ sketch: [UnitHash]) throws(StreamError) {
            append(sketch.count)
            for hash in sketch {
                for word in [hash.high, hash.low] {
                    for shift in stride(from: UInt64(56), through: 0, by: -8) {
                        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
                    }
                }
            }
            try flush()
            try file.write(Array(digest.finalize()))
            try file.commit()
        }

        private mutating func skip(to cell: Int) {
            guard cell > next else { return }
            append(0)
            append(cell - next - 1)
            next = cell
        }

        private mutating func flush() throws(StreamError) {
            digest.update(data: bytes)
            try file.write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }

        private mutating func append(_ value: Int) {
            var rest = UInt64(value)
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(truncatingIfNeeded: rest))
        }
    }
}
