// SPDX-License-Identifier: Apache-2.0

import CArchive  // its headers bring in stat(2), which then belongs to it
import Glibc

/// Which files a list of paths and globs means.
public enum InputFiles {
    /// Expands paths and globs.
    ///
    /// - Parameters:
    ///   - patterns: Paths or globs (`*`, `?`, `[…]`); `-` is standard input and stays as it is.
    ///   - directory: The folder that relative patterns start from; empty for the current one.
    /// - Returns: Paths sorted by bytes, each once.
    /// - Throws: `StreamError` with kind `notFound` when a pattern matches nothing, `isDirectory`
    ///   when a folder is named.
    public static func expand(
        _ patterns: [String], relativeTo directory: String
    ) throws(StreamError) -> [String] {
        var found: Set<String> = []
        for pattern in patterns {
            if pattern == "-" {
                found.insert(pattern)
                continue
            }
            let path =
                pattern.hasPrefix("/") || directory.isEmpty ? pattern : directory + "/" + pattern
            var matches = unsafe glob_t()
            defer { unsafe globfree(&matches) }
            let status = unsafe glob(path, GLOB_NOSORT, nil, &matches)
            guard status == 0 else {
                throw StreamError(
                    kind: .notFound, path: path, detail: "no file matches; check source.paths")
            }
            for index in 0..<Int(unsafe matches.gl_pathc) {
                // In bounds: glob(3) filled gl_pathc entries.
                guard let match = unsafe matches.gl_pathv[index] else { continue }
                found.insert(unsafe String(cString: match))
            }
        }
        let sorted = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for path in sorted where path != "-" {
            var status = stat()
            if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                throw StreamError(
                    kind: .isDirectory, path: path, detail: "name the files in it, such as \(path)/*.csv")
            }
        }
        return sorted
    }
}
