// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
import Governance
import Privacy
import Streams
import Tables

/// The records of a table, read and bounded: with codes, or with open domains.
enum IntakeRecords: ~Copyable {
    /// All domains are declared.
    case coded(Curator)
    /// Some are to be discovered first.
    case open(OpenCurator)
}

/// The way from a release's files to a curator.
enum TableIntake {
    /// Reads and curates a release's table under a fresh key, once, whether its domains are known or not.
    static func read(
        _ prepared: PreparedRelease, control: RunControl
    ) throws(ReleaseError) -> IntakeRecords {
        try control.begin("reading the table", charged: false)
        guard prepared.schema.openAttributes.isEmpty else {
            return .open(try curateOpen(prepared, control: control))
        }
        return .coded(try curate(prepared, key: .random(), control: control))
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
            return try Curator.curate(
                try reader(prepared, inputs: inputs, allowsEmpty: allowsEmpty),
                schema: prepared.schema,
                unit: UnitRule(column: file.unitColumn, rows: file.unitRows),
                holdout: file.evidence?.holdout ?? Rational(0), key: key,
                options: options(prepared, control: control))
        } catch {
            throw refusal(error)
        }
    }

    /// Reads a table some of whose domains are to be discovered.
    private static func curateOpen(
        _ prepared: PreparedRelease, control: RunControl
    ) throws(ReleaseError) -> OpenCurator {
        let file = prepared.file
        do {
            return try OpenCurator.curate(
                try reader(prepared, inputs: [], allowsEmpty: false), schema: prepared.schema,
                unit: UnitRule(column: file.unitColumn, rows: file.unitRows),
                holdout: file.evidence?.holdout ?? Rational(0),
                options: options(prepared, control: control))
        } catch {
            throw refusal(error)
        }
    }

    private static func reader(
        _ prepared: PreparedRelease, inputs: [String], allowsEmpty: Bool
    ) throws(ReleaseError) -> TableReader {
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
            return reader
        } catch {
            throw refusal(error)
        }
    }

    private static func options(
        _ prepared: PreparedRelease, control: RunControl
    ) -> CurationOptions {
        CurationOptions(
            temporaryDirectory: temporary,
            encryptSpool: control.encryptSpool || prepared.policy.encryptsSpool,
            workers: control.workers > 0 ? control.workers : processors,
            progress: control.reading)
    }

    private static func refusal(_ error: any Error) -> ReleaseError {
        switch error {
        case let error as StreamError: ReleaseError(error)
        case let error as TableError: ReleaseError(error)
        case let error as CurationError: ReleaseError(error)
        case let error as ReleaseError: error
        default: ReleaseError(.software, "reading: \(error)")
        }
    }

    /// Where private, nameless files may live.
    static var temporary: String { ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp" }

    /// Processors that this process may use, which may be fewer than the machine has.
    static var processors: Int {
        min(ProcessInfo.processInfo.activeProcessorCount, 64)
    }
}
