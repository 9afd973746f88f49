// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Streams
import Synchronization

/// Entries of a sparse tally with ascending keys, in memory or in a private file.
enum SparseRun<Key: CellKey>: Sendable {
    case held([KeyCount<Key>])
    case spilled(Spilled)

    /// Entries of a block of the file, and of what is handed on at once.
    static var chunk: Int { 1_024 }
    /// Runs that are merged at a time: so many that what is read of each stays small together.
    static var ways: Int { 512 }

    /// The blocks of a run in a file, in order, each with its first key.
    struct Spilled: Sendable {
        private(set) var blocks: [(first: Key, block: SpoolBlock)] = []

        init() {}

        /// Writes entries.
        init(_ cells: [KeyCount<Key>], to file: borrowing SpoolFile) throws(StreamError) {
            for start in stride(from: 0, to: cells.count, by: chunk) {
                try append(cells[start..<min(start + chunk, cells.count)], to: file)
            }
        }

        /// Appends entries behind those that are there, at most a chunk.
        mutating func append(
            _ cells: ArraySlice<KeyCount<Key>>, to file: borrowing SpoolFile
        ) throws(StreamError) {
            guard let first = cells.first else { return }
            var failure: StreamError?
            // The machine's own byte order: nothing but this process reads the file.
            let block = unsafe cells.withUnsafeBytes { bytes -> SpoolBlock? in
                do throws(StreamError) {
                    return unsafe try file.append(bytes)
                } catch {
                    failure = error
                    return nil
                }
            }
            if let failure { throw failure }
            if let block { blocks.append((first.key, block)) }
        }
    }

    /// Some of the run's keys, about one in four chunks.
    private var samples: [Key] {
        switch self {
        case .held(let cells):
            stride(from: 0, to: cells.count, by: 4 * Self.chunk).map { cells[$0].key }
        case .spilled(let run):
            stride(from: 0, to: run.blocks.count, by: 4).map { run.blocks[$0].first }
        }
    }

    /// Adds runs up, however many there are.
    ///
    /// The range of keys is divided where the runs' samples say that some tens of thousands of entries lie
    /// between; threads merge one division each and the results are handed on in order.
    ///
    /// - Parameters:
    ///   - runs: The runs.
    ///   - file: Where spilled ones are.
    ///   - workers: Threads to use.
    ///   - ways: Runs that are merged at a time, at least 2; more are merged in rounds.
    ///   - body: Gets entries with ascending keys, some at a time.
    static func merge(
        _ runs: [SparseRun], in file: borrowing SpoolFile, workers: Int,
        ways: Int = SparseRun.ways, _ body: ([KeyCount<Key>]) throws(StreamError) -> Void
    ) throws(StreamError) {
        // Nothing to add up.
        if runs.count == 1, case .held(let cells) = runs[0] { return try body(cells) }
        var runs = runs
        while runs.count > ways {
            var target = Spilled()
            var merge = try RunMerge(Array(runs.prefix(ways)), in: file)
            while true {
                let cells = try merge.next(chunk, from: file)
                guard !cells.isEmpty else { break }
                try target.append(cells[...], to: file)
            }
            runs = Array(runs.dropFirst(ways)) + [.spilled(target)]
        }
        let remaining = runs
        let samples = remaining.flatMap(\.samples).sorted()
        let bounds = stride(from: 16, to: samples.count, by: 16).map { samples[$0] } + [.max]
        for start in stride(from: 0, to: bounds.count, by: workers) {
            let count = min(workers, bounds.count - start)
            let merged = try divisions(count, in: file) { (index, file) throws(StreamError) in
                let place = start + index
                var merge = try RunMerge(
                    remaining, from: place == 0 ? 0 : bounds[place - 1], to: bounds[place], in: file
                )
                return try merge.next(.max, from: file)
            }
            for cells in merged where !cells.isEmpty { try body(cells) }
        }
    }

    /// What a body gives for each number, on a thread each.
    private static func divisions(
        _ count: Int, in file: borrowing SpoolFile,
        _ body: @Sendable (Int, borrowing SpoolFile) throws(StreamError) -> [KeyCount<Key>]
    ) throws(StreamError) -> [[KeyCount<Key>]] {
        guard count > 1 else { return [try body(0, file)] }
        let results = Mutex([[KeyCount<Key>]](repeating: [], count: count))
        let failure = Mutex<StreamError?>(nil)
        DispatchQueue.concurrentPerform(iterations: count) { index in
            do throws(StreamError) {
                let cells = try body(index, file)
                results.withLock { $0[index] = cells }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        return results.withLock { $0 }
    }
}
