// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Glibc

/// Threads that each make whole blocks, and take turns wherever the order of blocks counts.
///
/// A thread has one block at a time, so memory is that of as many blocks as there are threads, and what is
/// written never depends on how many they are.
final class OrderedBlocks: @unchecked Sendable {
    /// Blocks that passed a turn, by turn; guarded by `condition`, as all that changes is.
    private var passed: [Int]
    private var claimed = 0
    private var isStopped = false
    private let count: Int
    private let condition = NSCondition()

    private init(count: Int, turns: Int) {
        self.count = count
        passed = [Int](repeating: 0, count: turns)
    }

    /// Makes blocks.
    ///
    /// - Parameters:
    ///   - count: How many blocks there are.
    ///   - turns: How many times a block waits for its turn; each has to be taken once.
    ///   - workers: Threads; 0 for one a processor.
    ///   - work: Makes a block, on any thread; `turn` runs a part of it once all blocks before have passed the
    ///     same turn, or throws `CancellationError` where another block failed.
    /// - Throws: What `work` threw of the first block that failed.
    static func make(
        _ count: Int, turns: Int, workers: Int,
        _ work:
            @Sendable (
                _ block: Int, _ turn: (_ number: Int, _ body: () throws -> Void) throws -> Void
            ) throws -> Void
    ) throws {
        let blocks = OrderedBlocks(count: count, turns: turns)
        let threads = workers > 0 ? workers : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let failures = Failures()
        DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
            while let block = blocks.next() {
                do {
                    try work(block) { try blocks.take($0, of: block, $1) }
                } catch {
                    failures.note(error, of: block)
                    blocks.stop()
                }
            }
        }
        if let failure = failures.first { throw failure }
    }

    private func next() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        guard !isStopped, claimed < count else { return nil }
        claimed += 1
        return claimed - 1
    }

    private func take(_ turn: Int, of block: Int, _ body: () throws -> Void) throws {
        condition.lock()
        while passed[turn] < block, !isStopped { condition.wait() }
        let isStopped = isStopped
        condition.unlock()
        guard !isStopped else { throw CancellationError() }
        try body()
        condition.lock()
        passed[turn] = block + 1
        condition.broadcast()
        condition.unlock()
    }

    private func stop() {
        condition.lock()
        isStopped = true
        condition.broadcast()
        condition.unlock()
    }

    /// What went wrong, of the first block that did.
    private final class Failures: @unchecked Sendable {
        private let lock = NSLock()
        private var all: [(block: Int, error: any Error)] = []

        func note(_ error: any Error, of block: Int) {
            guard !(error is CancellationError) else { return }
            lock.withLock { all.append((block, error)) }
        }

        var first: (any Error)? {
            lock.withLock { all.min { $0.block < $1.block }?.error }
        }
    }
}
