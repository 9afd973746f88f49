// SPDX-License-Identifier: Apache-2.0

import CArchive
import Glibc

/// Owner of one of libarchive's handles, and its messages as errors.
///
/// Safe to pass around: the pointer lives exactly as long as its owner.
@safe
struct ArchiveHandle: ~Copyable {
    enum Direction { case reading, writing }
    let raw: OpaquePointer
    private let direction: Direction

    /// Creates a handle; libarchive returns none only when memory is exhausted.
    init(_ direction: Direction) {
        let made =
            switch direction {
            case .reading: unsafe archive_read_new()
            case .writing: unsafe archive_write_new()
            }
        guard let made = unsafe made else { preconditionFailure("out of memory") }
        unsafe raw = made
        self.direction = direction
    }

    deinit {
        // In either direction the C function closes first.
        switch direction {
        case .reading: unsafe archive_read_free(raw)
        case .writing: unsafe archive_write_free(raw)
        }
    }

    /// Checks a return code.
    borrowing func check(
        _ code: Int32, path: String, kind: StreamError.Kind, or detail: String
    ) throws(StreamError) {
        if code >= ARCHIVE_WARN { return }
        throw error(path: path, kind: kind, or: detail)
    }

    /// The handle's last failure as an error.
    borrowing func error(
        path: String, kind: StreamError.Kind, or detail: String
    ) -> StreamError {
        switch unsafe archive_errno(raw) {
        case ENOSPC, EDQUOT, EFBIG:
            return StreamError(kind: .diskFull, path: path, detail: "free space and run again")
        default:
            // libarchive's own text speaks of the format, never of content.
            guard let text = unsafe archive_error_string(raw) else {
                return StreamError(kind: kind, path: path, detail: detail)
            }
            return StreamError(
                kind: kind, path: path, detail: detail + " (" + (unsafe String(cString: text)) + ")"
            )
        }
    }
}
