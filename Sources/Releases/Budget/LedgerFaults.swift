// SPDX-License-Identifier: Apache-2.0

#if MUTANTS
    import Foundation
    import Governance
    import Privacy

    /// Faults of a ledger's files, for tests of what a killed release leaves behind.
    enum LedgerFaults {
        /// The files of a ledger.
        private static let parts = ["", "-wal", "-shm", ".head"]

        /// Before a release opens its ledger.
        static func begin(_ prepared: PreparedRelease) {
            let path = prepared.ledgerPlace.path
            guard isActive else { return }
            let running = path + ".running"
            if Mutation.active == .refundOnCrash, FileManager.default.fileExists(atPath: running) {
                // What did not end is undone.
                replace(path, by: path + ".before")
            }
            copy(path, to: path + ".before")
            _ = FileManager.default.createFile(atPath: running, contents: nil)
        }

        /// After the charge.
        static func charged(_ prepared: PreparedRelease) {
            let path = prepared.ledgerPlace.path
            guard Mutation.active == .chargeAfterNoise else { return }
            // The charge is not on disk while noise is drawn.
            copy(path + ".before", to: path)
        }

        /// After the release has ended.
        static func end(_ prepared: PreparedRelease) {
            let path = prepared.ledgerPlace.path
            guard isActive else { return }
            remove(path + ".before")
            try? FileManager.default.removeItem(atPath: path + ".running")
        }

        private static var isActive: Bool {
            [.chargeAfterNoise, .refundOnCrash].contains(Mutation.active)
        }

        private static func replace(_ path: String, by other: String) {
            remove(path)
            for part in parts {
                try? FileManager.default.moveItem(atPath: other + part, toPath: path + part)
            }
        }

        private static func copy(_ path: String, to other: String) {
            remove(other)
            for part in parts {
                try? FileManager.default.copyItem(atPath: path + part, toPath: other + part)
            }
        }

        private static func remove(_ path: String) {
            for part in parts { try? FileManager.default.removeItem(atPath: path + part) }
        }
    }
#endif
