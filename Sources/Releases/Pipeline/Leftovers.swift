// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Streams

/// What killed runs leave in a folder of outputs.
///
/// A run holds a lock on each file that it writes, which the system lets go when the run dies: so a file
/// whose lock is free is a dead run's, unless the file system keeps the locks of each host to itself. There
/// the ledger tells, which knows the runs that were charged and have not ended.
enum Leftovers {
    /// Ends of the names of what a release writes, after its own name.
    static let endings = [
        ".tar.gz", MeasurementFile.ending, MeasurementFile.signatureEnding,
    ]
    private static let partial = ".partial"

    /// The names of what is in a folder of outputs.
    ///
    /// - Parameter folder: The folder.
    /// - Returns: The names, sorted.
    /// - Throws: `ReleaseError` with status `noInput` where there is no such folder.
    static func names(in folder: String) throws(ReleaseError) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw ReleaseError(
                .noInput,
                "no such folder: \(folder): expected the output folder of the releases after --outputs"
            )
        }
        return names.sorted()
    }

    /// Removes what dead runs of a ledger's releases left in a folder, and tells what else is there.
    ///
    /// Files of releases that the ledger never charged stay, for they may be another ledger's, and those of
    /// runs that may be running stay. A run of another host that is not charged yet is known by its locks
    /// alone.
    ///
    /// - Parameters:
    ///   - names: The names of what is in the folder.
    ///   - folder: The folder of outputs.
    ///   - state: The ledger, which knows the releases that were charged.
    /// - Returns: One line a file; one that cannot be removed is a line as well.
    static func report(_ names: [String], in folder: String, of state: LedgerState) -> [String] {
        let releases = Set(state.reservations.map(\.release).filter { !$0.isEmpty })
        var lines: [String] = []
        for (ending, name) in endings.flatMap({ ending in names.map { (ending, $0) } })
        where name.hasSuffix(ending + partial) {
            let release = String(name.dropLast(ending.count + partial.count))
            let path = folder + "/" + name
            if !releases.contains(release) {
                lines.append(
                    "left    \(path): not of this ledger; the next run of that release removes it where its "
                        + "last one is dead")
            } else if let run = state.lastingRun(of: release) {
                lines.append("left    \(path): \(whose(run))")
            } else if let line = swept(folder + "/" + release + ending) {
                lines.append(line)
            }
        }
        for release in releases.sorted()
        where names.contains(release + endings[1]) && !names.contains(release + endings[0]) {
            let path = folder + "/" + release + endings[1]
            switch state.lastingRun(of: release) {
            case .some(let run) where run.life == .running: continue
            case .some(let run): lines.append("left    \(path): \(whose(run))")
            case nil:
                lines.append(
                    "kept    \(path): noisy measurements of a run that ended without an archive; they are "
                        + "paid for, remove them if nobody needs them")
            }
        }
        return lines
    }

    private static func whose(_ run: LedgerState.Reservation) -> String {
        run.life == .running
            ? "a run is writing it"
            : "may be running elsewhere; --entry \(run.sequence) closes its charge where it is not"
    }

    /// Removes what a dead run left of one output, and says so; `nil` where nothing was left.
    private static func swept(_ path: String) -> String? {
        do {
            return switch try AtomicFile.removeLeftover(of: path) {
            case .absent: nil
            case .removed(let partial): "removed \(partial): half-written by a run that was killed"
            case .running(let partial): "left    \(partial): a run is writing it"
            }
        } catch {
            let reason = error.kind == .isDirectory ? "it is a folder, not a file" : error.detail
            return "left    \(path)\(partial): \(reason)"
        }
    }
}

extension LedgerState {
    /// The newest charge of a release that has not ended and whose process is running, or may be as far as
    /// this machine can tell.
    ///
    /// - Parameter release: The release's name.
    /// - Returns: `nil` where every run of the release has ended or is gone.
    func lastingRun(of release: String) -> Reservation? {
        reservations.last {
            $0.release == release && $0.outcome == .open && $0.life != .gone
        }
    }
}
