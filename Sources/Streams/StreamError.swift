// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What went wrong with bytes on their way in or out.
///
/// The message has the form `what: path: detail`; it never contains content of a file.
public struct StreamError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Kind: Equatable, Sendable {
        /// No such file, or a pattern that matches nothing.
        case notFound
        /// It exists but cannot be read.
        case notReadable
        /// A folder where a file is expected.
        case isDirectory
        /// Compressed data or an archive is damaged or cut short.
        case corrupt
        /// The disk is full.
        case diskFull
        /// The output exists already.
        case exists
        /// The output cannot be created.
        case notWritable
        /// An archive entry that could write outside its folder, or is no plain file.
        case unsafeEntry
        /// More data than the declared limit.
        case tooLarge
        /// Any other failure of the system.
        case io
    }

    /// The kind.
    public let kind: Kind
    /// The file, as the user named it.
    public let path: String
    /// What was found and what to do.
    public let detail: String

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - kind: The kind.
    ///   - path: The file, as the user named it.
    ///   - detail: What was found and what to do.
    public init(kind: Kind, path: String, detail: String) {
        self.kind = kind
        self.path = path
        self.detail = detail
    }

    /// One line for a person.
    public var description: String {
        let what =
            switch kind {
            case .notFound: "no such file"
            case .notReadable: "cannot read"
            case .isDirectory: "is a folder"
            case .corrupt: "damaged data"
            case .diskFull: "disk full"
            case .exists: "already there"
            case .notWritable: "cannot write"
            case .unsafeEntry: "unsafe archive entry"
            case .tooLarge: "too large"
            case .io: "input or output failed"
            }
        return "\(what): \(path): \(detail)"
    }

    /// The error of a failed system call, from `errno`.
    static func system(_ path: String, writing: Bool) -> StreamError {
        let code = errno
        let text = unsafe String(cString: strerror(code))
        switch code {
        case ENOENT where !writing:
            return StreamError(kind: .notFound, path: path, detail: "check the path")
        case EISDIR:
            return StreamError(kind: .isDirectory, path: path, detail: "name the files in it")
        case ENOSPC, EDQUOT, EFBIG:
            return StreamError(kind: .diskFull, path: path, detail: "free space and run again")
        case EEXIST:
            return StreamError(kind: .exists, path: path, detail: "nothing is overwritten")
        case EACCES, EPERM, EROFS, ENOENT, ENOTDIR, ELOOP, ENXIO, ETXTBSY, ENAMETOOLONG:
            return StreamError(
                kind: writing ? .notWritable : .notReadable, path: path, detail: text)
        default: return StreamError(kind: .io, path: path, detail: text)
        }
    }
}
