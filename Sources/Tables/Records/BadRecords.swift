// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What becomes of bad records, for all workers of a reader.
final class BadRecords: Sendable {
    private let quarantine: Mutex<Quarantine?>
    private let isRefusing: Bool

    /// Opens the quarantine file, if there is one.
    init(_ badRows: BadRows) throws(TableError) {
        switch badRows {
        case .refuse:
            isRefusing = true
            quarantine = Mutex(nil)
        case .quarantine(let path):
            isRefusing = false
            quarantine = Mutex(try Quarantine(path: path))
        }
    }

    /// Puts a bad record into quarantine, or throws its fault if there is none.
    ///
    /// - Parameters:
    ///   - record: Its bytes as they were read.
    ///   - fault: Where it was and what is wrong with it.
    func setAside(_ record: [UInt8], _ fault: TableError) throws(TableError) {
        if isRefusing { throw fault }
        try quarantine.withLock { (file) throws(TableError) in
            guard var open = file.take() else { return }
            try open.add(record[...], reason: fault)
            file = consume open
        }
    }

    /// Completes the quarantine file: it appears under its path.
    func finish() throws(TableError) {
        try quarantine.withLock { (file) throws(TableError) in
            if let open = file.take() { try open.finish() }
        }
    }
}
