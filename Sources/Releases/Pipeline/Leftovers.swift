// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Streams

/// What killed runs leave in a folder of outputs.
///
/// A run holds a lock on each file that it writes, which the system lets go when the run dies: so a file
/// whose lock is free is a dead run's.
struct Leftovers {
    /// Ends of the names of what a release writes, after its own name.
    static let endings = [".tar.gz", ".measurements.json"]
    /// Half-written files that were removed.
    private(set) var removed: [String] = []
    /// Half-written files of runs that are writing them.
    private(set) var running: [String] = []

    /// Removes what dead runs left of one output.
    ///
    /// - Parameter path: The final path of the output.
    /// - Throws: `ReleaseError` with status `cannotCreate` where it cannot be told whose it is, or not be
    ///   removed.
    mutating func sweep(_ path: String) throws(ReleaseError) {
        do {
            switch try AtomicFile.removeLeftover(of: path) {
            case .absent: break
            case .removed(let partial): removed.append(partial)
            case .running(let partial): running.append(partial)
            }
        } catch {
            throw ReleaseError(error)
        }
    }

    /// Removes what dead runs of a ledger's releases left in a folder, and tells what else they left.
    ///
    /// - Parameters:
    ///   - folder: The folder of outputs.
    ///   - state: The ledger, which knows the releases that were charged.
    /// - Returns: One line a file.
    /// - Throws: `ReleaseError` with status `noInput` or `cannotCreate`.
    static func report(in folder: String, of state: LedgerState) throws(ReleaseError) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw ReleaseError(
                .noInput,
                "no such folder: \(folder): expected the output folder of the releases after --outputs"
            )
        }
        // One that was killed before its charge is known by the measurements that it began alone.
        let begun = names.compactMap { name -> String? in
            let end = ".measurements.json.partial"
            return name.hasSuffix(end) ? String(name.dropLast(end.count)) : nil
        }
        let releases = Set(state.reservations.map(\.release).filter { !$0.isEmpty } + begun)
            .sorted()
        var found = Leftovers()
        var kept: [String] = []
        for release in releases {
            for ending in endings where names.contains(release + ending + ".partial") {
                try found.sweep(folder + "/" + release + ending)
            }
            if names.contains(release + ".measurements.json"), !names.contains(release + ".tar.gz"),
                state.reservations.last(where: { $0.release == release })?.life != .running
            {
                kept.append(folder + "/" + release + ".measurements.json")
            }
        }
        return found.removed.map { "removed \($0): half-written by a run that was killed" }
            + found.running.map { "left    \($0): a run is writing it" }
            + kept.map {
                "kept    \($0): noisy measurements of a run that ended without an archive; they are paid "
                    + "for, remove them if nobody needs them"
            }
    }
}
