// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Privacy
import Streams
import Synchronization
import Tables

/// Keeps at most k records of each privacy unit, wherever they stand in the stream.
///
/// The records kept are the k with the smallest keyed hash of unit and codes. The rule uses a unit's
/// own records and nothing else, so removing one unit changes no other unit's records, and
/// the result does not depend on the order of records or files or on the number of threads. (Records with
/// equal codes are interchangeable, so their ties do not matter.)
///
/// Records are spilled to partitions by unit hash; each partition is bounded by itself, in as many
/// passes as keep memory below a limit, so memory grows neither with records nor with units, only
/// with k.
final class UnitBounding: Sendable {
    static let partitions = 128
    /// Words before the codes: unit hash (8) and rank (4).
    static let prefix = 12
    /// Words of a chunk before its records: where the chunk before it lies (8).
    static let link = 8
    /// Records of a partition that one pass shall keep candidates of.
    private static let passRows = 150_000

    /// What was spilled to a partition: the last chunk, which names the one before it.
    struct Chain {
        var last: SpoolBlock?
        var rows = 0
    }

    let file: SpoolFile
    let columns: Int
    let cap: Int
    let ranks: KeyedHash
    private let chains = Mutex<[[Chain]]>(Array(repeating: [], count: UnitBounding.partitions))

    /// Words of a record.
    var width: Int { Self.prefix + columns }

    /// Creates an empty bound.
    ///
    /// - Parameters:
    ///   - columns: Codes of a record.
    ///   - cap: The most records of one unit that are kept.
    ///   - ranks: Orders the records of a unit.
    ///   - directory: Where the private file may live.
    ///   - encrypted: Whether it is encrypted.
    init(
        columns: Int, cap: Int, ranks: KeyedHash, in directory: String, encrypted: Bool
    ) throws(StreamError) {
        #if MUTANTS
            let cap = Mutation.active == .unboundedUnits ? .max : cap
        #endif
        file = try SpoolFile(in: directory, encrypted: encrypted)
        self.columns = columns
        self.cap = cap
        self.ranks = ranks
    }

    /// Takes over what one thread spilled.
    func add(_ spilled: [Chain]) {
        chains.withLock { all in
            for (partition, chain) in spilled.enumerated() where chain.rows > 0 {
                all[partition].append(chain)
            }
        }
    }

