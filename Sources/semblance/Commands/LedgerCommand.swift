// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance ledger`.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Look at the privacy budget: what was spent, and whether the ledger is whole.",
        discussion: """
            Example: semblance ledger show fixtures/claims/ledger.sqlite
            Example: semblance ledger forecast --release release.yaml --every 3 months
            """,
        subcommands: [
            Show.self, Verify.self, Export.self, SetCap.self, AddPopulation.self, Forecast.self,
            Checkpoint.self, Reconcile.self, SQL.self, Head.self, Join.self,
        ])

    /// `semblance ledger show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List every charge and what remains under each cap.",
            discussion: "Example: semblance ledger show fixtures/claims/ledger.sqlite")

        @Argument(help: "The ledger: a file, or a PostgreSQL URL.")
        var ledger: String

        @Option(help: "The ledger's anchor file, which knows when this is an old copy.")
        var anchor: String?

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(try LedgerReport.show(ledger, anchor: anchor))
            }
        }
    }

    /// `semblance ledger verify`.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the hash chain, the sums and the last known head.",
            discussion: "Example: semblance ledger verify fixtures/claims/ledger.sqlite")

        @Argument(help: "The ledger: a file, or a PostgreSQL URL.")
        var ledger: String

        @Option(help: "The ledger's anchor file.")
        var anchor: String?

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(try LedgerReport.verify(ledger, anchor: anchor))
            }
        }
    }

    /// `semblance ledger export`.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the chain as JSON lines; each line's SHA-256 is the next one's prev.",
            discussion: """
                Example: semblance ledger export ledger.sqlite | tail -n 1 | tr -d '\\n' | sha256sum
                gives the head that 'semblance ledger head' shows.
                """)

        @Argument(help: "The ledger: a file, or a PostgreSQL URL.")
        var ledger: String

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(try LedgerReport.export(ledger))
            }
        }
    }

    /// `semblance ledger set-cap`.
    struct SetCap: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-cap",
            abstract: "Change a population's cap, on record.",
            discussion: """
                The ledger's cap is the authority: a policy may ask for less, never for more.

                Example: semblance ledger set-cap ledger.sqlite --population claims-members \\
                           --epsilon 8 --delta 1e-8 --reason "board decision 2026-12"
                """)

        @Argument(help: "The ledger: a file, or a PostgreSQL URL.")
        var ledger: String

        @Option(help: "The population.")
        var population: String

        @Option(help: "Epsilon of the new cap.")
        var epsilon: String

        @Option(help: "Delta of the new cap.")
        var delta: String

        @Option(help: "Why the cap changes.")
        var reason: String

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(
                    try LedgerReport.setCap(
                        ledger, population: population, epsilon: epsilon, delta: delta,
                        reason: reason))
            }
        }
    }
}
