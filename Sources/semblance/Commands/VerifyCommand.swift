// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance verify`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a release archive offline: signature, checksums, layout, table, expiry.",
        discussion: """
            The file of allowed signers must come to you by another way than the archive.

            Example: semblance verify claims.tar.gz --allowed-signers allowed_signers
            """)

    @Argument(help: "The archive.")
    var archive: String

    @Option(name: .long, help: "OpenSSH allowed_signers file with the keys that you trust.")
    var allowedSigners: String

    @Option(name: .long, help: "The principal to expect; any in the file by default.")
    var identity: String?

    func run() throws {
        try Terminal.run { () throws(ReleaseError) in
            let report = try Verifier.verify(
                archive: archive, allowedSigners: allowedSigners, identity: identity)
            Terminal.say(report.summary)
        }
    }
}
