// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import Releases

@Suite("Blocks in order from many threads")
struct OrderedBlocksTests {
    private struct Failure: Error, Equatable { let block: Int }

    /// What passed each turn, in the order in which it passed.
    private final class Log: Sendable {
        private let all = Mutex<[[Int]]>([[], []])
        func add(_ block: Int, _ turn: Int) { all.withLock { $0[turn].append(block) } }
        var turns: [[Int]] { all.withLock { $0 } }
    }

    @Test("every block passes every turn in order, whatever the threads", arguments: [1, 2, 7, 0])
    func ordered(workers: Int) throws {
        for count in [0, 1, 2, 100] {
            let log = Log()
            try OrderedBlocks.make(count, turns: 2, workers: workers) { block, turn in
                try turn(0) { log.add(block, 0) }
                try turn(1) { log.add(block, 1) }
            }
            #expect(log.turns == [Array(0..<count), Array(0..<count)])
        }
    }

    @Test(
        "the first block that fails is what is thrown, and none behind it passes",
        arguments: [1, 4])
    func failing(workers: Int) throws {
        let log = Log()
        let error = #expect(throws: Failure.self) {
            try OrderedBlocks.make(100, turns: 2, workers: workers) { block, turn in
                try turn(0) { log.add(block, 0) }
                if block == 5 { throw Failure(block: block) }
                try turn(1) { log.add(block, 1) }
            }
        }
        #expect(error == Failure(block: 5))
        #expect(log.turns[1] == [0, 1, 2, 3, 4])
    }
}
