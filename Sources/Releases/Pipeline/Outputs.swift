// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Streams
import Watermarking

/// Where a release writes, checked before anything is charged.
struct Outputs {
    let archive: String
    let measurements: String
    /// Where private, nameless files may live.
    let temporary: String
    private let prepared: PreparedRelease

    /// Makes the output folder where there is none.
    ///
    /// - Parameter prepared: The release.
    /// - Throws: `ReleaseError` with status `cannotCreate`.
    init(prepared: PreparedRelease) throws(ReleaseError) {
        let folder = prepared.file.resolve(prepared.file.outputFolder)
        self.prepared = prepared
        archive = prepared.archivePath
        measurements =
            (folder.hasSuffix("/") ? folder : folder + "/")
            + prepared.file.name + MeasurementFile.ending
        temporary = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw ReleaseError(
                .cannotCreate,
                "cannot create folder: \(folder): expected a writable place for output.path")
        }
    }

    /// Begins the file of the measurements, checks that the folder can be written and that nothing would be
    /// overwritten, and removes what killed runs of the release left half-written.
    ///
    /// Whoever holds the measurements has the release: of two runs of it the second is refused before it is
    /// charged, and before it touches the archive, which the first has paid for.
    ///
    /// - Parameter removed: Is told each half-written file that is gone now.
    /// - Returns: The file; dropped, it leaves nothing behind.
    /// - Throws: `ReleaseError` with status `cannotCreate`, or what the ledger says.
    func begin(removed: (String) -> Void) throws(ReleaseError) -> AtomicFile {
        try refuseLastingRun()
        try sweep(measurements, removed)
        try refuseFinished()
        let begun = try Self.file(measurements, mode: 0o600)
        // The first of two runs may have kept its measurements in between.
        try refuseFinished()
        try sweep(archive, removed)
        // Dropped at once, it tells now what would fail later.
        _ = try Self.file(archive, mode: 0o644)
        return begun
    }

    private static func file(_ path: String, mode: UInt32) throws(ReleaseError) -> AtomicFile {
        do {
            return try AtomicFile(creating: path, replacing: false, mode: mode)
        } catch {
            throw ReleaseError(error)
        }
    }

    private func sweep(_ path: String, _ removed: (String) -> Void) throws(ReleaseError) {
        do {
            if case .removed(let partial) = try AtomicFile.removeLeftover(of: path) {
                removed(partial)
            }
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Refuses to go on over half-written files of a run that may be alive as far as the ledger knows: its
    /// locks are not seen where a file system keeps those of each host to itself.
    private func refuseLastingRun() throws(ReleaseError) {
        let partials = [archive, measurements].map { $0 + ".partial" }
        guard let partial = partials.first(where: FileManager.default.fileExists(atPath:)),
            let run = try LedgerAccess.current(prepared).lastingRun(of: prepared.file.name)
        else { return }
        var words = "already there: \(partial): \(PreviousRun.words(run, hasArchive: false))"
        if run.life == .unknown {
            words +=
                "; where it is not, 'semblance ledger reconcile LEDGER --entry \(run.sequence)' closes its charge, "
                + "and the next run removes the file"
        }
        throw ReleaseError(.cannotCreate, words)
    }

    private func refuseFinished() throws(ReleaseError) {
        let manager = FileManager.default
        for path in [archive, measurements] where manager.fileExists(atPath: path) {
            let whose =
                PreviousRun.words(prepared, hasArchive: manager.fileExists(atPath: archive))
                .map { $0 + "; " } ?? ""
            throw ReleaseError(
                .cannotCreate,
                "already there: \(path): \(whose)a release never overwrites one; rename the release or "
                    + "move the file, and know that another run is charged again"
            )
        }
    }
}

/// The keys of a release, loaded before anything is charged.
struct Secrets {
    let signing: SigningKey
    let watermark: WatermarkKey?

    /// Loads the signing key and, where one is named, the watermark's master secret.
    ///
    /// - Parameter prepared: The release.
    /// - Throws: `ReleaseError` with status `noInput` or `configuration`.
    init(prepared: PreparedRelease) throws(ReleaseError) {
        let file = prepared.file
        signing = try KeyFiles.signingKey(at: file.resolve(file.signingKey))
        if let path = file.watermarkKey {
            let master = try KeyFiles.master(at: file.resolve(path))
            watermark = .derive(
                master: master, release: file.name, recipient: file.recipient.name)
        } else {
            watermark = nil
        }
    }
}
