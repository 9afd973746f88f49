// SPDX-License-Identifier: Apache-2.0

import Streams
import Synchronization

/// The files of a table while several workers read them.
///
/// A worker prefers a file of its own, so that several compressed files are decompressed at the same
/// time; when there are no more files, it helps with one that another has open.
final class ReadCrew: Sendable {
    /// A file that is open, with its number.
    ///
    /// Sendable because everything but the lock is touched with the lock held only.
    private final class Desk: @unchecked Sendable {
        let lock = Mutex(())
        var sources: ByteSources?
        var table: OpenTable?
        var file = -1
        /// Bytes of the path at hand that were reported.
        var reported = 0
    }

    /// A fault and where it lies, to report the first one.
    private struct Fault {
        let file: Int
        let line: Int
        let error: TableError
    }

    private let paths: [String]
    private let plan: ReadPlan
    private let aside: BadRecords
    private let chunkSize: Int
    private let isExact: Bool
    private let allowsEmpty: Bool
    private let progress: ReadProgress?
    private let desks: [Desk]
    private let nextPath = Mutex(0)
    private let fault = Mutex<Fault?>(nil)
    private let isStopped = Atomic<Bool>(false)
    private let hasDelivered = Atomic<Bool>(false)
    private let numbers = Atomic<UInt64>(0)

    init(
        paths: [String], plan: ReadPlan, aside: BadRecords, chunkSize: Int, isExact: Bool,
        allowsEmpty: Bool, progress: ReadProgress?
    ) {
        self.paths = paths
        self.plan = plan
        self.aside = aside
        self.chunkSize = chunkSize
        self.isExact = isExact
        self.allowsEmpty = allowsEmpty
        self.progress = progress
        desks = (0..<64).map { _ in Desk() }
    }

    /// Reads until nothing is left or somebody met a fault.
    ///
    /// - Parameters:
    ///   - number: Which worker this is.
    ///   - count: How many there are.
    ///   - layout: Columns and capacity of its blocks.
    ///   - body: Takes the blocks.
    func work(
        _ number: Int, of count: Int, layout: CodeLayout,
        _ body: (Int, inout CodeBlock) throws(StreamError) -> Void
    ) {
        var piece = TextPiece(chunkSize: chunkSize, slotCount: plan.slotNames.count)
        var decoder = PieceDecoder(plan: plan, aside: aside)
        var block = CodeBlock(layout: layout)
        block.firstNumber = reserve(layout.capacity)
        let order = (0..<min(count, desks.count)).map { (number + $0) % min(count, desks.count) }
        var file = 0
        do throws(TableError) {
            while !isStopped.load(ordering: .relaxed) {
                if let progress, progress.wantsStop {
                    throw TableError(.interrupted, detail: "stopped before the end of the table")
                }
                guard try fetch(&piece, file: &file, order: order) else { break }
                try decoder.decode(&piece, isExact: isExact, into: &block) {
                    (block) throws(TableError) in
                    progress?.add(rows: block.rowCount, bytes: 0)
                    try deliver(&block, number, body)
                }
                progress?.add(rows: 0, bytes: piece.end - TextBuffer.lead)
            }
            if block.rowCount > 0 { try deliver(&block, number, body) }
        } catch {
            report(Fault(file: file, line: error.line ?? 0, error: error))
        }
    }

    /// Throws the first fault, or completes the quarantine file.
    func finish() throws(TableError) {
        if let fault = fault.withLock({ $0 }) { throw fault.error }
        // Without it nobody could see why there is no record left.
        try aside.finish()
        guard allowsEmpty || hasDelivered.load(ordering: .relaxed) else {
            throw TableError(
                .noRecords, file: paths[0],
                detail: "no records: every record was set aside; see the quarantine file")
        }
    }

    private func reserve(_ count: Int) -> UInt64 {
        numbers.add(UInt64(count), ordering: .relaxed).oldValue
    }

    private func deliver(
        _ block: inout CodeBlock, _ number: Int,
        _ body: (Int, inout CodeBlock) throws(StreamError) -> Void
    ) throws(TableError) {
        if block.rowCount > 0 { hasDelivered.store(true, ordering: .relaxed) }
        do throws(StreamError) {
            try body(number, &block)
        } catch {
            throw TableError(error)
        }
        block.removeAll()
        block.firstNumber = reserve(block.layout.capacity)
    }

    private func report(_ new: Fault) {
        isStopped.store(true, ordering: .relaxed)
        fault.withLock { old in
            if let found = old, (found.file, found.line) <= (new.file, new.line) { return }
            old = new
        }
    }

    /// Takes a piece of some file, one's own first.
    ///
    /// - Returns: False when no file has anything left.
    private func fetch(
        _ piece: inout TextPiece, file: inout Int, order: [Int]
    ) throws(TableError) -> Bool {
        if try take(&piece, file: &file, from: order[0], mayOpen: true) { return true }
        // Each of the others to its end: whoever holds its lock is reading, and will let go.
        for desk in order.dropFirst() {
            if try take(&piece, file: &file, from: desk, mayOpen: false) { return true }
        }
        return false
    }

    private func take(
        _ piece: inout TextPiece, file: inout Int, from number: Int, mayOpen: Bool
    ) throws(TableError) -> Bool {
        let desk = desks[number]
        return try desk.lock.withLock { (_) throws(TableError) in
            while true {
                if desk.table == nil, try !openNext(desk, mayOpen: mayOpen, file: &file) {
                    return false
                }
                file = desk.file
                guard var table = desk.table.take() else { return false }
                let exact = isExact || plan.isExact
                let isTaken = try table.take(&piece, isExact: exact)
                progress?.add(fileBytes: table.bytesConsumed - desk.reported)
                desk.reported = table.bytesConsumed
                if isTaken {
                    desk.table = consume table
                    return true
                }
                guard table.hasRecords || allowsEmpty else {
                    throw TableError(
                        .noRecords, file: table.name,
                        detail: "no records: the file has a header at most; leave it out")
                }
            }
        }
    }

    /// Opens the next file of the desk's archive, or else the next path.
    private func openNext(
        _ desk: Desk, mayOpen: Bool, file: inout Int
    ) throws(TableError) -> Bool {
        while true {
            if desk.sources == nil {
                guard mayOpen, let index = nextFile() else { return false }
                desk.file = index
                file = index
                desk.reported = 0
                desk.sources = ByteSources(paths[index], encoding: plan.format.encoding)
            }
            file = desk.file
            var source: ByteSource?
            do throws(StreamError) {
                source = try desk.sources?.next()
            } catch {
                throw TableError(error)
            }
            if let source = source.take() {
                desk.table = try OpenTable.opening(
                    source, format: plan.format, wanted: plan.slotNames,
                    allColumns: plan.allColumns, chunkSize: chunkSize)
                return true
            }
            desk.sources = nil
        }
    }

    private func nextFile() -> Int? {
        nextPath.withLock { next in
            guard next < paths.count, !isStopped.load(ordering: .relaxed) else { return nil }
            next += 1
            return next - 1
        }
    }
}