    /// Hands out every kept record with its unit, row-major, in no meaningful order.
    ///
    /// - Parameters:
    ///   - workers: Threads to use.
    ///   - body: Gets the thread's number, the unit's hash and the record's codes; called by all
    ///     threads at the same time.
    func finish(
        workers: Int,
        _ body: @Sendable (Int, UnitHash, ArraySlice<UInt16>) throws(StreamError) -> Void
    ) throws(StreamError) {
        let chains = self.chains.withLock { $0 }
        let next = Atomic<Int>(0)
        let failure = Mutex<StreamError?>(nil)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            do throws(StreamError) {
                while true {
                    let partition = next.add(1, ordering: .relaxed).oldValue
                    guard partition < Self.partitions else { break }
                    let rows = chains[partition].reduce(0) { $0 + $1.rows }
                    let passes = UInt64(rows / Self.passRows + 1)
                    for pass in 0..<passes {
                        try bound(chains[partition], pass: pass, of: passes) {
                            (unit, record) throws(StreamError) in
                            try body(worker, unit, record)
                        }
                    }
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// A record of one pass.
    private struct Candidate {
        let unit: UnitHash
        let rank: UInt64
        /// Where its codes begin.
        let start: Int
    }

    /// Bounds the units of a partition whose turn it is.
    private func bound(
        _ chains: [Chain], pass: UInt64, of passes: UInt64,
        _ body: (UnitHash, ArraySlice<UInt16>) throws(StreamError) -> Void
    ) throws(StreamError) {
        var candidates: [Candidate] = []
        var arena: [UInt16] = []
        var limit = 2 * Self.passRows
        for chain in chains {
            var block = chain.last
            while let current = block {
                let words = try read(current)
                block = Self.previous(words)
                for start in stride(from: Self.link, to: words.count, by: width) {
                    let unit = UnitHash(
                        high: Self.word(words, start), low: Self.word(words, start + 4))
                    // Another half of the hash than the one that chose the partition.
                    guard unit.low % passes == pass else { continue }
                    candidates.append(
                        Candidate(
                            unit: unit, rank: Self.word(words, start + 8), start: arena.count))
                    arena.append(contentsOf: words[start + Self.prefix..<start + width])
                }
                if candidates.count >= limit {
                    prune(&candidates, &arena)
                    limit = max(2 * Self.passRows, 2 * candidates.count)
                }
            }
        }
        prune(&candidates, &arena)
        for record in candidates {
            try body(record.unit, arena[record.start..<record.start + columns])
        }
    }

    /// Drops all but the first k of each unit, in the order of their ranks.
    private func prune(_ candidates: inout [Candidate], _ arena: inout [UInt16]) {
        candidates.sort {
            ($0.unit.high, $0.unit.low, $0.rank) < ($1.unit.high, $1.unit.low, $1.rank)
        }
        var kept: [Candidate] = []
        var codes: [UInt16] = []
        var ofUnit = 0
        for record in candidates {
            ofUnit = kept.last?.unit == record.unit ? ofUnit + 1 : ofUnit
            if kept.last?.unit != record.unit { ofUnit = 0 }
            guard ofUnit < cap else { continue }
            kept.append(Candidate(unit: record.unit, rank: record.rank, start: codes.count))
            codes.append(contentsOf: arena[record.start..<record.start + columns])
        }
        candidates = kept
        arena = codes
    }

    private func read(_ block: SpoolBlock) throws(StreamError) -> [UInt16] {
        var words = [UInt16](repeating: 0, count: block.count / 2)
        var failure: StreamError?
        unsafe words.withUnsafeMutableBytes { bytes in
            do throws(StreamError) {
                try unsafe file.read(block, into: bytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return words
    }

    /// The chunk before a chunk.
    private static func previous(_ words: [UInt16]) -> SpoolBlock? {
        let block = SpoolBlock(words: (word(words, 0), word(words, 4)))
        return block.count == 0 ? nil : block
    }

    static func word(_ buffer: [UInt16], _ start: Int) -> UInt64 {
        UInt64(buffer[start]) | UInt64(buffer[start + 1]) << 16 | UInt64(buffer[start + 2]) << 32
            | UInt64(buffer[start + 3]) << 48
    }
}

/// One thread's way into a bound: a buffer for each partition.
struct UnitSpiller: ~Copyable {
    private static let bufferWords = 8_192
    private static let shifts: [UInt64] = [0, 16, 32, 48]

    private let bounding: UnitBounding
    private var buffers: [[UInt16]]
    private var chains: [UnitBounding.Chain]
    private var record: [UInt16]

    init(_ bounding: UnitBounding) {
        self.bounding = bounding
        buffers = [[UInt16]](repeating: [], count: UnitBounding.partitions)
        chains = Array(repeating: UnitBounding.Chain(), count: UnitBounding.partitions)
        record = [UInt16](repeating: 0, count: bounding.columns)
    }

    /// Takes one record of a block.
    mutating func append(
        unit: UnitHash, _ block: borrowing CodeBlock, row: Int
    ) throws(StreamError) {
        for column in 0..<record.count {
            record[column] = UInt16(truncatingIfNeeded: block.code(column: column, row: row))
        }
        let rank = bounding.ranks(unit, codes: record[...])
        let partition = Int(unit.high >> 57)
        if buffers[partition].isEmpty {
            if buffers[partition].capacity == 0 {
                buffers[partition].reserveCapacity(Self.bufferWords + bounding.width)
            }
            let last = chains[partition].last?.words ?? (0, 0)
            append(last.0, to: partition)
            append(last.1, to: partition)
        }
        append(unit.high, to: partition)
        append(unit.low, to: partition)
        append(rank, to: partition)
        buffers[partition].append(contentsOf: record)
        chains[partition].rows += 1
        if buffers[partition].count >= Self.bufferWords { try spill(partition) }
    }

    private mutating func append(_ word: UInt64, to partition: Int) {
        for shift in Self.shifts {
            buffers[partition].append(UInt16(truncatingIfNeeded: word >> shift))
        }
    }

    private mutating func spill(_ partition: Int) throws(StreamError) {
        var failure: StreamError?
        let block = unsafe buffers[partition].withUnsafeBytes { bytes -> SpoolBlock? in
            do throws(StreamError) {
                return unsafe try bounding.file.append(bytes)
            } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        chains[partition].last = block
        buffers[partition].removeAll(keepingCapacity: true)
    }

    /// Spills what is buffered and hands the chunks over.
    mutating func finish() throws(StreamError) {
        for partition in buffers.indices where !buffers[partition].isEmpty { try spill(partition) }
        bounding.add(chains)
        chains = Array(repeating: UnitBounding.Chain(), count: UnitBounding.partitions)
        buffers = [[UInt16]](repeating: [], count: UnitBounding.partitions)
    }
}
