// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Releases

/// The command line.
///
/// It holds no logic: each command reads its options and calls the `Releases` room.
@main
struct Semblance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "semblance",
        abstract: "Hand out something like a sensitive table, under differential privacy.",
        discussion: """
            A release goes init, plan, release, verify:

              semblance init TABLE              drafts of its files; the owner confirms them
              semblance plan release.yaml       what it would cost; reads no record
              semblance release release.yaml    one signed archive, or a refusal
              semblance verify out/NAME.tar.gz --allowed-signers allowed_signers

            Exit codes: 0 done, 10 budget refused, 11 gate failed, 13 plan stale, \
            64 usage, 65 bad data or failed verification, 66 no input, 69 ledger \
            unavailable, 70 defect, 73 cannot create, 74 read or write failed, \
            75 ledger busy (retry), 77 policy forbids, 78 configuration, 130 interrupted.
            """,
        version: Program.version,
        subcommands: [
            InitCommand.self, PlanCommand.self, ReleaseCommand.self, CountCommand.self,
            SparkJobCommand.self, SynthesizeCommand.self,
            VerifyCommand.self, AuditMechanismCommand.self, TraceCommand.self,
            LedgerCommand.self, KeyCommand.self,
        ])
}
