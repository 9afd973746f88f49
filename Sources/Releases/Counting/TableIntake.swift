// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
import Governance
import Privacy
import Streams
import Tables

/// The way from a release's files to a curator.
enum TableIntake {
    /// Reads and curates a release's table under a fresh key.
    static func read(
        _ prepared: PreparedRelease, control: RunControl
    ) throws(ReleaseError) -> Curator {
        try control.begin("reading the table", charged: false)
        return try curate(prepared, key: .random(), control: control)
    }

    /// Reads and curates a release's table.
    ///
    /// - Parameters:
    ///   - prepared: The release.
    ///   - key: The key of its units.
    ///   - inputs: Files in place of the release file's; empty for those.
    ///   - allowsEmpty: Whether there may be no record.
    ///   - control: Threads, and who learns how far the reading is.
    /// - Throws: `ReleaseError`.
    static func curate(
        _ prepared: PreparedRelease, key: ShardKey, inputs: [String] = [],
        allowsEmpty: Bool = false, control: RunControl
    ) throws(ReleaseError) -> Curator {
        let file = prepared.file
        do {
            let paths =
                inputs.isEmpty
                ? try InputFiles.expand(file.source.paths, relativeTo: file.folder)
                : try InputFiles.expand(inputs, relativeTo: "")
            var reader = try TableReader(
                paths: paths, format: file.tableFormat, schema: prepared.schema,
                unitColumn: file.unitColumn, badRows: file.badRows)
            reader.allowsEmpty = allowsEmpty
            return try Curator.curate(
                reader, schema: prepared.schema,
                unit: UnitRule(column: file.unitColumn, rows: file.unitRows),
                holdout: file.evidence?.holdout ?? Rational(0), key: key,
                options: CurationOptions(
                    temporaryDirectory: temporary,
                    encryptSpool: control.encryptSpool || prepared.policy.encryptsSpool,
                    workers: control.workers > 0 ? control.workers : processors,
                    progress: control.reading))
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
