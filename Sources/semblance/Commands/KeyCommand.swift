// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance key`.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make the keys that sign releases and mark copies.",
        discussion: "Example: semblance key new --directory keys --identity release@acme.example",
        subcommands: [New.self])

    /// `semblance key new`.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Write a signing key, its public key, allowed_signers, and a watermark secret.",
            discussion: """
                Nothing existing is overwritten. Hand allowed_signers to recipients by another way than \
                the archives; keep the two secrets (mode 0600) to yourself.

                Example: semblance key new --directory keys --identity release@acme.example
                """)

        @Option(help: "The folder to write to; created if it does not exist.")
        var directory: String

        @Option(help: "The principal under which recipients will know the signing key.")
        var identity: String

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                for line in try KeyFiles.create(in: directory, identity: identity) {
                    Terminal.say(line)
                }
            }
        }
    }
}
