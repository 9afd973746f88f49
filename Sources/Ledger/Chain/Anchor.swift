// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Privacy

/// What an anchor remembers of a ledger: a checkpoint, and what each population had spent.
struct AnchorRecord: Sendable, Equatable {
    /// One population's budget at that moment.
    struct Budget: Sendable, Equatable, Codable {
        let population: String
        let cap: BudgetCap
        let cost: PrivacyCost
    }

    let checkpoint: Checkpoint
    /// Extension lines, as C2SP tlog-checkpoint allows: they are read only when something is lost.
    private var extensions: [String]
    private static let entryMark = "entry ", budgetMark = "budget ", lossMark = "loss accepted"

    init(checkpoint: Checkpoint, entry: String, budgets: [Budget]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.checkpoint = checkpoint
        extensions =
            [Self.entryMark + entry]
            + budgets.map { budget in
                // Strings only: encoding cannot fail.
                Self.budgetMark
                    + String(decoding: (try? encoder.encode(budget)) ?? Data(), as: UTF8.self)
            }
    }

    /// Reads one record without its empty line.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3,
            let checkpoint = Checkpoint(lines[..<3].joined(separator: "\n") + "\n"),
            lines[3...].allSatisfy({
                $0.hasPrefix(Self.entryMark) || $0.hasPrefix(Self.budgetMark)
                    || $0 == Self.lossMark
            })
        else { return nil }
        self.checkpoint = checkpoint
        extensions = lines[3...].map(String.init)
    }

    /// Says that the ledger was a shorter copy then, whose lost entries were charged anew.
    mutating func acceptLoss() { extensions.append(Self.lossMark) }

    /// The record with its empty line.
    var text: String {
        checkpoint.description + extensions.map { $0 + "\n" }.joined() + "\n"
    }

    /// The end of the chain then, as a head file names it; `nil` where no line tells it.
    var head: ChainHead? {
        extensions.first { $0.hasPrefix(Self.entryMark) }.map {
            ChainHead(
                sequence: checkpoint.size, hash: String($0.dropFirst(Self.entryMark.count)))
        }
    }

    /// What each population had spent; `nil` where a line is damaged.
    var budgets: [Budget]? {
        let lines = extensions.filter { $0.hasPrefix(Self.budgetMark) }
        let budgets = lines.compactMap { line in
            try? JSONDecoder().decode(
                Budget.self, from: Data(line.dropFirst(Self.budgetMark.count).utf8))
        }
        return budgets.count == lines.count ? budgets : nil
    }
}

/// An append-only file of checkpoints in other keeping than the ledger: on another disk, in a checkout that
/// is pushed somewhere, on a share.
///
/// Whoever restores an old copy of the ledger, with or without its head, has spent budget in the entries that
/// the copy lacks. The anchor knows that they were there, and how much they were.
struct Anchor: Sendable {
    let path: String

    /// The newest whole record; `nil` for a file that is empty or not there.
    ///
    /// Only the file's end is read, however long it is.
    func newest() throws(LedgerError) -> AnchorRecord? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let file = FileHandle(forReadingAtPath: path), let size = try? file.seekToEnd()
        else { throw unreadable }
        defer { try? file.close() }
        var length = min(size, 1 << 14)
        while true {
            guard (try? file.seek(toOffset: size - length)) != nil,
                let tail = length == 0 ? Data() : try? file.read(upToCount: Int(length))
            else { throw unreadable }
            let separator = Data([10, 10])
            // What a crash cut off has no empty line at its end.
            let end = tail.range(of: separator, options: .backwards)
            let whole = end.map { tail[..<$0.lowerBound] }
            let start = whole?.range(of: separator, options: .backwards)?.upperBound
            if length < size, start == nil {
                length = min(size, 2 * length)
                continue
            }
            guard let whole else { return nil }
            guard
                let text = String(
                    validating: whole[(start ?? whole.startIndex)...], as: UTF8.self),
                let record = AnchorRecord(text)
            else { throw unreadable }
            return record
        }
    }

    /// All whole records, oldest first; what a crash cut off is left out.
    ///
    /// - Throws: `LedgerError`. Complexity: O(size of the file).
    func records() throws(LedgerError) -> [AnchorRecord] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        guard let data = FileManager.default.contents(atPath: path) else { throw unreadable }
        let lines = data.split(separator: 10, omittingEmptySubsequences: false)
        return lines.split(whereSeparator: \.isEmpty).compactMap { record in
            String(validating: record.joined(separator: [10]), as: UTF8.self)
                .flatMap { AnchorRecord($0) }
        }
    }

    var unreadable: LedgerError {
        LedgerError(
            .corrupt,
            "anchor unreadable: \(path): expected checkpoints, each with an empty line after it; restore it "
                + "from a copy")
    }

    private var unwritable: LedgerError {
        LedgerError(
            .unavailable,
            "anchor not written: \(path): check that its disk is there, has space and can be written; no "
                + "noise is drawn for a charge that is not anchored")
    }

    /// Refuses an anchor that is not there although the ledger has entries: it may have been lost.
    func require(for size: Int) throws(LedgerError) {
        guard size > 0, !FileManager.default.fileExists(atPath: path) else { return }
        throw LedgerError(
            .unavailable,
            "anchor missing: \(path): put the newest copy back, or check that its disk is there; to begin "
                + "anchoring a ledger that has entries, make an empty file of that name")
    }

    /// Adds a record, durable.
    ///
    /// Two copies of a ledger may share an anchor, as a machine and its restored snapshot do. So the
    /// newest record is looked at and followed under one lock: the second copy sees what the first wrote.
    ///
    /// - Parameter following: Gets the newest record that is there; returns the one to add, or `nil` for
    ///   none. It throws where the ledger does not continue what is there, and nothing is written then.
    func append(
        _ following: (AnchorRecord?) throws(LedgerError) -> AnchorRecord?
    ) throws(LedgerError) {
        // A C string that lives for the call.
        let descriptor = unsafe open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unwritable }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { throw unwritable }
        guard let record = try following(newest()) else { return }
        let end = lseek(descriptor, 0, SEEK_END)
        var bytes = Array(record.text.utf8)
        if end > 0, !endsWithEmptyLine(descriptor, end) { bytes = [10, 10] + bytes }
        // In bounds: the count is the array's own.
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe write(descriptor, buffer.baseAddress, buffer.count)
        }
        guard count == bytes.count, fsync(descriptor) == 0 else { throw unwritable }
    }

    private func endsWithEmptyLine(_ descriptor: Int32, _ end: off_t) -> Bool {
        var tail: [UInt8] = [0, 0]
        // In bounds: two bytes into two.
        let count = unsafe tail.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, 2, max(0, end - 2))
        }
        return count == 2 && tail == [10, 10]
    }

    static func foreign(_ path: String) -> LedgerError {
        LedgerError(
            .corrupt,
            "anchor of another ledger: \(path): its checkpoints are not of this one; name the anchor that "
                + "belongs to the ledger")
    }
}
