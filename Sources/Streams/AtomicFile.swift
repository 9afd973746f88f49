// SPDX-License-Identifier: Apache-2.0

import CArchive  // its headers bring in stat(2), which then belongs to it
import Glibc

/// An output file that appears whole or not at all.
///
/// Bytes go to `<path>.partial` in the same folder; `commit` makes them durable, renames and makes
/// the rename durable. A file that is dropped without a commit leaves nothing.
public struct AtomicFile: ~Copyable {
    /// The final path.
    public let path: String
    private let partial: String
    private let descriptor: FileDescriptor
    private let replacing: Bool
    private var isOpen = true

    /// Begins a file.
    ///
    /// - Parameters:
    ///   - path: The final path.
    ///   - replacing: Whether an existing file may be replaced.
    ///   - mode: The permissions of the file; the process's mask takes its bits away.
    /// - Throws: `StreamError` with kind `exists` when the file is there or another run is writing
    ///   it, `isDirectory` or `notWritable`.
    public init(creating path: String, replacing: Bool, mode: UInt32) throws(StreamError) {
        var status = stat()
        if unsafe lstat(path, &status) == 0 {
            guard replacing else {
                throw StreamError(kind: .exists, path: path, detail: "nothing is overwritten")
            }
            try Self.check(status, path: path)
        }
        let partial = path + ".partial"
        descriptor = try Self.open(partial, of: path, mode: mode)
        self.path = path
        self.replacing = replacing
        self.partial = partial
    }

    /// Refuses to put a file in the place of a folder or a device.
    private static func check(_ status: stat, path: String) throws(StreamError) {
        switch status.st_mode & S_IFMT {
        case S_IFREG, S_IFLNK: return
        case S_IFDIR:
            throw StreamError(kind: .isDirectory, path: path, detail: "name a file in it")
        default:
            throw StreamError(
                kind: .notWritable, path: path, detail: "it is no plain file; choose another path")
        }
    }

    /// Creates the partial file and locks it; one that a dead run left behind is removed first.
    ///
    /// The lock tells a dead run from a live one. A stale file is not written over, since it may
    /// have other permissions.
    private static func open(_ partial: String, of path: String, mode: UInt32) throws(StreamError)
        -> FileDescriptor
    {
        for _ in 0..<16 {
            let made = unsafe Glibc.open(
                partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
            if made >= 0 {
                let file = FileDescriptor(raw: made, path: partial)
                guard lock(file) != .busy else { throw busy(partial) }
                if isCurrent(file) { return file }
                continue
            }
            guard errno == EEXIST else { throw StreamError.system(path, writing: true) }
            if try remove(partial) == .busy { throw busy(partial) }
        }
        throw busy(partial)
    }

    /// What became of a partial file that was there.
    public enum Leftover: Sendable, Equatable {
        /// There was none.
        case absent
        /// A run that is dead had left it; it is gone. The path of the partial file.
        case removed(String)
        /// A run is writing it. The path of the partial file.
        case running(String)
    }

    /// Removes what a dead run left of a file that it never committed.
    ///
    /// - Parameter path: The final path.
    /// - Returns: What was found.
    /// - Throws: `StreamError` where it cannot be removed, or the file system has no locks, so that nobody can
    ///   tell whether a run is writing it.
    public static func removeLeftover(of path: String) throws(StreamError) -> Leftover {
        let partial = path + ".partial"
        var status = stat()
        guard unsafe lstat(partial, &status) == 0 else { return .absent }
        switch try remove(partial) {
        case .held: return .removed(partial)
        case .busy: return .running(partial)
        case .unknown: return .absent
        }
    }

    /// Removes a partial file whose lock is free.
    ///
    /// - Returns: `held` where it was, `busy` where a run has it, `unknown` where it went away meanwhile.
    private static func remove(_ partial: String) throws(StreamError) -> Lock {
        let found = unsafe Glibc.open(
            partial, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        if found < 0 {
            if errno == ENOENT { return .unknown }
            throw StreamError.system(partial, writing: true)
        }
        let stale = FileDescriptor(raw: found, path: partial)
        switch lock(stale) {
        case .busy: return .busy
        case .unknown:
            throw StreamError(
                kind: .exists, path: partial,
                detail:
                    "this file system has no locks to tell whether a run is writing it; remove it when "
                    + "none is")
        case .held: break
        }
        guard isCurrent(stale) else { return .unknown }
        guard unsafe unlink(partial) == 0 else {
            throw StreamError.system(partial, writing: true)
        }
        return .held
    }

    private static func busy(_ partial: String) -> StreamError {
        StreamError(
            kind: .exists, path: partial,
            detail: "another run is writing it; wait for it, or choose another path")
    }

    /// What became of an attempt to lock a file.
    private enum Lock {
        /// It is locked until it is closed.
        case held
        /// Another run has it.
        case busy
        /// The file system has no locks.
        case unknown
    }

    /// Locks an open file against other runs.
    private static func lock(_ file: borrowing FileDescriptor) -> Lock {
        guard flock(file.raw, LOCK_EX | LOCK_NB) != 0 else { return .held }
        return errno == EWOULDBLOCK ? .busy : .unknown
    }

    /// Whether the file's path still leads to it.
    private static func isCurrent(_ file: borrowing FileDescriptor) -> Bool {
        var open = stat()
        var named = stat()
        return unsafe fstat(file.raw, &open) == 0 && lstat(file.path, &named) == 0
            && open.st_ino == named.st_ino && open.st_dev == named.st_dev
    }

    deinit {
        if isOpen { unsafe unlink(partial) }
    }

    /// Appends bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `StreamError` with kind `diskFull` when the disk is full.
    public mutating func write(_ bytes: borrowing Span<UInt8>) throws(StreamError) {
        try descriptor.write(bytes)
    }

    /// Appends bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `StreamError` with kind `diskFull` when the disk is full.
    public mutating func write(_ bytes: [UInt8]) throws(StreamError) {
        try descriptor.write(bytes.span)
    }

    /// The descriptor, for a library that writes by itself.
    var rawDescriptor: Int32 { descriptor.raw }

    /// Makes the file durable under its final name.
    ///
    /// - Throws: `StreamError`; then there is no file of that name that was not there before.
    public consuming func commit() throws(StreamError) {
        try descriptor.synchronize()
        if replacing {
            guard unsafe rename(partial, path) == 0 else {
                throw StreamError.system(path, writing: true)
            }
        } else {
            // link(2) fails where another process was faster; rename(2) would overwrite its file.
            guard unsafe link(partial, path) == 0 else {
                throw StreamError.system(path, writing: true)
            }
            unsafe unlink(partial)
        }
        isOpen = false
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        let directory = try FileDescriptor(opening: folder, flags: O_RDONLY | O_DIRECTORY)
        // Some file systems, such as FAT, cannot sync a folder; the file itself is durable there.
        guard fsync(directory.raw) == 0 || errno == EINVAL || errno == ENOTSUP else {
            throw StreamError.system(path, writing: true)
        }
    }
}
