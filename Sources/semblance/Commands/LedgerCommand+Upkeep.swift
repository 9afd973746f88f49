// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

extension LedgerCommand {
    /// `semblance ledger add-population`.
    struct AddPopulation: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-population",
            abstract: "Give other people a budget of their own, on record.",
            discussion: """
                You assert that nobody of them is in a population that the ledger knows: a person in two has
                two budgets. A ledger's first population needs no such word; its first release adds it.

                Example: semblance ledger add-population ledger.sqlite --population claims-staff \\
                           --epsilon 6 --delta 1e-8 --reason "staff are insured elsewhere"
                """)

        @Argument(help: "The ledger: a file, or a PostgreSQL URL.")
        var ledger: String

        @Option(help: "The new population.")
        var population: String

        @Option(help: "Epsilon of its cap.")
        var epsilon: String

        @Option(help: "Delta of its cap.")
        var delta: String

        @Option(help: "Why nobody of them is in another population.")
        var reason: String

        @Option(help: "The ledger's anchor file.")
        var anchor: String?

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(
                    try LedgerMaintenance.addPopulation(
                        ledger, anchor: anchor, population: population, epsilon: epsilon,
                        delta: delta, reason: reason))
            }
        }
    }

    /// `semblance ledger forecast`.
    struct Forecast: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell how many more releases fit, and when the first is refused.",
            discussion: """
                Costs add as zero-concentrated differential privacy, as the ledger adds them.

                Example: semblance ledger forecast ledger.sqlite --every 3 months --epsilon 1 --delta 1e-9
                Example: semblance ledger forecast --release release.yaml --every 1 month
                """)

        @Argument(help: "The ledger; the release file's where none is named.")
        var ledger: String?

        @Option(help: "A release file: its cost, type, recipient and policy are planned.")
        var release: String?

        @Option(
            parsing: .upToNextOption, help: "The time from one release to the next: 3 months.")
        var every: [String]

        @Option(help: "Epsilon of each release.")
        var epsilon: String?

        @Option(help: "Delta of each release.")
        var delta: String?

        @Option(help: "The population, where there are several.")
        var population: String?

        @Option(help: "The type of each release.")
        var type: String?

        @Option(help: "Whom each release is for.")
        var recipient: String?

        @Option(help: "The day of the first release, YYYY-MM-DD; today where none is named.")
        var start: String?

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                var question = LedgerForecast.Question(every: every.joined(separator: " "))
                question.ledger = ledger
                question.releaseFile = release
                question.epsilon = epsilon
                question.delta = delta
                question.population = population
                question.releaseType = type
                question.recipient = recipient
                question.start = start
                Terminal.say(try LedgerForecast.forecast(question))
            }
        }
    }

    /// `semblance ledger checkpoint`.
    struct Checkpoint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign what the ledger is now, to hold against what it is later.",
            discussion: """
                Writes name, size and Merkle root (C2SP tlog-checkpoint), and an SSH signature beside it.

                Example: semblance ledger checkpoint ledger.sqlite --key keys/release_ed25519 \\
                           --output checkpoint.txt --since last-year/checkpoint.txt
                """)

        @Argument(help: "The ledger: a file, or a PostgreSQL URL.")
        var ledger: String

        @Option(help: "The OpenSSH private key that signs.")
        var key: String

        @Option(help: "Where the checkpoint goes; its signature goes beside it.")
        var output = "checkpoint.txt"

        @Option(
            help: "An older checkpoint that the ledger has to continue; the proof is written too.")
        var since: String?

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(
                    try LedgerMaintenance.checkpoint(
                        ledger, key: key, output: output, since: since))
            }
        }
    }

    /// `semblance ledger reconcile`.
    struct Reconcile: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Close charges whose release was killed, or go on after a lost ledger.",
            discussion: """
                Charges stay; nothing is ever given back. A charge is closed when its process is gone from this
                machine, when it is older than any release runs, or when its entry is named.

                With --accept-loss, an old copy becomes the ledger, and what was charged since is charged anew:
                as the anchor knows, or else all that is left. It counts under every limit, whatever type of
                release or recipient it was for. Use it only when the newest copy is lost for good.

                Example: semblance ledger reconcile ledger.sqlite --outputs out
                Example: semblance ledger reconcile ledger.sqlite --entry 12 --reason "host was replaced"
                """)

        @Argument(help: "The ledger: a file, or a PostgreSQL URL.")
        var ledger: String

        @Option(help: "An entry to close, whatever its age; may be repeated.")
        var entry: [Int] = []

        @Option(help: "Close what is older than so many days, wherever it ran.")
        var olderThan = 3

        @Option(help: "Why, for the record.")
        var reason = "its process is gone"

        @Option(help: "The ledger's anchor file.")
        var anchor: String?

        @Option(
            help:
                "A folder that releases write to: removes what killed runs left half-written there."
        )
        var outputs: String?

        @Flag(help: "Let an old copy be the ledger, and charge what it lacks.")
        var acceptLoss = false

        func validate() throws {
            guard (0...36_525).contains(olderThan) else {
                throw ValidationError("--older-than: expected 0 to 36525 days")
            }
            guard !acceptLoss || (entry.isEmpty && outputs == nil) else {
                throw ValidationError(
                    "--accept-loss with --entry or --outputs: expected one of them")
            }
        }

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(
                    acceptLoss
                        ? try LedgerMaintenance.acceptLoss(ledger, anchor: anchor, reason: reason)
                        : try LedgerMaintenance.reconcile(
                            ledger, anchor: anchor, entries: entry, olderThan: olderThan,
                            reason: reason, outputs: outputs))
            }
        }
    }
}
