// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Glibc
import Releases

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
            note("semblance: " + error.message)
            throw ExitCode(error.status.rawValue)
        }
    }

    /// Writes a line to standard output.
    static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// Writes a line to standard error.
    static func note(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
