// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Streams

/// The file that holds a shard's exact tallies.
///
/// Secret: it must not leave the owner's machines.
///
/// Format, version 1: the line `semblance-tally-1 SECRET exact counts, never publish`; the length of the
/// facts in decimal and a line feed; the facts as JSON and a line feed; the tables, each as its
/// attributes, its cells and its counts in variable-length integers (LEB128), where a zero is followed by the
/// number of zeros in its run; and SHA-256 of all bytes before it.
enum TallyFile {
    /// The first line.
    static let mark = "semblance-tally-1 SECRET exact counts, never publish\n"

    /// One table of one part.
    struct Table: Equatable {
        let part: Part
        /// Attributes of a marginal; for a query its number.
        let attributes: [Int]
        let counts: [Int64]
    }

    /// The bytes of a file.
    static func encode(_ facts: ShardFacts, _ tables: [Table]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Plain values only, which always encode.
        let json = (try? encoder.encode(facts)) ?? Data()
        var bytes = Array((mark + "\(json.count)\n").utf8) + json + [0x0A]
        append(tables.count, to: &bytes)
        for table in tables {
            append(table.part == .training ? 0 : 1, to: &bytes)
            append(table.attributes.count, to: &bytes)
            for attribute in table.attributes { append(attribute, to: &bytes) }
            append(table.counts.count, to: &bytes)
            var index = 0
            while index < table.counts.count {
                let count = table.counts[index]
                append(Int(count), to: &bytes)
                index += 1
                guard count == 0 else { continue }
                let first = index
                while index < table.counts.count, table.counts[index] == 0 { index += 1 }
                append(index - first, to: &bytes)
            }
        }
        return bytes + SHA256.hash(data: bytes)
    }

    /// Reads a file.
    ///
    /// - Throws: `CurationError.shard` when it is no tally, damaged or of another version.
    static func decode(
        _ bytes: [UInt8], name: String
    ) throws(CurationError) -> (facts: ShardFacts, tables: [Table]) {
        guard bytes.starts(with: Array(mark.utf8)) else {
            throw .shard(
                "not a tally: \(name): expected a file that 'semblance count' of this version wrote"
            )
        }
        let body = bytes.dropLast(32)
        guard bytes.count > mark.utf8.count + 32,
            Array(SHA256.hash(data: body)) == Array(bytes.suffix(32))
        else {
            throw .shard("damaged tally: \(name): its checksum is wrong; count that shard again")
        }
        var cursor = Cursor(bytes: body, index: mark.utf8.count)
        guard let facts = cursor.facts(), let tables = cursor.tables(), cursor.isAtEnd else {
            throw .shard("malformed tally: \(name): count that shard again")
        }
        return (facts, tables)
    }

    private static func append(_ value: Int, to bytes: inout [UInt8]) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private struct Cursor {
        let bytes: ArraySlice<UInt8>
        var index: Int

        var isAtEnd: Bool { index == bytes.endIndex }

        mutating func facts() -> ShardFacts? {
            guard let end = bytes[index...].firstIndex(of: 0x0A),
                let count = Int(String(decoding: bytes[index..<end], as: UTF8.self)),
                count >= 0, count < bytes.endIndex - end - 1
            else { return nil }
            let json = Data(bytes[end + 1..<end + 1 + count])
            index = end + 2 + count
            return try? JSONDecoder().decode(ShardFacts.self, from: json)
        }

        mutating func tables() -> [Table]? {
            guard let count = value(), count <= bytes.count else { return nil }
            var tables: [Table] = []
            for _ in 0..<count {
                guard let part = value(), part <= 1, let width = value(), width <= bytes.count
                else { return nil }
                var attributes: [Int] = []
                for _ in 0..<width {
                    guard let attribute = value() else { return nil }
                    attributes.append(attribute)
                }
                // No clique that is counted has more cells.
                guard let cells = value(), cells <= Curator.largestMarginal,
                    let counts = counts(cells)
                else { return nil }
                tables.append(
                    Table(
                        part: part == 0 ? .training : .holdout, attributes: attributes,
                        counts: counts))
            }
            return tables
        }

        private mutating func counts(_ cells: Int) -> [Int64]? {
            var counts: [Int64] = []
            counts.reserveCapacity(cells)
            while counts.count < cells {
                guard let count = value() else { return nil }
                counts.append(Int64(count))
                guard count == 0 else { continue }
                guard let run = value(), run <= cells - counts.count else { return nil }
                counts.append(contentsOf: repeatElement(0, count: run))
            }
            return counts
        }

        private mutating func value() -> Int? {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while index < bytes.endIndex, shift < 63 {
                let byte = bytes[index]
                index += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return Int(exactly: value) }
                shift += 7
            }
            return nil
        }
    }
}
