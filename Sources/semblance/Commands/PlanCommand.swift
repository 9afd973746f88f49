// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance plan`.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what a release would cost and how good it can be, without reading a record.",
        discussion: """
            Reads the release file, its schema, its policy and the ledger; never the table. Writes a \
            plan that 'semblance release' accepts in place of the release file, and refuses when \
            one of the files has changed since. A release that the budget does not cover gets no plan.

            With --records, errors are forecast for a table of about that many records, and a release whose \
            rows would be noise is warned of. The number changes nothing else: it should be what everybody \
            knows of the table, as plans are not private.

            Example: semblance plan fixtures/claims/release.yaml --records 20000 --output plan.json
            """)

    @Argument(help: "The release file.", completion: .file(extensions: ["yaml", "yml"]))
    var release: String

    @Option(name: .shortAndLong, help: "Where to write the plan as JSON.")
    var output: String?

    @Option(help: "About how many records the table has; never read from it.")
    var records: Int?

    func validate() throws {
        guard records.map({ (1...1_000_000_000_000).contains($0) }) ?? true else {
            throw ValidationError("--records: expected a number from 1 on")
        }
    }

    func run() throws {
        try Terminal.run { () throws(ReleaseError) in
            let plan = try Planner.plan(releaseFile: release, records: records)
            Terminal.say(plan.summary)
            if let output {
                try plan.write(to: output)
                Terminal.say("Plan written to \(output)")
            } else {
                try plan.requireAffordable()
            }
        }
    }
}
