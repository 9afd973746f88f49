// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance init`.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Look at a table and draft its schema, policy and release file. Owner only.",
        discussion: """
            Guesses how the table is written (delimiter, quote, escape, comments, header, encoding; CSV or \
            JSON Lines, compressed or not), what its columns hold, and which of them may identify a \
            person. It reads real records, and the drafts hold values of them: bounds, categories, \
            formats. Each such field is marked "unconfirmed", and 'plan', 'count' and 'release' refuse it \
            until a person has replaced the values by public knowledge and removed the mark. With \
            --discover, domains are not listed but marked to be discovered by the release, which pays for it.

            Example: semblance init 'claims/*.csv.gz' --output claims-release
            """)

    @Argument(help: "Files, globs, folders, or - for standard input.")
    var table: [String]

    @Option(name: .shortAndLong, help: "The folder for the drafts; nothing there is replaced.")
    var output = "."

    @Option(help: "The release's name; after the table where it is left out.")
    var name: String?

    @Option(help: "MiB of the table to look at, all files together.")
    var sample = 64

    @Flag(
        help: "Leave domains to be discovered under differential privacy, as the release then does."
    )
    var discover = false

    func validate() throws {
        guard (1...4_096).contains(sample) else {
            throw ValidationError("--sample: expected 1 to 4096 MiB")
        }
    }

    func run() throws {
        try Terminal.run { () throws(ReleaseError) in
            let options = Draft.Options(
                tables: table, folder: output, name: name, sampleBytes: sample << 20,
                discovers: discover)
            for line in try Draft.write(options) { Terminal.say(line) }
        }
    }
}
