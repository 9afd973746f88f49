// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance ledger`.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Look at the privacy budget: what was spent, and whether the ledger is whole.",
        subcommands: [Show.self, Verify.self])

    /// `semblance ledger show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List every charge and what remains under each cap.",
            discussion: "Example: semblance ledger show fixtures/claims/ledger.sqlite")

        @Argument(help: "The ledger file.")
        var ledger: String

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(try LedgerReport.show(ledger))
            }
        }
    }

    /// `semblance ledger verify`.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the hash chain, the sums and the last known head.",
            discussion: "Example: semblance ledger verify fixtures/claims/ledger.sqlite")

        @Argument(help: "The ledger file.")
        var ledger: String

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(try LedgerReport.verify(ledger))
            }
        }
    }
}
