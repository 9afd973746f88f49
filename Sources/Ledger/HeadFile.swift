// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// The last known head of a ledger, beside it: a chain alone cannot tell that its end was cut off.
struct HeadFile {
    let path: String

    /// Sequence number and hash of the last known entry; `nil` where no head was ever written.
    func read() throws(LedgerError) -> (sequence: Int, hash: String)? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let parts = text.split(whereSeparator: \.isWhitespace)
        guard parts.count == 2, let sequence = Int(parts[0]), parts[1].utf8.count == 64 else {
            throw LedgerError(
                .corrupt,
                "ledger head unreadable: \(path): expected a number and a hash; restore it from a copy"
            )
        }
        return (sequence, String(parts[1]))
    }

    /// Writes a head, whole or not at all; an older head never replaces a newer one.
    func write(sequence: Int, hash: String) throws(LedgerError) {
        if let known = try read(), known.sequence >= sequence { return }
        // A name of its own for each writer: two of them must not share a half-written file.
        let temporary = path + ".\(Entry.randomHex()).partial"
        let manager = FileManager.default
        let text = Data("\(sequence) \(hash)\n".utf8)
        guard
            manager.createFile(
                atPath: temporary, contents: text, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: temporary),
            (try? handle.synchronize()) != nil, (try? handle.close()) != nil,
            // Two C strings that live for the call.
            unsafe rename(temporary, path) == 0
        else {
            try? manager.removeItem(atPath: temporary)
            throw LedgerError(
                .unavailable, "ledger head not written: \(path): check space and permissions")
        }
    }
}
