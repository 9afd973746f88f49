// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Ledger
@testable import Privacy

@Suite("A ledger in SQLite")
struct SQLiteStoreTests {
    private func store(_ scratch: Scratch) throws -> SQLiteStore {
        try SQLiteStore(
            path: scratch.ledger, createIfMissing: true, wasKnown: false, patience: 1)
    }

    @Test("synchronous is FULL when read back, not what the library set before")
    func synchronousIsFull() throws {
        let scratch = try Scratch()
        #expect(try store(scratch).synchronousLevel() == 2)
        #expect(try store(scratch).synchronousLevel() == 2)
    }

    @Test("database and head are for their owner alone")
    func filesArePrivate() throws {
        let place = try SQLitePlace()
        try place.filled()
        for name in try FileManager.default.contentsOfDirectory(atPath: place.scratch.path) {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: place.scratch.path + "/" + name)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
        }
    }

    @Test("a file that is no database, and a folder that is not there, are told apart")
    func otherFiles() throws {
        let scratch = try Scratch()
        try Data("this is no database at all, really".utf8).write(
            to: URL(fileURLWithPath: scratch.ledger))
        func kind(_ path: String, creating: Bool) -> LedgerError.Kind? {
            do {
                _ = try BudgetLedger(at: path, createIfMissing: creating)
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(kind(scratch.ledger, creating: true) == .corrupt)
        #expect(kind(scratch.path + "/no/such/ledger.sqlite", creating: true) == .unavailable)
        #expect(kind(scratch.path + "/other.sqlite", creating: false) == .notFound)
    }

    @Test("a network file system is named and refused, a local disk is not")
    func networkFileSystems() throws {
        let mounts = """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            31 22 0:41 / /srv rw shared:7 - nfs4 host:/srv rw
            32 31 254:1 / /srv/my\\040disk rw - xfs /dev/vdb rw
            33 22 0:50 / /both rw - xfs /dev/vdc rw
            34 22 0:51 / /both rw - cifs //host/both rw
            """
        for (path, network) in [
            ("/var/ledger.sqlite", nil), ("/srv/a/ledger.sqlite", "nfs4"),
            ("/srvx/ledger.sqlite", nil), ("/srv/my disk/ledger.sqlite", nil),
            ("/both/ledger.sqlite", "cifs"),
        ] {
            do throws(LedgerError) {
                try FileSystem.requireLocal(path, mounts: mounts)
                #expect(network == nil, "\(path)")
            } catch {
                #expect(error.kind == .unavailable)
                #expect(error.description.contains("found \(network ?? "?"),"))
            }
        }
        try FileSystem.requireLocal(NSTemporaryDirectory() + "/ledger.sqlite")
    }
}
