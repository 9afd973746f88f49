// SPDX-License-Identifier: Apache-2.0

import Evaluation
import Streams
import Synchronization
import Tables
import Watermarking

/// A synthetic table as text, made block by block on all processors and written in order.
struct TableText: Sendable {
    /// The table.
    let table: SyntheticTable
    /// Its schema.
    let schema: Schema
    /// `csv` or `jsonl`.
    let format: String
    /// The recipient's watermark key, or `nil` for places by chance.
    let key: WatermarkKey?

    /// Writes all rows.
    ///
    /// - Parameters:
    ///   - control: Stops the writing, and says how many threads there are. The bytes are the same for any
    ///     number.
    ///   - sink: Takes the text piece by piece, in order; one piece at a time, on any thread.
    /// - Throws: `ReleaseError`; `interrupted` where somebody stopped it.
    /// - Complexity: O(rows); memory of one block a thread.
    func write(
        control: RunControl,
        to sink: @escaping @Sendable (_ text: borrowing Span<UInt8>) throws -> Void
    ) throws(ReleaseError) {
        let writer = TableWriter(
            format: format == "csv" ? .csv : .jsonl, schema: schema, seed: table.seed)
        let placement = PlacementWatermark(key: key, schema: schema, seed: table.seed)
        let used = Used(placement.contexts)
        let table = table
        do {
            try OrderedBlocks.make(table.blockCount, turns: 2, workers: control.workers) {
                block, turn in
                guard !control.reading.wantsStop else {
                    throw ReleaseError(
                        .interrupted, "interrupted while writing rows: nothing was kept")
                }
                let (codes, count) = table.block(block)
                var placed = placement.begin(
                    block: block, codes: codes, rowCount: count,
                    isUsedUp: used.isFull.load(ordering: .relaxed))
                try turn(0) { used.keepFresh(&placed) }
                placement.finish(&placed)
                var text = block == 0 ? writer.header : []
                writer.append(
                    codes: codes, positions: placed.positions, rowCount: count,
                    firstRow: UInt64(block * SyntheticTable.blockRows), to: &text)
                try turn(1) { try sink(text.span) }
            }
        } catch let error as ReleaseError {
            throw error
        } catch let error as StreamError {
            throw ReleaseError(error)
        } catch {
            throw ReleaseError(.software, "writing rows: \(error)")
        }
    }

    /// The contexts of the watermark, which blocks use in their order.
    private final class Used: Sendable {
        private let contexts: Mutex<UsedContexts>
        /// Whether all are used up; once true it stays so.
        let isFull: Atomic<Bool>

        init(_ contexts: UsedContexts) {
            isFull = Atomic(contexts.isFull)
            self.contexts = Mutex(contexts)
        }

        func keepFresh(_ block: inout PlacedBlock) {
            contexts.withLock { contexts in
                contexts.keepFresh(&block)
                if contexts.isFull { isFull.store(true, ordering: .relaxed) }
            }
        }
    }
}
