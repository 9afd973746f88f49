// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// `semblance audit-mechanism`.
struct AuditMechanismCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit-mechanism",
        abstract: "Attack our own mechanisms on invented records: do they keep what they charge?",
        discussion: """
            Runs them many times on a table without and with one person, and bounds from below how much \
            the outputs tell. With a release file: its method, budget, cap and sizes; without one: every \
            mechanism by itself. Never reads the table. A claim that is contradicted is exit code 70.

            Example: semblance audit-mechanism fixtures/claims/release.yaml --runs 1000
            """)

    @Argument(
        help: "The release file; none for every mechanism by itself.",
        completion: .file(extensions: ["yaml", "yml"]))
    var release: String?

    @Option(
        help:
            "Runs that synthesize rows or discover, on each of two tables; ten times as many measure only."
    )
    var runs = 1000

    @Option(help: "The chance that a true claim is rejected.")
    var falseAlarm = 1e-6

    @Option(name: .shortAndLong, help: "Where to write the findings as JSON.")
    var output: String?

    @OptionGroup var progress: ProgressOptions

    func run() throws {
        try Terminal.run { () throws(ReleaseError) in
            let report = try progress.running { (control) throws(ReleaseError) in
                if let release {
                    try MechanismAuditing.audit(
                        releaseFile: release, runs: runs, falseAlarm: falseAlarm, control: control)
                } else {
                    try MechanismAuditing.auditMechanisms(
                        runs: runs, falseAlarm: falseAlarm, control: control)
                }
            }
            Terminal.say(report.summary)
            if let output { try report.write(to: output) }
            try report.requireHolds()
        }
    }
}
