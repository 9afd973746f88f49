// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What lies under a path.
///
/// SQLite's write-ahead log has an index in memory that the processes of one machine share. Over a
/// network file system two machines would each have their own, and both would charge the same budget.
enum FileSystem {
    /// File systems that another machine can write to, as Linux names them.
    static let networks: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "coda", "9p", "ceph", "lustre", "gfs",
        "gfs2",
        "ocfs2", "glusterfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs",
        "fuse.rclone", "fuse.juicefs",
    ]

    /// Refuses a path on a network file system.
    ///
    /// - Parameters:
    ///   - path: A file, or where one shall be.
    ///   - mounts: The mounts of this process in the format of proc(5), mountinfo.
    /// - Throws: `LedgerError` of kind `unavailable`.
    static func requireLocal(
        _ path: String,
        mounts: String? = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
    ) throws(LedgerError) {
        let real = URL(fileURLWithPath: path).deletingLastPathComponent()
            .resolvingSymlinksInPath().path
        guard let type = type(of: real, mounts: mounts ?? ""), networks.contains(type) else {
            return
        }
        throw LedgerError(
            .unavailable,
            "ledger on a network file system: \(path): found \(type), where the locks of two machines do "
                + "not see each other; keep the ledger on a disk of this machine")
    }

    /// The type of the file system at a folder: of the mount with the longest path above it, the last
    /// one where several lie over each other.
    private static func type(of folder: String, mounts: String) -> String? {
        var best: (length: Int, type: String)?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count > 6, let dash = fields.dropFirst(6).firstIndex(of: "-"),
                dash + 1 < fields.count
            else { continue }
            let point = unescaped(fields[4])
            let prefix = point.hasSuffix("/") ? point : point + "/"
            guard (folder + "/").hasPrefix(prefix), prefix.utf8.count >= best?.length ?? 0 else {
                continue
            }
            best = (prefix.utf8.count, fields[dash + 1])
        }
        return best?.type
    }

    /// Blanks and backslashes of a path are written as three octal digits.
    private static func unescaped(_ field: String) -> String {
        var text = field
        for (code, character) in [
            ("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\"),
        ] {
            text = text.replacingOccurrences(of: code, with: character)
        }
        return text
    }
}
