// SPDX-License-Identifier: Apache-2.0

import Foundation
import Streams
import Watermarking

/// Where a release writes, checked before anything is charged.
struct Outputs {
    let archive: String
    let measurements: String
    /// Where private, nameless files may live.
    let temporary: String
    /// Half-written files of killed runs of the release, which are gone now.
    let removed: [String]

    /// Checks that the output folder can be written and that nothing would be overwritten, and removes
    /// what killed runs of the release left half-written.
    ///
    /// - Parameter prepared: The release.
    /// - Throws: `ReleaseError` with status `cannotCreate`.
    init(prepared: PreparedRelease) throws(ReleaseError) {
        let folder = prepared.file.resolve(prepared.file.outputFolder)
        archive = prepared.archivePath
        measurements =
            (folder.hasSuffix("/") ? folder : folder + "/")
            + prepared.file.name + ".measurements.json"
        temporary = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let manager = FileManager.default
        do {
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw ReleaseError(
                .cannotCreate,
                "cannot create folder: \(folder): expected a writable place for output.path")
        }
        var leftovers = Leftovers()
        for path in [archive, measurements] { try leftovers.sweep(path) }
        removed = leftovers.removed
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
        // A file that is begun and dropped leaves nothing behind, and tells now what would fail later.
        do {
            _ = try AtomicFile(creating: archive, replacing: false, mode: 0o644)
        } catch {
            throw ReleaseError(error)
        }
    }
}

extension Outputs {
    /// Begins the file of the measurements; dropped, it leaves nothing behind.
    ///
    /// - Throws: `ReleaseError` with status `cannotCreate` where another run of the release has begun it.
    func beginMeasurements() throws(ReleaseError) -> AtomicFile {
        do {
            return try AtomicFile(creating: measurements, replacing: false, mode: 0o600)
        } catch {
            throw ReleaseError(error)
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
