// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance count`.
struct CountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count",
        abstract: "Count one shard of a table exactly, for a release over many machines. SECRET.",
        discussion: """
            The file it writes holds exact counts of real records. It is as secret as the table; only \
            'semblance release --counts' takes it. All records of a privacy unit must be in one \
            shard, and all shards share one key.

            Example: SEMBLANCE_SHARD_KEY=$(openssl rand -hex 32) \\
                       semblance count release.yaml --input part-0.csv --shard 0/4 --output 0.tally
            """)

    @Argument(help: "The release file.", completion: .file(extensions: ["yaml", "yml"]))
    var release: String

    @Option(help: "A file, glob or - in place of the release file's paths; may be repeated.")
    var input: [String] = []

    @Option(name: .shortAndLong, help: "Where to write the tally (mode 0600).")
    var output: String

    @Option(help: "Which shard this is, from 0, of how many: 0/1.")
    var shard = "0/1"

    @Option(help: "The file of the key that all shards share; or set SEMBLANCE_SHARD_KEY.")
    var key: String?

    @Option(help: "Most columns of a marginal: 1 or 2.")
    var ways = 2

    @Option(
        help: ArgumentHelp(
            "A further marginal, of any number of cells: names of its columns; may be repeated.",
            valueName: "age,sex,zip3"))
    var clique: [String] = []

    @Option(help: "Answer this query of a release in place of counting marginals.")
    var query: String?

    @Flag(help: "Accept a shard without records.")
    var allowEmpty = false

    @OptionGroup var reading: ReadingOptions
    @OptionGroup var progress: ProgressOptions

    func run() throws {
        let parts = shard.split(separator: "/").compactMap { Int($0) }
        guard parts.count == 2, parts[0] >= 0, parts[0] < parts[1], parts[1] <= 1_000_000 else {
            throw ValidationError("--shard: expected I/N with 0 ≤ I < N, such as 0/4")
        }
        guard (1...2).contains(ways) else { throw ValidationError("--ways: expected 1 or 2") }
        guard query == nil || clique.isEmpty else {
            throw ValidationError("--clique: a query is answered in place of counting marginals")
        }
        try Terminal.run { () throws(ReleaseError) in
            let options = ShardCount.Options(
                inputs: input, output: output, shard: parts[0], shards: parts[1], keyFile: key,
                ways: ways, cliques: clique, query: query, allowsEmpty: allowEmpty)
            let result = try progress.running(reading) { (control) throws(ReleaseError) in
                try ShardCount.run(release: release, options: options, control: control)
            }
            Terminal.say(result)
        }
    }
}

/// Options of the commands that read the table.
struct ReadingOptions: ParsableArguments {
    @Option(help: "Threads that read and count; 0 for one a processor.")
    var threads = 0

    @Flag(help: "Encrypt temporary files under a key that only this process has.")
    var encryptSpool = false
}
