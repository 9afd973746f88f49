// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// The built program, beside the test runner.
let binary: String = {
    let runner =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let folders = [runner, CommandLine.arguments.first ?? ""].map {
        URL(fileURLWithPath: $0).deletingLastPathComponent().path
    }
    return folders.map { $0 + "/semblance" }.first {
        FileManager.default.isExecutableFile(atPath: $0)
    } ?? "semblance"
}()

/// The package's folder.
let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().resolvingSymlinksInPath().path

struct Outcome {
    let status: Int32
    let output: String
    let errors: String
}

/// Runs a program to its end.
@discardableResult
func run(
    _ program: String, _ arguments: [String], in folder: String, input: String? = nil,
    environment: [String: String] = [:]
) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, not pipes: a full pipe would stop the program.
    let base = NSTemporaryDirectory() + "/run-\(UInt64.random(in: 0...UInt64.max))"
    for name in [".out", ".err"] {
        _ = FileManager.default.createFile(atPath: base + name, contents: nil)
    }
    defer {
        for name in [".out", ".err"] { try? FileManager.default.removeItem(atPath: base + name) }
    }
    process.standardOutput = FileHandle(forWritingAtPath: base + ".out")
    process.standardError = FileHandle(forWritingAtPath: base + ".err")
    process.standardInput =
        input.flatMap { FileHandle(forReadingAtPath: folder + "/" + $0) } ?? FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Outcome(
        status: process.terminationStatus,
        output: (try? String(contentsOfFile: base + ".out", encoding: .utf8)) ?? "",
        errors: (try? String(contentsOfFile: base + ".err", encoding: .utf8)) ?? "")
}

/// A copy of a fixture with keys, which goes away with the test.
final class Workplace {
    let path: String

    init(_ fixture: String) throws {
        path = NSTemporaryDirectory() + "/semblance-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.copyItem(atPath: package + "/fixtures/" + fixture, toPath: path)
        try semblance(
            "key", "new", "--directory", "keys", "--identity", "release@clearwater.example")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func semblance(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
        try run(binary, arguments, in: path, environment: environment)
    }

    @discardableResult
    func semblance(_ arguments: [String]) throws -> Outcome {
        try run(binary, arguments, in: path)
    }

    /// Runs shell text; for edits that sed and friends say best.
    @discardableResult
    func shell(_ text: String) throws -> Outcome { try run("/bin/bash", ["-c", text], in: path) }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }

    func edit(_ name: String, _ old: String, _ new: String) throws {
        let changed = try text(name).replacing(old, with: new)
        try changed.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/" + name)
    }

    /// Charges on record.
    func charges() throws -> Int {
        guard exists("ledger.sqlite") else { return 0 }
        return try semblance("ledger", "show", "ledger.sqlite").output
            .split(separator: "\n").filter { $0.contains("  #") }.count
    }
}
