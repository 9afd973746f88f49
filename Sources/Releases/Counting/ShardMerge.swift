// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
import Privacy
import Streams
import Tables

/// The way from counted shards to a curator.
enum ShardMerge {
    /// Merges shards, and asks their owner where evidence needs the records.
    ///
    /// - Parameters:
    ///   - prepared: The release.
    ///   - counts: Files or globs of tallies.
    ///   - queryFolder: Where queries are asked; nil for no evidence.
    ///   - control: Who learns what is going on.
    /// - Throws: `ReleaseError`.
    static func curator(
        _ prepared: PreparedRelease, counts: [String], queryFolder: String?, control: RunControl
    ) throws(ReleaseError) -> Curator {
        try prepared.requireStableParts()
        try prepared.requireDeclared()
        guard queryFolder != nil || prepared.file.evidence == nil else {
            throw ReleaseError(
                .usage,
                "evidence needs the records: --counts: name a folder for its queries with --queries, "
                    + "or switch evidence off in the release file")
        }
        try control.begin("merging counted shards", charged: false)
        let files: [(name: String, bytes: [UInt8])]
        do {
            files = try InputFiles.expand(counts, relativeTo: "").map {
                ($0, try Files.read($0, what: "tally"))
            }
        } catch let error as StreamError {
            throw ReleaseError(error)
        } catch let error as ReleaseError {
            throw error
        } catch {
            throw ReleaseError(.software, "reading tallies: \(error)")
        }
        var secondPass: Curator.SecondPass?
        if let queryFolder {
            let folder = try QueryFolder(queryFolder, control: control)
            secondPass = { (query) throws(CurationError) in try folder.ask(query) }
        }
        do {
            let curator = try Curator.merging(
                files, schema: prepared.schema,
                expected: prepared.shardFacts(key: "", shard: 0, shards: 1),
                secondPass: secondPass)
            // Now and not when it is asked: the ledger has not been charged yet.
            try curator.require(
                ShardMarginals.asked(by: prepared), names: prepared.schema.attributeNames)
            if prepared.countsUnits { try curator.requireRowsPerUnit() }
            return curator
        } catch {
            throw ReleaseError(error)
        }
    }
}

/// Where a release asks queries of whoever has the shards.
///
/// A query is the file `query-N.json`, which appears whole. The answer is the folder `query-N`, with one tally a
/// shard as `semblance count --query` writes them; it counts once the file `query-N.done` is there. A
/// file `query-N.failed` ends the release.
final class QueryFolder: Sendable {
    private let path: String
    private let control: RunControl
    private let asked = Counter()

    private final class Counter: Sendable {
        private let lock = NSLock()
        nonisolated(unsafe) private var value = 0

        func next() -> Int {
            lock.lock()
            defer { lock.unlock() }
            unsafe value += 1
            return unsafe value
        }
    }

    init(_ path: String, control: RunControl) throws(ReleaseError) {
        self.path = path
        self.control = control
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            let old = try FileManager.default.contentsOfDirectory(atPath: path)
            guard !old.contains(where: { $0.hasPrefix("query-") }) else {
                throw ReleaseError(
                    .cannotCreate,
                    "already there: \(path): it has queries of another run; name an empty folder")
            }
        } catch let error as ReleaseError {
            throw error
        } catch {
            throw ReleaseError(
                .cannotCreate, "cannot create folder: \(path): expected a writable place")
        }
    }

    /// Asks a query and waits for its answer.
    func ask(_ query: [UInt8]) throws(CurationError) -> [(name: String, bytes: [UInt8])] {
        let stem = path + (path.hasSuffix("/") ? "" : "/") + "query-\(asked.next())"
        control.stage(
            "waiting for \(stem).done: run 'semblance count --query \(stem).json' on every shard, "
                + "tallies into \(stem)/")
        do throws(StreamError) {
            var file = try AtomicFile(creating: stem + ".json", replacing: false, mode: 0o600)
            try file.write(query)
            try file.commit()
        } catch {
            throw .stream(error)
        }
        let manager = FileManager.default
        while !manager.fileExists(atPath: stem + ".done") {
            guard !manager.fileExists(atPath: stem + ".failed") else {
                throw .shard("a query failed on the shards: \(stem).json: see the log there")
            }
            guard !control.reading.wantsStop else {
                throw .interrupted("interrupted while waiting for \(stem).done; the charge stays")
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        do {
            return try InputFiles.expand([stem], relativeTo: "").map {
                ($0, try Files.read($0, what: "tally"))
            }
        } catch {
            throw .shard("answers missing: \(stem): expected one tally a shard")
        }
    }
}
