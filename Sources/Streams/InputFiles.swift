// SPDX-License-Identifier: Apache-2.0

import CArchive  // its headers bring in stat(2), which then belongs to it
import Glibc

/// Which files a list of paths and globs means.
public enum InputFiles {
    /// Expands paths and globs.
    ///
    /// - Parameters:
    ///   - patterns: Paths or globs (`*`, `?`, `[…]`, backslash to escape); `-` is standard input and stays as it is.
    ///   - directory: The folder that relative patterns start from; empty for the current one.
    /// - Returns: Paths sorted by bytes, each file once. A folder means the files in it, hidden ones and
    ///   folders left out.
    /// - Throws: `StreamError` with kind `notFound` when a pattern matches nothing or a folder is
    ///   empty.
    public static func expand(
        _ patterns: [String], relativeTo directory: String
    ) throws(StreamError) -> [String] {
        var found: Set<String> = []
        for pattern in patterns {
            if pattern == "-" {
                found.insert(pattern)
                continue
            }
            let isAbsolute = pattern.hasPrefix("/") || directory.isEmpty
            let path = isAbsolute ? pattern : directory + "/" + pattern
            // A file whose name has a bracket or a star in it is meant when it is named in full.
            if unsafe access(path, F_OK) == 0 {
                found.insert(path)
            } else {
                let folder = isAbsolute ? "" : escaped(directory) + "/"
                found.formUnion(try matches(folder + pattern, named: path))
            }
        }
        for path in found where Self.isDirectory(path) {
            found.remove(path)
            found.formUnion(try files(in: path))
        }
        let sorted = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return withoutRepetition(sorted)
    }

    /// The existing paths that a glob means; the C function is `glob`.
    private static func matches(
        _ pattern: String, named path: String
    ) throws(StreamError) -> [String] {
        var matches = unsafe glob_t()
        defer { unsafe globfree(&matches) }
        let status = unsafe glob(pattern, GLOB_NOSORT, nil, &matches)
        guard status == 0 else {
            throw StreamError(
                kind: .notFound, path: path, detail: "no file matches; check the path")
        }
        var paths: [String] = []
        for index in 0..<Int(unsafe matches.gl_pathc) {
            // In bounds: glob(3) filled gl_pathc entries.
            guard let match = unsafe matches.gl_pathv[index] else { continue }
            paths.append(unsafe String(cString: match))
        }
        return paths
    }

    /// A path in which glob(3) sees no wildcard.
    private static func escaped(_ path: String) -> String {
        path.reduce(into: "") { text, character in
            if "*?[]\\".contains(character) { text.append("\\") }
            text.append(character)
        }
    }

    /// Bytes of some files together; 0 where one of them is no regular file, so that nobody knows.
    ///
    /// - Parameter paths: Paths that `expand` gave.
    public static func size(of paths: [String]) -> Int {
        var total = 0
        for path in paths {
            var status = stat()
            guard path != "-", unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG
            else { return 0 }
            total += Int(status.st_size)
        }
        return total
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        guard path != "-", unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// The regular files of a folder.
    private static func files(in folder: String) throws(StreamError) -> [String] {
        let trimmed = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        let all: [String]
        do throws(StreamError) {
            // A star matches no hidden name.
            all = try matches(escaped(trimmed) + "/*", named: folder)
        } catch {
            throw StreamError(
                kind: .notFound, path: folder,
                detail: "the folder has no files in it; name another one"
            )
        }
        let files = all.filter { path in
            var status = stat()
            return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
        }
        guard !files.isEmpty else {
            throw StreamError(
                kind: .notFound, path: folder,
                detail: "the folder has no files in it; name another one"
            )
        }
        return files
    }

    /// Keeps the first of several paths to one file: its records must not be read twice because it
    /// was named twice.
    private static func withoutRepetition(_ paths: [String]) -> [String] {
        var seen: Set<String> = []
        var unique: [String] = []
        for path in paths {
            guard path != "-", let real = unsafe realpath(path, nil) else {
                unique.append(path)
                continue
            }
            defer { unsafe free(real) }
            if seen.insert(unsafe String(cString: real)).inserted { unique.append(path) }
        }
        return unique
    }
}
