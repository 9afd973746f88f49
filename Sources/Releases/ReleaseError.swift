// SPDX-License-Identifier: Apache-2.0

/// Exit codes of the command line, one meaning each.
///
/// They follow `sysexits.h` where it has a word for the case; 10 to 13 are this program's own
/// decisions. Only `unavailable` and `temporary` are worth a retry without a change.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    /// Done, or already done.
    case success = 0
    /// The population's remaining privacy budget does not cover the release.
    case budgetRefused = 10
    /// A gate threshold was not met; the charge stays.
    case gateFailed = 11
    /// An approval is missing or expired.
    case approvalMissing = 12
    /// The plan no longer agrees with its release file, schema or policy.
    case planStale = 13
    /// Unknown option or wrong arguments.
    case usage = 64
    /// The input data, an archive or a ledger is malformed or fails verification.
    case dataInvalid = 65
    /// An input file does not exist or cannot be read.
    case noInput = 66
    /// The ledger database cannot be opened.
    case unavailable = 69
    /// A defect of the program.
    case software = 70
    /// An output cannot be created.
    case cannotCreate = 73
    /// Reading or writing failed, for example because the disk is full.
    case ioFailed = 74
    /// Another process holds the ledger; try again.
    case temporary = 75
    /// The policy forbids what was asked.
    case notPermitted = 77
    /// The release file, schema or policy is wrong.
    case configuration = 78
    /// Somebody interrupted it (SIGINT or SIGTERM).
    case interrupted = 130
}

/// What stopped a command, in one line for the person who ran it.
///
/// The message has the form `what: where: found, expected; what to do` and never contains a cell's
/// value. Every room's error is turned into one of these at the boundary of the pipeline, so that the
/// exit code is decided in one place.
public struct ReleaseError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The exit code of the process.
    public let status: ExitStatus
    /// One line for a person.
    public let message: String

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - status: The exit code of the process.
    ///   - message: One line, `what: where: found, expected; what to do`.
    public init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
