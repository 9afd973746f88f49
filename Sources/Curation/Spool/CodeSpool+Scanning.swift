// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Streams
import Synchronization
import Tables

extension CodeSpool {
    /// Hands every block to a body, on several threads.
    ///
    /// - Parameters:
    ///   - workers: Threads to use.
    ///   - body: Gets the blocks in no meaningful order; called by all threads at the same time.
    func scan(
        workers: Int, _ body: @Sendable (borrowing CodeBlock) throws(StreamError) -> Void
    ) throws(StreamError) {
        let blocks = self.blocks
        let failure = Mutex<StreamError?>(nil)
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: max(1, min(workers, blocks.count))) { _ in
            var block = CodeBlock(layout: layout)
            do throws(StreamError) {
                while true {
                    let index = next.add(1, ordering: .relaxed).oldValue
                    guard index < blocks.count else { break }
                    try read(blocks[index], into: &block)
                    try body(block)
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
