// SPDX-License-Identifier: Apache-2.0

import Foundation
import Streams

/// A folder of a test's own, gone when the test is over.
final class Scratch {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("semblance-streams-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a name in the folder.
    func callAsFunction(_ name: String) -> String { path + "/" + name }

    /// Writes a file and gives its path.
    @discardableResult
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
        return self(name)
    }

    /// The names in the folder, sorted.
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    /// The bytes of a file.
    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: self(name))))
    }
}

/// Runs a program of the system with the given input.
///
/// Input and output go through files: a pipe's end that another test's child inherits would keep
/// the program waiting for its end for ever.
///
/// - Returns: Its exit status and what it wrote, errors included.
func run(
    _ program: String, _ arguments: [String], input: [UInt8] = []
) throws -> (status: Int32, output: [UInt8]) {
    let scratch = try Scratch()
    let source = try scratch.file("in", input)
    let target = try scratch.file("out", [])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardInput = FileHandle(forReadingAtPath: source)
    let output = FileHandle(forWritingAtPath: target)
    process.standardOutput = output
    process.standardError = output
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try scratch.bytes("out"))
}

/// Compresses with gzip(1).
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    try run("gzip", ["-n", "-c"], input: bytes).output
}

/// Reads a whole source with a buffer of the given size.
func content(of path: String, buffer size: Int = 4_096) throws(StreamError) -> [UInt8] {
    var source = try ByteSource(opening: path)
    var buffer = [UInt8](repeating: 0, count: size)
    var bytes: [UInt8] = []
    while true {
        let count = try source.read(into: &buffer)
        if count == 0 { break }
        bytes += buffer[..<count]
    }
    return bytes
}

/// The kind of error that an action ends in, or nil when it succeeds.
func kind(_ action: () throws -> Void) throws -> StreamError.Kind? {
    do {
        try action()
        return nil
    } catch let error as StreamError {
        return error.kind
    }
}
