// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance release`.
struct ReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Read the table, charge the ledger, and write one signed release archive.",
        discussion: """
            Takes a release file, or a plan made from it. The budget is reserved before noise is \
            drawn and is never returned, also when the gate refuses the release.

            Example: semblance release fixtures/claims/release.yaml
            """)

    @Argument(help: "The release file or plan.json.")
    var plan: String

    @Option(
        help:
            "Release from counted shards: a tally of 'semblance count', or a glob; may be repeated."
    )
    var counts: [String] = []

    @Option(help: "With --counts: the folder in which evidence asks its queries of the shards.")
    var queries: String?

    @OptionGroup var reading: ReadingOptions
    @OptionGroup var progress: ProgressOptions

    func run() throws {
        try Terminal.run { () throws(ReleaseError) in
            let outcome = try progress.running(reading) { (control) throws(ReleaseError) in
                try Pipeline.release(
                    plan, counts: counts, queryFolder: queries, control: control)
            }
            Terminal.say(outcome.summary)
        }
    }
}
