// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Streams
import Synchronization
import Tables

/// A histogram over records in which each record falls into one cell: the exact side of an evidence
/// query.
enum RecordQuery: Sendable, Codable, Hashable {
    /// By the code of a label, if there is one, and the bin of a score.
    case score(AdditiveScore, label: Int?)
    /// By whether a lookup has no entry, a wrong one or a right one.
    case match(MatchQuery)

    /// Whether the query fits a table; one that comes from a file may not.
    func fits(sizes: [Int]) -> Bool {
        func cells(_ attributes: [Int]) -> Int? {
            guard attributes.allSatisfy(sizes.indices.contains) else { return nil }
            let count = Curator.cellCount(attributes, sizes)
            return count == .max ? nil : count
        }
        switch self {
        case .score(let score, let label):
            return zip(score.thresholds, score.thresholds.dropFirst()).allSatisfy { $0 < $1 }
                && label.map(sizes.indices.contains) ?? true
                && score.terms.allSatisfy { cells($0.attributes) == $0.table.count }
        case .match(let match):
            return sizes.indices.contains(match.target) && cells(match.attributes) != nil
        }
    }

    /// Extents of the histogram, the first one most significant.
    func shape(sizes: [Int]) -> [Int] {
        switch self {
        case .score(let score, let label):
            [label.map { sizes[$0] } ?? 1, score.thresholds.count + 1]
        case .match: [3]
        }
    }

    /// Adds the records of a block.
    ///
    /// - Complexity: O(rows × attributes of the query).
    func count(_ block: borrowing CodeBlock, sizes: [Int], into cells: inout [Int64]) {
        switch self {
        case .score(let score, let label):
            let bins = score.thresholds.count + 1
            var scores = [Int64](repeating: 0, count: block.rowCount)
            var places = [Int](repeating: 0, count: block.rowCount)
            for term in score.terms {
                Self.place(term.attributes, block, sizes: sizes, into: &places)
                for row in scores.indices { scores[row] += Int64(term.table[places[row]]) }
            }
            for row in scores.indices {
                let first = label.map { block.code(column: $0, row: row) } ?? 0
                cells[first * bins + Self.bin(scores[row], score.thresholds)] += 1
            }
        case .match(let match):
            for row in 0..<block.rowCount {
                var key: UInt64 = 0
                for attribute in match.attributes {
                    key =
                        key * UInt64(sizes[attribute])
                        + UInt64(block.code(column: attribute, row: row))
                }
                let truth = block.code(column: match.target, row: row)
                let guess = match.predictions[key]
                cells[guess == nil ? 0 : Int(guess ?? 0) == truth ? 2 : 1] += 1
            }
        }
    }

    /// The cell of each record in a clique.
    private static func place(
        _ attributes: [Int], _ block: borrowing CodeBlock, sizes: [Int], into places: inout [Int]
    ) {
        for row in places.indices { places[row] = 0 }
        for attribute in attributes {
            for row in places.indices {
                places[row] =
                    places[row] * sizes[attribute]
                    + block.code(column: attribute, row: row)
            }
        }
    }

    private static func bin(_ score: Int64, _ thresholds: [Int64]) -> Int {
        var low = 0, high = thresholds.count
        while low < high {
            let middle = (low + high) / 2
            if thresholds[middle] <= score { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension CodeSpool {
    /// The exact histogram of a query.
    ///
    /// - Parameters:
    ///   - query: The query; it fits the spool's attributes.
    ///   - workers: Threads to use.
    func histogram(of query: RecordQuery, workers: Int) throws(StreamError) -> [Int64] {
        let blocks = self.blocks
        let count = query.shape(sizes: sizes).reduce(1, *)
        let totals = Mutex([Int64](repeating: 0, count: count))
        let failure = Mutex<StreamError?>(nil)
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: max(1, min(workers, blocks.count))) { _ in
            var cells = [Int64](repeating: 0, count: count)
            var block = CodeBlock(layout: layout)
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < blocks.count else { break }
                do throws(StreamError) {
                    try read(blocks[index], into: &block)
                } catch {
                    failure.withLock { $0 = error }
                    return
                }
                query.count(block, sizes: sizes, into: &cells)
            }
            totals.withLock { totals in
                for index in totals.indices { totals[index] += cells[index] }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        return totals.withLock { $0 }
    }
}
