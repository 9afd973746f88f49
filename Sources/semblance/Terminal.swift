// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Glibc
import Releases
import Synchronization

/// What the commands share: results to standard output, progress and errors to standard error, and the
/// one place where an error becomes an exit code.
enum Terminal {
    /// Runs a command's work.
    ///
    /// - Parameter body: The work.
    /// - Throws: `ExitCode` with the status that `ReleaseError` names.
    static func run(_ body: () throws(ReleaseError) -> Void) throws {
        // A limit on file sizes then fails the write, with a message, and does not kill the program.
        signal(SIGXFSZ, SIG_IGN)
        do {
            try body()
        } catch {
            tell(error)
            throw ExitCode(error.status.rawValue)
        }
    }

    /// Writes a line to standard output; a disk that is full there ends the program.
    static func say(_ line: String) {
        guard !write(line + "\n", to: STDOUT_FILENO) else { return }
        let reason = unsafe String(cString: strerror(errno))
        note("semblance: cannot write: standard output: \(reason); free space and run again")
        exit(ExitStatus.ioFailed.rawValue)
    }

    /// Writes a line to standard error; where that cannot be, there is nobody to tell.
    static func note(_ line: String) { _ = write(line + "\n", to: STDERR_FILENO) }

    /// Writes a text whole.
    ///
    /// - Returns: False when it cannot be written; `errno` says why.
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // In bounds: the count is the slice's own.
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// How errors are written.
    private static let isJSON = Atomic<Bool>(false)

    /// Has errors written as JSON, one object a line.
    static func useJSON() { isJSON.store(true, ordering: .relaxed) }

    private static func tell(_ error: ReleaseError) {
        guard isJSON.load(ordering: .relaxed) else {
            note("semblance: " + error.message)
            return
        }
        note(
            ProgressDisplay.json(
                ["event": "error", "message": error.message],
                ["status": Double(error.status.rawValue)]))
    }
}
