// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

extension TallyFile {
    /// What a file holds.
    struct Content {
        let facts: ShardFacts
        let tables: [Name: Tally]
        let sketch: [UnitHash]
        /// The bytes of each table.
        fileprivate let spans: [ArraySlice<UInt8>]

        /// Whether another shard of other records has equal tallies by a chance that may be left out
        /// of account.
        ///
        /// So it is from 1,000 records on if some table has 16 cells of 16 records or more each. Two
        /// samples agree in such a cell with a probability below 1/√(4π·16) = 0.071, and in fifteen of
        /// them, as the last one follows, below 10⁻¹⁷. A smaller shard, or one of few cells, may
        /// equal another by chance.
        var isTelling: Bool {
            guard let name = tables.keys.min(by: { $0.attributes.count < $1.attributes.count })
            else { return false }
            let records = [Part.training, .holdout].reduce(Int64(0)) { sum, part in
                let tally = tables[Name(part: part, attributes: name.attributes)]
                return sum + (tally?.entries.reduce(0) { $0 + $1.count } ?? 0)
            }
            return records >= 1_000
                && tables.values.contains { $0.entries.lazy.filter { $0.count >= 16 }.count >= 16 }
        }

        /// Tells tallies apart, whatever the order of their tables.
        var digest: [UInt8] {
            var hash = SHA256()
            for table in spans.map({ Array(SHA256.hash(data: $0)) })
                .sorted(by: { $0.lexicographicallyPrecedes($1) })
            {
                hash.update(data: table)
            }
            return Array(hash.finalize())
        }
    }

    /// Most records that one cell of a shard may have, so that sums over shards cannot overflow.
    private static let largestCount = 1 << 40
    /// Most shards that a table may have.
    static let largestShards = 1 << 20

    /// Reads a file.
    ///
    /// Anybody may have written it: a checksum tells damage, not malice. Memory is in proportion to
    /// the bytes whatever they say, since zeros are not spelt out.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - name: What to call it in errors.
    ///   - cells: How many cells a table of some attributes must have; nil where there is no such table.
    /// - Throws: `CurationError.shard` when it is no tally, damaged or of another version or schema.
    static func decode(
        _ bytes: [UInt8], name: String, cells: ([Int]) -> Int?
    ) throws(CurationError) -> Content {
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
        guard let facts = cursor.facts(), let tables = cursor.tables(cells: cells),
            let sketch = cursor.sketch(), cursor.isAtEnd
        else {
            throw .shard(
                "malformed tally: \(name): it does not fit the schema or the format; "
                    + "count that shard again")
        }
        return Content(facts: facts, tables: tables, sketch: sketch, spans: cursor.spans)
    }

    private struct Cursor {
        let bytes: ArraySlice<UInt8>
        var index: Int
        /// The tables that were read.
        private(set) var spans: [ArraySlice<UInt8>] = []

        init(bytes: ArraySlice<UInt8>, index: Int) {
            self.bytes = bytes
            self.index = index
        }

        var isAtEnd: Bool { index == bytes.endIndex }

        mutating func facts() -> ShardFacts? {
            guard let end = bytes[index...].firstIndex(of: 0x0A),
                let count = Int(String(decoding: bytes[index..<end], as: UTF8.self)),
                count >= 0, count < bytes.endIndex - end - 1
            else { return nil }
            let json = Data(bytes[end + 1..<end + 1 + count])
            index = end + 2 + count
            guard let facts = try? JSONDecoder().decode(ShardFacts.self, from: json),
                facts.shard >= 0, facts.shard < facts.shards, facts.shards <= largestShards
            else { return nil }
            return facts
        }

        mutating func tables(cells expected: ([Int]) -> Int?) -> [Name: Tally]? {
            guard let count = value(), count <= bytes.count else { return nil }
            var tables: [Name: Tally] = [:]
            for _ in 0..<count {
                let start = index
                guard let part = value(), part <= 1, let width = value(), width <= bytes.count
                else { return nil }
                var attributes: [Int] = []
                for _ in 0..<width {
                    guard let attribute = value() else { return nil }
                    attributes.append(attribute)
                }
                let name = Name(part: part == 0 ? .training : .holdout, attributes: attributes)
                guard let cells = value(), cells == expected(attributes), tables[name] == nil,
                    let entries = entries(cells)
                else { return nil }
                tables[name] = Tally(cells: cells, entries: entries)
                spans.append(bytes[start..<index])
            }
            return tables
        }

        private mutating func entries(_ cells: Int) -> [CellCount]? {
            var entries: [CellCount] = []
            var cell = 0
            while cell < cells {
                guard let count = value(), count <= largestCount else { return nil }
                if count > 0 {
                    entries.append(CellCount(key: UInt64(cell), count: Int64(count)))
                    cell += 1
                } else {
                    guard let run = value(), run < cells - cell else { return nil }
                    cell += run + 1
                }
            }
            return entries
        }

        mutating func sketch() -> [UnitHash]? {
            guard let count = value(), count <= UnitSketch.size,
                bytes.endIndex - index == 16 * count
            else { return nil }
            let hashes = (0..<count).map { _ in UnitHash(high: word(), low: word()) }
            return zip(hashes, hashes.dropFirst()).allSatisfy { $0 < $1 } ? hashes : nil
        }

        private mutating func word() -> UInt64 {
            defer { index += 8 }
            return bytes[index..<index + 8].reduce(0) { $0 << 8 | UInt64($1) }
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
