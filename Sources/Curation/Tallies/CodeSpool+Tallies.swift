// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Streams
import Synchronization
import Tables

/// What a pass over a spool came to, put together by several threads.
private final class PassResult: Sendable {
    let totals: Mutex<[Int64]>
    let failure = Mutex<StreamError?>(nil)
    let next = Atomic<Int>(0)

    init(_ count: Int) { totals = Mutex(Array(repeating: 0, count: count)) }
}

extension CodeSpool {
    /// Counters that all threads together may have in one pass.
    static let passCounters = 24_000_000

    /// Exact tallies of cliques.
    ///
    /// - Parameters:
    ///   - cliques: Attribute indices of each clique, ascending and distinct.
    ///   - recoding: Merges cells first; nil for none.
    ///   - workers: Threads to use.
    /// - Returns: Row-major cells of each clique.
    /// - Complexity: O(rows × (columns + tables)), see `TallyPlan`, on as many threads as there is memory
    ///   for counters.
    func tallies(
        of cliques: [[Int]], recoding: Recoding?, workers: Int
    ) throws(StreamError) -> [[Int64]] {
        let plan = TallyPlan(cliques: cliques, sizes: recoding?.sizes ?? sizes)
        let cells = plan.tables.reduce(0) { $0 + $1.cells }
        let blocks = self.blocks
        let crew = max(1, min(workers, Self.passCounters / max(cells, 1), blocks.count))
        let result = PassResult(cells)
        let work: @Sendable (Int) -> Void = { _ in
            var counter = TallyCounter(plan: plan, recoding: recoding)
            var block = CodeBlock(layout: self.layout)
            while true {
                let index = result.next.add(1, ordering: .relaxed).oldValue
                guard index < blocks.count else { break }
                do throws(StreamError) {
                    try self.read(blocks[index], into: &block)
                } catch {
                    result.failure.withLock { $0 = error }
                    return
                }
                counter.add(block)
            }
            let own = counter.finish()
            result.totals.withLock { totals in
                for index in totals.indices { totals[index] += own[index] }
            }
        }
        if crew == 1 {
            work(0)
        } else {
            DispatchQueue.concurrentPerform(iterations: crew, execute: work)
        }
        if let failure = result.failure.withLock({ $0 }) { throw failure }
        return result.totals.withLock { totals in
            var starts: [Int] = []
            var end = 0
            for table in plan.tables {
                starts.append(end)
                end += table.cells
            }
            return cliques.indices.map { index in
                let table = plan.tables[plan.sources[index]]
                let start = starts[plan.sources[index]]
                return plan.marginal(
                    cliques[index], of: table, counts: Array(totals[start..<start + table.cells]))
            }
        }
    }
}
