// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
import Governance
import Privacy
import Streams
import Tables

/// The way from a release's files to a curator.
enum TableIntake {
    /// Reads and curates a release's table.
    ///
    /// - Parameters:
    ///   - prepared: The release.
    ///   - key: The key of its units.
    ///   - inputs: Files in place of the release file's; empty for those.
    ///   - workers: Threads; 0 for one a processor.
    ///   - encryptSpool: Whether temporary files are encrypted, whatever the policy says.
    ///   - progress: Learns how far the reading is.
    /// - Throws: `ReleaseError`.
    static func curate(
        _ prepared: PreparedRelease, key: ShardKey, inputs: [String] = [], workers: Int,
        encryptSpool: Bool, progress: ReadProgress?
    ) throws(ReleaseError) -> Curator {
        let file = prepared.file
        do {
            let paths =
                inputs.isEmpty
                ? try InputFiles.expand(file.source.paths, relativeTo: file.folder)
                : try InputFiles.expand(inputs, relativeTo: "")
            let reader = try TableReader(
                paths: paths, format: file.tableFormat, schema: prepared.schema,
                unitColumn: file.unitColumn, badRows: file.badRows)
            return try Curator.curate(
                reader, schema: prepared.schema,
                unit: UnitRule(column: file.unitColumn, rows: file.unitRows),
                holdout: file.evidence?.holdout ?? Rational(0), key: key,
                options: CurationOptions(
                    temporaryDirectory: temporary,
                    encryptSpool: encryptSpool || prepared.policy.encryptsSpool,
                    workers: workers > 0 ? workers : processors, progress: progress))
        } catch let error as StreamError {
            throw ReleaseError(error)
        } catch let error as TableError {
            throw ReleaseError(error)
        } catch let error as CurationError {
            throw ReleaseError(error)
        } catch {
            throw ReleaseError(.software, "reading: \(error)")
        }
    }

    /// Where private, nameless files may live.
    static var temporary: String { ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp" }

    /// Processors that this process may use, which may be fewer than the machine has.
    static var processors: Int {
        min(ProcessInfo.processInfo.activeProcessorCount, 64)
    }
}
