// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where a ledger is: its database, and the file that keeps its last known entry.
///
/// The file is not in the database on purpose: whoever puts back an older copy of the one must not put
/// back the other with it. A ledger that several machines share has one such file on each.
public struct LedgerLocation: Sendable, Hashable {
    private enum Database: Hashable {
        case sqlite(path: String)
        case postgreSQL(PostgreSQLURL)
    }

    private let database: Database
    /// The file of the last known entry.
    public let headFile: String

    /// Whether a text is the URL of a database and not the path of a file.
    ///
    /// - Parameter text: What stands for the ledger in a release file or on the command line.
    /// - Returns: Whether it begins like a PostgreSQL URL.
    public static func isURL(_ text: String) -> Bool { PostgreSQLURL.isOne(text) }

    /// Reads a location.
    ///
    /// - Parameters:
    ///   - text: The path of a SQLite database, or `postgresql://user@host/database` without a password.
    ///   - headFile: The file of the last known entry. Where `nil`, it is beside a SQLite database, and for
    ///     a URL in the state folder.
    /// - Throws: `LedgerError` of kind `misplaced`.
    public init(_ text: String, headFile: String? = nil) throws(LedgerError) {
        guard Self.isURL(text) else {
            // Not shown: it may hold a password.
            guard !text.contains("://") else {
                throw LedgerError(
                    .misplaced,
                    "ledger: found a URL of another kind of database, expected a path or "
                        + "postgresql://user@host/database")
            }
            database = .sqlite(path: text)
            self.headFile = headFile ?? text + ".head"
            return
        }
        let url = try PostgreSQLURL(text)
        database = .postgreSQL(url)
        self.headFile =
            headFile
            ?? Self.stateFolder(ProcessInfo.processInfo.environment)
            + "/ledger-\(Entry.hash(of: url.name).prefix(16)).head"
    }

    /// Whether only the owner of the database makes a ledger there.
    var isShared: Bool {
        if case .postgreSQL = database { true } else { false }
    }

    /// The folder that `SEMBLANCE_STATE_DIR` names, or else `semblance` in the user's folder of states as
    /// the XDG Base Directory Specification has it.
    static func stateFolder(_ environment: [String: String]) -> String {
        func folder(_ name: String, _ below: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 + below }
        }
        return folder("SEMBLANCE_STATE_DIR", "") ?? folder("XDG_STATE_HOME", "/semblance")
            ?? NSHomeDirectory() + "/.local/state/semblance"
    }

    /// Opens the database, and makes what this machine has to keep of it a folder for its owner alone.
    func store(
        createIfMissing: Bool, wasKnown: Bool, patience: Double
    ) throws(LedgerError) -> any LedgerStore {
        switch database {
        case .sqlite(let path):
            return try SQLiteStore(
                path: path, createIfMissing: createIfMissing, wasKnown: wasKnown,
                patience: patience)
        case .postgreSQL(let url):
            // Where it cannot be made, the file in it cannot either, and that is told with its name.
            try? FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: headFile).deletingLastPathComponent().path,
                withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            return try PostgreSQLStore(url: url, wasKnown: wasKnown, patience: patience)
        }
    }
}
