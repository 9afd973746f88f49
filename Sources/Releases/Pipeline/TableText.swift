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
    /// The column that names the privacy unit, or `nil` where each record is its own.
    let unitColumn: String?
    /// The recipient's watermark key, or `nil` for places by chance.
    let key: WatermarkKey?

    /// Writes all rows.
    ///
    /// - Parameters:
    ///   - control: Stops the writing, and says how many threads there are. The bytes are the same for any
    ///     number.
    ///   - sink: Takes the text piece by piece, in order; one piece at a time, on any thread.
    /// - Returns: What was done to rows after their values were placed.
    /// - Throws: `ReleaseError`; `interrupted` where somebody stopped it, `software` where a row broke one of the
    ///   table's constraints.
    /// - Complexity: O(rows); memory of one block a thread.
    func write(
        control: RunControl,
        to sink: @escaping @Sendable (_ text: borrowing Span<UInt8>) throws -> Void
    ) throws(ReleaseError) -> FinishedRows {
        let writer = TableWriter(
            format: format == "csv" ? .csv : .jsonl, schema: schema, seed: table.seed,
            unitColumn: unitColumn)
        let finishing = RowFinishing(table, schema: schema)
        let finished = Finished()
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
                var rows = table.unitBlock(block)
                var placed = placement.begin(
                    block: block, codes: rows.codes, rowCount: rows.rowCount,
                    isUsedUp: used.isFull.load(ordering: .relaxed))
                try turn(0) { used.keepFresh(&placed) }
                placement.finish(&placed)
                var positions = placed.positions
                let firstRow = UInt64(block * SyntheticTable.blockRows)
                let (units, done) = finishing.finish(
                    &rows, positions: &positions, firstRow: firstRow)
                try finished.add(done)
                var text = block == 0 ? writer.header : []
                writer.append(
                    codes: rows.codes, positions: positions, rowCount: rows.rowCount,
                    firstRow: firstRow, units: units, to: &text)
                try turn(1) { try sink(text.span) }
            }
        } catch let error as ReleaseError {
            throw error
        } catch let error as StreamError {
            throw ReleaseError(error)
        } catch {
            throw ReleaseError(.software, "writing rows: \(error)")
        }
        return finished.rows
    }

    /// What was done to rows, from several threads.
    private final class Finished: Sendable {
        private let sum = Mutex(FinishedRows())

        var rows: FinishedRows { sum.withLock { $0 } }

        func add(_ done: FinishedRows) throws(ReleaseError) {
            guard done.brokenRows == 0 else {
                throw ReleaseError(
                    .software,
                    "constraints: rows were drawn that break a declared one; nothing was written of them, "
                        + "please report this")
            }
            sum.withLock { $0.add(done) }
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
