// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance trace`.
struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Tell whose copy a found table is, by the watermark of each recipient.",
        discussion: """
            The recipients file lists releases and recipients:

              recipients:
                - {release: claims-vendor-2026q4, name: acme-labs}
                - {release: claims-vendor-2026q3, name: acme-labs, schema: q3/schema.json}

            The schema.json of a release's archive tells how its values crowd inside bins; with the schema
            that was declared nobody is accused wrongly, but the mark may not be found.

            Columns may be missing, rows shuffled or deleted, values partly altered.

            Example: semblance trace leaked.csv --schema claims-vendor-2026q4/schema.json \\
                       --recipients recipients.yaml --key watermark.key
            """)

    @Argument(help: "The found table, CSV or JSON Lines.")
    var table: String

    @Option(help: "The schema.json of the archive, or the schema that the release was made with.")
    var schema: String

    @Option(help: "The recipients file.")
    var recipients: String

    @Option(help: "The watermark's master secret.")
    var key: String

    func run() throws {
        try Terminal.run { () throws(ReleaseError) in
            let report = try Tracer.trace(
                table: table, schema: schema, recipients: recipients, key: key)
            Terminal.say(report.summary)
        }
    }
}
