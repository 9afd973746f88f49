// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// The end of a chain.
struct ChainHead: Sendable, Hashable {
    /// The number of entries.
    let sequence: Int
    /// The hash of the last one.
    let hash: String

    /// The end of a chain without entries.
    static let start = ChainHead(sequence: 0, hash: Entry.noPredecessor)
}

/// The last known head of a ledger, beside it: a chain alone cannot tell that its end was cut off.
///
/// The file has two lines of fixed length, `sequence hash check`, written in turn and in place. So a new
/// head needs no space, which a full disk may not have. It is flushed after the entries that it names: after
/// a crash or a power cut the file names this head or the one before, and a ledger extends both.
struct HeadFile {
    let path: String
    private static let lineLength = 20 + 1 + 64 + 1 + 16 + 1

    /// The newest head; `nil` where none was ever written.
    func read() throws(LedgerError) -> ChainHead? {
        // Looked for first: it may be made by another process between the two.
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path),
            let head = Self.newest(in: [UInt8](data))
        else { throw unreadable }
        return head
    }

    private var unreadable: LedgerError {
        LedgerError(
            .corrupt,
            "ledger head unreadable: \(path): expected two lines of a number and a hash; restore it from "
                + "a copy")
    }

    /// Makes the file for a ledger without entries, whole or not at all; one that is there stays.
    func create() throws(LedgerError) {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        try place(ChainHead.start, over: false)
    }

    /// Names another head, whatever was there: the end of a ledger whose lost entries were accepted.
    func replace(by head: ChainHead) throws(LedgerError) { try place(head, over: true) }

    private func place(_ head: ChainHead, over isReplacing: Bool) throws(LedgerError) {
        // A name of its own for each writer: two of them must not share a half-written file.
        let temporary = path + ".\(Entry.randomHex()).partial"
        let manager = FileManager.default
        let line = Self.line(head)
        defer {
            if manager.fileExists(atPath: temporary) { try? manager.removeItem(atPath: temporary) }
        }
        guard
            manager.createFile(
                atPath: temporary, contents: Data(line + line),
                attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: temporary),
            (try? handle.synchronize()) != nil, (try? handle.close()) != nil,
            // Two C strings that live for the call.
            unsafe isReplacing
                ? rename(temporary, path) == 0 : Self.link(temporary, to: path)
        else {
            throw LedgerError(
                .unavailable, "ledger head not written: \(path): check space and permissions")
        }
    }

    /// Gives a file its name unless there is one of that name; where a file system has no hard links, the
    /// instant between the look and the renaming is the best there is.
    private static func link(_ temporary: String, to path: String) -> Bool {
        // Two C strings that live for the call.
        if unsafe Glibc.link(temporary, path) == 0 || errno == EEXIST { return true }
        guard errno == EPERM || errno == EOPNOTSUPP else { return false }
        return unsafe rename(temporary, path) == 0
    }

    /// Names a newer head; an older one never replaces it.
    ///
    /// A head that stays behind is no fault, only a weaker witness: the ledger still extends it. So a
    /// disk that cannot take it does not undo the charge that is on record.
    func advance(to head: ChainHead) {
        // A C string that lives for the call.
        let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 2 * Self.lineLength + 1)
        // In bounds: the count is the array's own.
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
        }
        guard count == 2 * Self.lineLength, let known = Self.newest(in: bytes),
            known.sequence < head.sequence
        else { return }
        // Never over the newest line: a write that is torn leaves that one whole.
        let first = Self.parse(bytes[..<Self.lineLength])
        let offset = first == known ? Self.lineLength : 0
        let line = Self.line(head)
        // In bounds: the count is the array's own.
        _ = unsafe line.withUnsafeBytes { buffer in
            unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        }
        _ = fdatasync(descriptor)
    }

    private static func newest(in bytes: [UInt8]) -> ChainHead? {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { parse($0) }
            .max { $0.sequence < $1.sequence }
    }

    private static func line(_ head: ChainHead) -> [UInt8] {
        let digits = String(head.sequence)
        let text = String(repeating: "0", count: 20 - digits.utf8.count) + digits + " " + head.hash
        return Array("\(text) \(Entry.hash(of: text).prefix(16))\n".utf8)
    }

    private static func parse(_ line: ArraySlice<UInt8>) -> ChainHead? {
        let parts = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard parts.count == 3, let sequence = Int(parts[0]), sequence >= 0,
            parts[1].utf8.count == 64,
            parts[2] == Entry.hash(of: "\(parts[0]) \(parts[1])").prefix(16)
        else { return nil }
        return ChainHead(sequence: sequence, hash: String(parts[1]))
    }
}
