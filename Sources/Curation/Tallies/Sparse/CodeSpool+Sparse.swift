// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Streams
import Synchronization
import Tables

/// The runs that threads counted in one pass, clique by clique, and the file of those that were spilled.
private final class SparsePass<Key: CellKey>: Sendable {
    let file: SpoolFile
    let runs: Mutex<[[SparseRun<Key>]]>
    let failure = Mutex<StreamError?>(nil)
    let next = Atomic<Int>(0)

    init(_ cliques: Int, file: consuming SpoolFile) {
        self.file = file
        runs = Mutex(Array(repeating: [], count: cliques))
    }
}

extension CodeSpool {
    /// Memory of all counters of a pass.
    static let sparseBytes = 64 << 20
    /// Keys that all counters of a pass sort at a time.
    static func sparseKeys<Key: CellKey>(_: Key.Type) -> Int {
        sparseBytes / SparseCounter<Key>.bytesPerKey
    }
    /// Keys that a counter sorts at a time at least, unless there is but one: smaller runs are many.
    private static let batchKeys = 1 << 16
    /// Cliques that are counted in one reading of the spool.
    private static let passCliques = 8

    /// Exact sparse tallies of cliques of any size, in memory that grows neither with records nor
    /// with cells but for an index of what is spilled: 24 bytes for each 1,024 entries, or 1.5 MiB
    /// a GiB.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each clique, ascending and distinct; their cells fit into a key.
    ///   - recoding: Merges cells first; nil for none.
    ///   - workers: Threads to use.
    ///   - keys: Keys that all threads together sort at a time; nil for 64 MiB of them.
    ///   - body: Gets the index of a clique and its next entries, with ascending keys; cliques come one after
    ///     the other, and one without records not at all.
    /// - Complexity: O(rows × (columns + cliques × bits of a key)), and a merge of the threads' runs.
    func sparseTallies<Key: CellKey>(
        of cliques: [[Int]], recoding: Recoding?, workers: Int, keys: Int? = nil,
        _ body: (Int, [KeyCount<Key>]) throws(StreamError) -> Void
    ) throws(StreamError) {
        let keys = keys ?? Self.sparseKeys(Key.self)
        let crew = max(1, min(workers, blocks.count, keys / Self.batchKeys))
        let width = max(1, min(Self.passCliques, keys / (crew * Self.batchKeys)))
        for start in stride(from: 0, to: cliques.count, by: width) {
            let range = start..<min(start + width, cliques.count)
            let pass: SparsePass<Key> = try sparsePass(
                Array(cliques[range]), recoding: recoding, crew: crew, keys: keys)
            for (offset, index) in range.enumerated() {
                let runs = pass.runs.withLock { all in
                    defer { all[offset] = [] }
                    return all[offset]
                }
                try SparseRun.merge(runs, in: pass.file, workers: crew) {
                    (cells) throws(StreamError) in
                    try body(index, cells)
                }
            }
        }
    }

    private func sparsePass<Key: CellKey>(
        _ cliques: [[Int]], recoding: Recoding?, crew: Int, keys: Int
    ) throws(StreamError) -> SparsePass<Key> {
        let blocks = self.blocks
        let sizes = recoding?.sizes ?? self.sizes
        let maps = MixedRadix.maps(of: recoding, columns: sizes.count)
        // No more than there are records: a small table needs little.
        let rows = blocks.reduce(0) { $0 + $1.rows }
        let capacity = max(1, min(keys / (crew * cliques.count), rows))
        let pass = SparsePass<Key>(cliques.count, file: try scratchFile())
        let work: @Sendable (Int) -> Void = { _ in
            do throws(StreamError) {
                let counters = cliques.map { clique in
                    Counting(
                        SparseCounter<Key>(clique, sizes: sizes, maps: maps, capacity: capacity))
                }
                var block = CodeBlock(layout: self.layout)
                while true {
                    let index = pass.next.add(1, ordering: .relaxed).oldValue
                    guard index < blocks.count else { break }
                    try self.read(blocks[index], into: &block)
                    for counter in counters { try counter.add(block, spillingTo: pass.file) }
                }
                for (index, counter) in counters.enumerated() {
                    let runs = counter.finish()
                    pass.runs.withLock { $0[index] += runs }
                }
            } catch {
                pass.failure.withLock { $0 = error }
            }
        }
        if crew == 1 {
            work(0)
        } else {
            DispatchQueue.concurrentPerform(iterations: crew, execute: work)
        }
        if let failure = pass.failure.withLock({ $0 }) { throw failure }
        return pass
    }
}

/// A counter in an array, which holds no values that cannot be copied.
private final class Counting<Key: CellKey> {
    private var counter: SparseCounter<Key>?

    init(_ counter: consuming SparseCounter<Key>) { self.counter = consume counter }

    func add(
        _ block: borrowing CodeBlock, spillingTo file: borrowing SpoolFile
    ) throws(StreamError) {
        try counter?.add(block, spillingTo: file)
    }

    func finish() -> [SparseRun<Key>] { counter.take()?.finish() ?? [] }
}
