// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

extension LedgerCommand {
    /// `semblance ledger sql`.
    struct SQL: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sql",
            abstract:
                "Print the SQL script that makes a ledger in PostgreSQL: table, guards, roles.",
            discussion: """
                The database's owner runs it once. Releases run as roles that are granted \
                semblance_writer, which may read and append; semblance_reader may only read.

                Example: semblance ledger sql | psql postgresql://owner@db.example/budget
                """)

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in Terminal.say(LedgerSharing.script) }
        }
    }

    /// `semblance ledger head`.
    struct Head: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the ledger and print its last entry as NUMBER:HASH, for 'join'.",
            discussion: "Example: semblance ledger head postgresql://ada@db.example/budget")

        @Argument(help: "The ledger: a file, or a PostgreSQL URL.")
        var ledger: String

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(try LedgerSharing.head(ledger))
            }
        }
    }

    /// `semblance ledger join`.
    struct Join: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let this machine use a ledger that others have charged before.",
            discussion: """
                Every machine keeps the last entry it has seen, so that an older copy put back is \
                noticed. A new machine has seen none: tell it one that another machine knows.

                Example: semblance ledger join postgresql://ada@db.example/budget --head 42:9f86d0…
                """)

        @Argument(help: "The ledger: a file, or a PostgreSQL URL.")
        var ledger: String

        @Option(help: "NUMBER:HASH, as 'semblance ledger head' prints it on another machine.")
        var head: String

        func run() throws {
            try Terminal.run { () throws(ReleaseError) in
                Terminal.say(try LedgerSharing.join(ledger, head: head))
            }
        }
    }
}
