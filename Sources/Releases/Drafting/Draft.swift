// SPDX-License-Identifier: Apache-2.0

import Foundation
import Governance
import Streams
import Tables

/// The first step of a new release: drafts of its schema, its policy and its release file.
///
/// Looks at the table, so what it writes and says is for the table's owner alone. Whatever it took from
/// the table stands under `"unconfirmed"` in the schema, and nothing else accepts such a schema.
public enum Draft {
    /// What to look at and where to write.
    public struct Options: Sendable {
        /// Files, globs, folders or `-`.
        public let tables: [String]
        /// The folder for the drafts.
        public let folder: String
        /// The release's name; nil for one after the table.
        public let name: String?
        /// Bytes of the table to look at.
        public let sampleBytes: Int
        /// Whether domains shall be discovered under differential privacy, in place of values of the table.
        public let discovers: Bool

        /// Creates options.
        ///
        /// - Parameters:
        ///   - tables: Files, globs, folders or `-`.
        ///   - folder: The folder for the drafts.
        ///   - name: The release's name; nil for one after the table.
        ///   - sampleBytes: Bytes of the table to look at.
        ///   - discovers: Whether domains shall be discovered under differential privacy.
        public init(
            tables: [String], folder: String, name: String?, sampleBytes: Int,
            discovers: Bool = false
        ) {
            self.discovers = discovers
            self.tables = tables
            self.folder = folder
            self.name = name
            self.sampleBytes = sampleBytes
        }
    }

    /// Looks at a table and writes the drafts; none of them replaces a file.
    ///
    /// - Parameter options: What to look at and where to write.
    /// - Returns: Lines for the owner: the dialect, each column and what has to be confirmed.
    /// - Throws: `ReleaseError`: `noInput`, `dataInvalid` where the table cannot be read, `cannotCreate` where
    ///   a draft is there already.
    public static func write(_ options: Options) throws(ReleaseError) -> [String] {
        let name = options.name ?? Self.name(after: options.tables[0])
        guard ReleaseFile.isName(name) else {
            throw ReleaseError(.usage, "--name: \(ReleaseFile.nameRule)")
        }
        let paths: [String]
        let sample: TableSample
        do {
            paths = try InputFiles.expand(options.tables, relativeTo: "")
            sample = try TableSample.read(paths, limit: options.sampleBytes)
        } catch let error as StreamError {
            throw ReleaseError(error)
        } catch let error as TableError {
            throw ReleaseError(error)
        } catch {
            throw ReleaseError(.software, "looking at the table: \(error)")
        }
        let files = DraftFiles(
            name: name, tables: options.tables, sample: sample, folder: options.folder,
            discovers: options.discovers)
        let schema = files.schema
        guard (try? Schema(json: Array(schema.utf8), name: files.schemaName)) != nil else {
            // The schema's own error might quote a value.
            throw ReleaseError(
                .dataInvalid,
                "nothing to measure: \(options.tables[0]): found no column with a domain, expected at "
                    + "least one; check the dialect: \(files.dialect)")
        }
        let drafts = [
            (files.schemaName, schema), ("policy.yaml", files.policy),
            ("release.yaml", files.release),
        ]
        try write(drafts, to: options.folder)
        return files.summary + [
            "", "Written to \(options.folder)",
            "  \(drafts.map(\.0).joined(separator: "  "))",
        ] + files.nextSteps
    }

    private static func write(
        _ drafts: [(String, String)], to folder: String
    ) throws(ReleaseError) {
        let manager = FileManager.default
        do {
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw ReleaseError(
                .cannotCreate, "cannot create folder: \(folder): expected a writable place")
        }
        // A draft beside another one's files would mislead.
        for (file, _) in drafts where manager.fileExists(atPath: "\(folder)/\(file)") {
            throw ReleaseError(
                .cannotCreate,
                "already there: \(folder)/\(file): name another folder with --output")
        }
        var written: [String] = []
        for (file, text) in drafts {
            do throws(StreamError) {
                // The owner's alone: it has values of the table.
                var output = try AtomicFile(
                    creating: "\(folder)/\(file)", replacing: false, mode: 0o600)
                try output.write(Array(text.utf8))
                try output.commit()
                written.append("\(folder)/\(file)")
            } catch {
                // All or none; what somebody else put there meanwhile stays.
                for path in written { try? manager.removeItem(atPath: path) }
                throw ReleaseError(error)
            }
        }
    }

    /// A release's name after a file's: `data/claims.csv.gz` gives `claims`.
    private static func name(after path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? "table"
        let stem = last.split(separator: ".").first.map(String.init) ?? last
        let kept = stem.map { character -> Character in
            let isPlain = character.isASCII && (character.isLetter || character.isNumber)
            return isPlain || character == "-" || character == "_" ? character : "-"
        }
        let trimmed = String(kept).trimmingCharacters(in: CharacterSet(charactersIn: "-_"))
        return trimmed.isEmpty ? "table" : String(trimmed.lowercased().prefix(60))
    }
}
