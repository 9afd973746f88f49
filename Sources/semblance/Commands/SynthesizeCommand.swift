// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance synthesize`.
struct SynthesizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synthesize",
        abstract: "Draw rows again from kept measurements; free, and no real record is opened.",
        discussion: """
            Without options it writes the released table's rows again. A condition is terms joined by \
            commas, such as 'age>=65,sex=F', 'state in {NY, NJ}' or 'income not missing'; a missing value \
            meets no comparison, and a bound has to be the edge of a bin. --balance draws every value of \
            a column equally often, or in stated shares: --balance denied=Y:0.5,N:0.5.

            The measurements' signature, MEASUREMENTS.sig, is checked first; its namespace is \
            dp-measurements-v1. --unsigned takes a file that nobody signed, and you vouch for it.

            Example: semblance synthesize out/claims.measurements.json --rows 100000 \\
                       --where 'sex=F' --output women.csv --allowed-signers keys/allowed_signers
            """)

    @Argument(help: "What a release kept: NAME.measurements.json.")
    var measurements: String

    @Option(help: "How many rows; by default as many as the release has, or the condition's share.")
    var rows: Int?

    @Option(help: "The public seed of the rows; the release's own by default.")
    var seed: UInt64?

    @Option(name: .customLong("where"), help: "A condition that all rows meet.")
    var condition = ""

    @Option(help: "A column whose values come equally often, or in shares: denied=Y:0.5,N:0.5.")
    var balance: String?

    @Option(name: .shortAndLong, help: "A file that is not there yet; standard output by default.")
    var output = "-"

    @Option(help: "csv or jsonl.")
    var format = "csv"

    @Option(help: "OpenSSH allowed_signers file with the keys that you trust.")
    var allowedSigners: String?

    @Option(help: "The principal to expect; any in the file by default.")
    var identity: String?

    @Flag(help: "Take measurements without a signature.")
    var unsigned = false

    @Option(help: "The watermark's master secret, to mark the copy; with --recipient.")
    var watermarkKey: String?

    @Option(help: "For whom the copy is; with --watermark-key.")
    var recipient: String?

    @Option(help: "Threads; 0 for one a processor. The rows are the same for any number.")
    var threads = 0

    @OptionGroup var progress: ProgressOptions

    func validate() throws {
        guard allowedSigners == nil || !unsigned else {
            throw ValidationError(
                "Found both --allowed-signers and --unsigned, expected one of them.")
        }
        guard allowedSigners != nil || unsigned else {
            throw ValidationError(
                "Say whose signature you trust with --allowed-signers, or --unsigned for none.")
        }
        guard (watermarkKey != nil) == (recipient != nil) else {
            throw ValidationError("A marked copy needs both --watermark-key and --recipient.")
        }
        guard ["csv", "jsonl"].contains(format) else {
            throw ValidationError("Found format '\(format)', expected csv or jsonl.")
        }
        guard rows.map({ (1...1_000_000_000_000).contains($0) }) ?? true else {
            throw ValidationError("Expected --rows from 1 to 1000000000000.")
        }
        guard threads >= 0 else { throw ValidationError("Expected --threads of 0 or more.") }
    }

    func run() throws {
        var request = RowRequest(
            measurements: measurements,
            trust: allowedSigners.map { .signers(path: $0, identity: identity) } ?? .unsigned)
        request.rows = rows
        request.seed = seed
        request.condition = condition
        request.balance = balance
        request.output = output
        request.format = format
        if let watermarkKey, let recipient {
            request.mark = RowRequest.Mark(key: watermarkKey, recipient: recipient)
        }
        let asked = request
        try Terminal.run { () throws(ReleaseError) in
            let summary = try progress.running(threads: threads) {
                (control) throws(ReleaseError) in
                try RowSynthesis.write(asked, control: control)
            }
            // Rows on standard output leave the summary to standard error.
            if output != "-" {
                Terminal.say(summary)
            } else if !progress.quiet {
                Terminal.note(summary)
            }
        }
    }
}
