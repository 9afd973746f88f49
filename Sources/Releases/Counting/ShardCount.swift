// SPDX-License-Identifier: Apache-2.0

import Curation
import Foundation
import Privacy
import Streams
import Tables

/// Counting one shard of a table, so that many machines can read it.
public enum ShardCount {
    /// What to count and where to write.
    public struct Options: Sendable {
        /// Files in place of the release file's; empty for those.
        public let inputs: [String]
        /// Where the tally goes.
        public let output: String
        /// Which shard the records are, from 0, and how many there are.
        public let shard: Int, shards: Int
        /// The file of the key that all shards share; nil for a fresh key, which one shard can have.
        public let keyFile: String?
        /// Most columns of a marginal that the release asks: 1 or 2.
        public let ways: Int
        /// Further marginals, each as names of columns with commas between them.
        public let cliques: [String]
        /// The file of a query that a release of counted shards asks, to answer in place of counting
        /// marginals; nil for those.
        public let query: String?
        /// Whether the shard may have no record.
        public let allowsEmpty: Bool

        /// Creates options.
        public init(
            inputs: [String], output: String, shard: Int, shards: Int, keyFile: String?, ways: Int,
            cliques: [String] = [], query: String?, allowsEmpty: Bool
        ) {
            self.inputs = inputs
            self.output = output
            self.shard = shard
            self.shards = shards
            self.keyFile = keyFile
            self.ways = ways
            self.cliques = cliques
            self.query = query
            self.allowsEmpty = allowsEmpty
        }
    }

    /// Reads a shard, bounds its units and writes its exact tallies.
    ///
    /// Spends nothing: the file is as secret as the table. All records of a privacy unit must be in one
    /// shard.
    ///
    /// - Parameters:
    ///   - path: The release file.
    ///   - options: What to count and where to write.
    ///   - control: Threads, and who learns how far the reading is.
    /// - Returns: A line for the person who ran it; it tells nothing about the records.
    /// - Throws: `ReleaseError`.
    public static func run(
        release path: String, options: Options, control: RunControl
    ) throws(ReleaseError) -> String {
        let prepared = try PreparedRelease(path: path)
        try prepared.requireStableParts()
        try prepared.requireDeclared()
        let key = try self.key(options)
        let query = try options.query.map { (path) throws(ReleaseError) in
            try Files.read(path, what: "query of a release")
        }
        // Before anything is read: what would not fit shall fail now. A query counts no marginals.
        let cliques =
            try query != nil
            ? []
            : ShardMarginals.counted(for: prepared, ways: options.ways, cliques: options.cliques)
        try Files.checkPlace(of: options.output)
        control.stage("reading the shard")
        let curator = try TableIntake.curate(
            prepared, key: key, inputs: options.inputs, allowsEmpty: options.allowsEmpty,
            control: control)
        let facts = prepared.shardFacts(
            key: key.digest, content: query.map(Files.sha256) ?? "marginals",
            shard: options.shard, shards: options.shards)
        control.stage("counting")
        if let query {
            do {
                try curator.writeShard(to: options.output, answering: query, facts: facts)
            } catch {
                throw ReleaseError(error)
            }
            return "Answered a query on shard \(options.shard) of \(options.shards)\n"
                + "SECRET \(options.output): exact counts; keep it where the table may be"
        }
        do {
            try curator.writeShard(to: options.output, cliques: cliques, facts: facts)
        } catch {
            throw ReleaseError(error)
        }
        return "Counted \(cliques.count) marginals of shard \(options.shard) of \(options.shards)\n"
            + "SECRET \(options.output): exact counts; keep it where the table may be, "
            + "then run 'semblance release --counts'"
    }

    private static func key(_ options: Options) throws(ReleaseError) -> ShardKey {
        let environment = ProcessInfo.processInfo.environment["SEMBLANCE_SHARD_KEY"]
        guard options.keyFile != nil || environment != nil else {
            guard options.shards == 1 else {
                throw ReleaseError(
                    .usage,
                    "no key: --shard \(options.shard)/\(options.shards): shards of one table share a "
                        + "key; name its file with --key, or set SEMBLANCE_SHARD_KEY")
            }
            return .random()
        }
        var text = environment ?? ""
        if let file = options.keyFile { text = try Files.text(file, what: "key of the shards") }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let key = ShardKey(hexadecimal: trimmed) else {
            throw ReleaseError(
                .configuration,
                "not a key: \(options.keyFile ?? "SEMBLANCE_SHARD_KEY"): expected 32 hexadecimal "
                    + "digits; make one with 'openssl rand -hex 32'")
        }
        return key
    }
}

extension PreparedRelease {
    /// Refuses evidence about shards where each record is its own unit.
    ///
    /// A record without a unit falls into training or holdout by chance, anew in each pass. What the two
    /// parts spend counts once only because they are disjoint, so the parts must not change between
    /// passes; a named unit's part follows from the key.
    func requireStableParts() throws(ReleaseError) {
        guard file.unitColumn == nil, file.evidence != nil else { return }
        throw ReleaseError(
            .configuration,
            "no unit column: \(path): evidence about counted shards needs unit.column, so that every "
                + "pass splits training and holdout alike; declare it, or switch evidence off")
    }

    /// What shards of this release's table must agree on.
    func shardFacts(
        key: String, content: String = "marginals", shard: Int, shards: Int
    ) -> ShardFacts {
        ShardFacts(
            schema: digests.schema, unitColumn: file.unitColumn, unitRows: file.unitRows,
            holdout: (file.evidence?.holdout ?? 0).description, key: key, content: content,
            shard: shard, shards: shards)
    }
}
