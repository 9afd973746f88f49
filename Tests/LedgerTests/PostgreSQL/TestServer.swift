// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

@testable import Ledger

/// A PostgreSQL server of the tests' own, in a folder that goes away with it.
///
/// A shell holds the server and ends it when the pipe from this process closes, however this process
/// ends.
final class TestServer: Sendable {
    /// The programs of the newest server that the distribution has installed.
    static let binaries: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.filter {
            FileManager.default.fileExists(atPath: "\(root)/\($0)/bin/initdb")
        }
        .max { (Double($0) ?? 0) < (Double($1) ?? 0) }
        .map { "\(root)/\($0)/bin" }
    }()

    /// One server for all tests that do not harm it.
    static let shared = Result { try TestServer() }

    /// Where its socket is.
    let folder: String
    private let shell: Mutex<Shell>

    private struct Shell {
        let process = Process()
        let orders = Pipe()
        let answers = Pipe()

        func ask(_ order: String, expecting answer: String) throws {
            try orders.fileHandleForWriting.write(contentsOf: Data((order + "\n").utf8))
            try expect(answer)
        }

        func expect(_ answer: String) throws {
            var line = ""
            while let byte = try answers.fileHandleForReading.read(upToCount: 1), byte != Data([10])
            {
                line += String(decoding: byte, as: UTF8.self)
            }
            guard line == answer else { throw TestFailure("server: \(line), not \(answer)") }
        }
    }

    private static let script = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "PostgreSQL/server.sh").path

    /// Makes and starts a server, with a database `ledger` that has the ledger's table.
    init() throws {
        guard Self.binaries != nil else { throw TestFailure("no server installed") }
        // The path of a socket is at most 107 bytes.
        folder = "/tmp/semblance-" + Entry.randomHex().prefix(16)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        let shell = Shell()
        shell.process.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.process.arguments = [Self.script, "serve", folder]
        shell.process.standardInput = shell.orders
        shell.process.standardOutput = shell.answers
        shell.process.standardError = FileHandle.nullDevice
        try shell.process.run()
        try shell.expect("ready")
        self.shell = Mutex(shell)
        try psql("CREATE DATABASE ledger", in: "postgres")
        try psql(BudgetLedger.creationScript)
        try psql(
            """
            CREATE ROLE writer LOGIN IN ROLE semblance_writer;
            CREATE ROLE reader LOGIN IN ROLE semblance_reader;
            """)
    }

    deinit {
        shell.withLock {
            try? $0.orders.fileHandleForWriting.close()
            $0.process.waitUntilExit()
        }
    }

    /// A URL of one of its databases.
    func url(_ database: String = "ledger", as role: String = "writer") -> String {
        "postgresql:///\(database)?host=\(folder)&user=\(role)"
    }

    /// Runs a script as `psql` does.
    ///
    /// - Returns: What it printed, without frills.
    @discardableResult
    func psql(
        _ sql: String, in database: String = "ledger", as role: String = "owner"
    ) throws -> String {
        try tool(
            "psql",
            ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url(database, as: role)], sql)
    }

    /// Runs one of the server's programs.
    @discardableResult
    func tool(_ name: String, _ arguments: [String], _ input: String = "") throws -> String {
        let process = Process()
        let stdin = Pipe()
        let stdout = Pipe()
        process.executableURL = URL(fileURLWithPath: (Self.binaries ?? "") + "/" + name)
        process.arguments = arguments
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = FileHandle.nullDevice
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TestFailure("\(name) failed") }
        return String(decoding: output, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Kills the server's first process at once, as the kernel would.
    func kill() throws { try shell.withLock { try $0.ask("kill", expecting: "killed") } }
    /// Stops it in order.
    func stop() throws { try shell.withLock { try $0.ask("stop", expecting: "stopped") } }
    /// Starts it again.
    func start() throws {
        try shell.withLock { try $0.ask("start", expecting: "ready") }
        // It says so before it has replayed what a kill left.
        try eventually("the server answers") {
            (try? psql("SELECT 1", in: "postgres")) == "1"
        }
    }
    /// Makes it a standby when it is started next.
    func becomeStandby() throws { try shell.withLock { try $0.ask("standby", expecting: "set") } }
}

/// A step of a test's own that failed.
struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
