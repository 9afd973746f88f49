// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Blocks of a table that were made, as many as fit in some memory.
///
/// A table is read from the first block to the last one, several times: the first blocks that fit are kept,
/// and those behind them are made again each time. A block is the same whether it was kept or not.
final class BlockCache: Sendable {
    private let kept = Mutex<[Int: UnitBlock]>([:])
    private let capacity: Int

    /// Memory for kept blocks.
    static let bytes = 64 << 20

    /// - Parameter blockBytes: What a block takes.
    init(blockBytes: Int) {
        capacity = Self.bytes / max(1, blockBytes)
    }

    /// A block, made now or before.
    ///
    /// - Parameters:
    ///   - index: The block.
    ///   - make: Makes it.
    func block(_ index: Int, make: (Int) -> UnitBlock) -> UnitBlock {
        if let block = kept.withLock({ $0[index] }) { return block }
        let block = make(index)
        if index < capacity { kept.withLock { $0[index] = block } }
        return block
    }

    /// Some blocks, those that have to be made beside each other.
    ///
    /// - Parameters:
    ///   - range: The blocks.
    ///   - make: Makes one; called by several threads at once.
    /// - Returns: The blocks in order.
    func blocks(_ range: Range<Int>, make: @Sendable (Int) -> UnitBlock) -> [UnitBlock] {
        let made = Mutex<[Int: UnitBlock]>([:])
        DispatchQueue.concurrentPerform(iterations: range.count) { position in
            let index = range.lowerBound + position
            let block = self.block(index, make: make)
            made.withLock { $0[index] = block }
        }
        return made.withLock { made in range.compactMap { made[$0] } }
    }
}
