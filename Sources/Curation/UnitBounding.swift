// SPDX-License-Identifier: Apache-2.0

import Streams

/// Keeps at most k records of each privacy unit, wherever they stand in the stream.
///
/// The records kept are the k with the smallest keyed hash of unit and codes. The rule uses a unit's
/// own records and nothing else, so removing one unit changes no other unit's records, and
/// the result does not depend on the order of records or files. (Records with equal codes are
/// interchangeable, so their ties do not matter.)
///
/// Records are spilled to partitions by unit hash; each partition is bounded by itself, in as many
/// passes as keep memory below a limit, so memory grows neither with records nor with units.
struct UnitBounding: ~Copyable {
    private static let partitions = 128
    private static let bufferWords = 4096
    /// Records of a partition that one pass may keep candidates of.
    private static let passRows = 150_000
    /// Words before the codes: unit hash (8) and rank (4).
    private static let prefix = 12

    private var file: PrivateFile
    private let columns: Int
    private let cap: Int
    private let ranks: KeyedHash
    private var buffers: [[UInt16]]
    /// For each partition the chunks in the file: element offset and length.
    private var chunks: [[(offset: Int, count: Int)]]
    private var rows: [Int]
    private var record: [UInt16]

    private var width: Int { Self.prefix + columns }

    /// Creates an empty bound.
    ///
    /// - Parameters:
    ///   - columns: Codes of a record.
    ///   - cap: The most records of one unit that are kept.
    ///   - ranks: Orders the records of a unit.
    ///   - directory: Where the private file may live.
    init(columns: Int, cap: Int, ranks: KeyedHash, in directory: String) throws(StreamError) {
        file = try PrivateFile(in: directory)
        self.columns = columns
        self.cap = cap
        self.ranks = ranks
        buffers = [[UInt16]](repeating: [], count: Self.partitions)
        chunks = [[(offset: Int, count: Int)]](repeating: [], count: Self.partitions)
        rows = [Int](repeating: 0, count: Self.partitions)
        record = [UInt16](repeating: 0, count: columns)
    }

    /// Takes one record of a column-major block.
    mutating func append(
        unit: UnitHash, codes: [UInt16], stride: Int, row: Int
    ) throws(StreamError) {
        for column in 0..<columns { record[column] = codes[column * stride + row] }
        let rank = ranks(unit, codes: record[...])
        let partition = Int(unit.high >> 57)
        for word in [unit.high, unit.low, rank] {
            for shift in stride4 {
                buffers[partition].append(UInt16(truncatingIfNeeded: word >> shift))
            }
        }
        buffers[partition].append(contentsOf: record)
        rows[partition] += 1
        if buffers[partition].count >= Self.bufferWords { try spill(partition) }
    }

    private let stride4: [UInt64] = [0, 16, 32, 48]

    private mutating func spill(_ partition: Int) throws(StreamError) {
        let offset = file.byteCount / 2
        let words = buffers[partition]
        try file.append(words.span)
        chunks[partition].append((offset, words.count))
        buffers[partition].removeAll(keepingCapacity: true)
    }

    /// Hands out every kept record with its unit, row-major, in no meaningful order.
    ///
    /// - Parameter body: Gets the unit's hash and the record's codes.
    mutating func finish(
        _ body: (UnitHash, ArraySlice<UInt16>) throws(StreamError) -> Void
    ) throws(StreamError) {
        for partition in 0..<Self.partitions {
            if !buffers[partition].isEmpty { try spill(partition) }
            buffers[partition] = []
        }
        for partition in 0..<Self.partitions {
            let passes = rows[partition] / Self.passRows + 1
            for pass in 0..<passes {
                try bound(partition, pass: UInt64(pass), of: UInt64(passes), body)
            }
        }
    }

    /// The kept records of one unit: where each stands in the arena, and its rank.
    private struct Kept {
        var slots: [(rank: UInt64, slot: Int)]
    }

    private func bound(
        _ partition: Int, pass: UInt64, of passes: UInt64,
        _ body: (UnitHash, ArraySlice<UInt16>) throws(StreamError) -> Void
    ) throws(StreamError) {
        var kept: [UnitHash: Kept] = [:]
        var arena: [UInt16] = []
        var buffer: [UInt16] = []
        for chunk in chunks[partition] {
            if buffer.count != chunk.count { buffer = [UInt16](repeating: 0, count: chunk.count) }
            let got = try file.read(atElement: chunk.offset, into: &buffer)
            guard got == chunk.count else {
                throw StreamError(
                    kind: .io, path: "spool", detail: "the temporary file is cut short")
            }
            for start in stride(from: 0, to: chunk.count, by: width) {
                let unit = UnitHash(
                    high: Self.word(buffer, start), low: Self.word(buffer, start + 4))
                // Another half of the hash than the one that chose the partition.
                guard unit.low % passes == pass else { continue }
                let rank = Self.word(buffer, start + 8)
                let codes = buffer[start + Self.prefix..<start + width]
                keep(codes, rank: rank, in: &kept[unit, default: Kept(slots: [])], arena: &arena)
            }
        }
        for (unit, records) in kept {
            for (_, slot) in records.slots { try body(unit, arena[slot..<slot + columns]) }
        }
    }

    /// Adds a record to its unit's kept ones, or replaces the one of largest rank.
    private func keep(
        _ codes: ArraySlice<UInt16>, rank: UInt64, in kept: inout Kept, arena: inout [UInt16]
    ) {
        if kept.slots.count < cap {
            kept.slots.append((rank, arena.count))
            arena.append(contentsOf: codes)
            siftUp(&kept.slots)
        } else if rank < kept.slots[0].rank {
            let slot = kept.slots[0].slot
            arena.replaceSubrange(slot..<slot + columns, with: codes)
            kept.slots[0].rank = rank
            siftDown(&kept.slots)
        }
    }

    /// The slots are a binary heap with the largest rank first: O(log k) a record.
    private func siftUp(_ heap: inout [(rank: UInt64, slot: Int)]) {
        var child = heap.count - 1
        while child > 0, heap[child].rank > heap[(child - 1) / 2].rank {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func siftDown(_ heap: inout [(rank: UInt64, slot: Int)]) {
        var parent = 0
        while true {
            var largest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].rank > heap[largest].rank {
                largest = child
            }
            if largest == parent { return }
            heap.swapAt(parent, largest)
            parent = largest
        }
    }

    private static func word(_ buffer: [UInt16], _ start: Int) -> UInt64 {
        UInt64(buffer[start]) | UInt64(buffer[start + 1]) << 16 | UInt64(buffer[start + 2]) << 32
            | UInt64(buffer[start + 3]) << 48
    }
}
