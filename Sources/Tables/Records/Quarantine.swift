// SPDX-License-Identifier: Apache-2.0

import Streams

/// The file that bad records are set aside in.
struct Quarantine: ~Copyable {
    private let path: String
    private var file: AtomicFile

    /// Begins the file; it appears under its path with `finish`.
    init(path: String) throws(TableError) {
        self.path = path
        do throws(StreamError) {
            file = try AtomicFile(creating: path, replacing: true, mode: 0o600)
        } catch {
            throw TableError(error)
        }
    }

    /// Adds a record.
    ///
    /// - Parameters:
    ///   - record: Its bytes as they were read.
    ///   - reason: Where it was and what is wrong with it.
    mutating func add(_ record: ArraySlice<UInt8>, reason: TableError) throws(TableError) {
        var text = Array("# \(reason)\n".utf8)
        text.append(contentsOf: record)
        if text.last != 0x0A { text.append(0x0A) }
        do throws(StreamError) {
            try file.write(text)
        } catch {
            throw TableError(error)
        }
    }

    consuming func finish() throws(TableError) {
        do throws(StreamError) {
            try file.commit()
        } catch {
            throw TableError(error)
        }
    }
}
