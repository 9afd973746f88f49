// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A wrong input, the exit code it has to lead to, and a part of the message.
struct BadInput: Sendable, CustomStringConvertible {
    let description: String
    let edit: String
    let status: Int32
    let message: String
}

private let inputs: [BadInput] = [
    .init(
        description: "missing column", edit: "sed -i '1s/diagnosis/diag/' small.csv", status: 65,
        message: "column \"diagnosis\""),
    .init(
        description: "wrong type",
        edit: "sed -i '7s/,[0-9.]*,\\([0-9.]*\\),\\([YN]\\)$/,CANARY,\\1,\\2/' small.csv; "
            + "sed -i 's/\"decimals\": 2, /\"decimals\": 2, \"outside\": \"refuse\", /' claims.schema.json",
        status: 65, message: "small.csv, line 7, column \"billed\": found text"),
    .init(
        description: "outside the domain",
        edit: "sed -i '7s/,[0-9.]*,\\([0-9.]*\\),\\([YN]\\)$/,987654321.00,\\1,\\2/' small.csv; "
            + "sed -i 's/\"decimals\": 2, /\"decimals\": 2, \"outside\": \"refuse\", /' claims.schema.json",
        status: 65, message: "small.csv, line 7, column \"billed\""),
    .init(
        description: "broken gzip",
        edit:
            "gzip -c small.csv | head -c 30000 > cut.csv.gz; sed -i 's/small.csv/cut.csv.gz/' release.yaml",
        status: 65, message: "cut.csv.gz"),
    .init(description: "empty file", edit: ": > small.csv", status: 65, message: "no records"),
    .init(
        description: "header only", edit: "sed -i '2,$d' small.csv", status: 65,
        message: "no records"),
    .init(
        description: "ragged row", edit: "sed -i '9s/$/,extra/' small.csv", status: 65,
        message: "small.csv, line 9"),
    .init(
        description: "no source", edit: "rm small.csv", status: 66, message: "no such file"),
    .init(
        description: "ε = 0", edit: "sed -i 's/epsilon: 2.0/epsilon: 0/' release.yaml", status: 78,
        message: "release.yaml, line 7"),
    .init(
        description: "ε negative", edit: "sed -i 's/epsilon: 2.0/epsilon: -1/' release.yaml",
        status: 78, message: "release.yaml, line 7"),
    .init(
        description: "ε not a number", edit: "sed -i 's/epsilon: 2.0/epsilon: .nan/' release.yaml",
        status: 78, message: "not a finite number"),
    .init(
        description: "target is no column",
        edit: "sed -i 's/target: denied/target: nowhere/' release.yaml", status: 78,
        message: "expected one of"),
    .init(
        description: "preserved column is no column",
        edit:
            "sed -i 's/^synthesis: .*/synthesis: {method: tree, preserve: [[sex, nowhere]]}/' release.yaml",
        status: 78, message: "key synthesis.preserve: found 'nowhere', expected one of"),
    .init(
        description: "preserved column twice",
        edit:
            "sed -i 's/^synthesis: .*/synthesis: {method: tree, preserve: [[sex, plan, sex]]}/' release.yaml",
        status: 78, message: "column twice"),
    .init(
        description: "preserved by a method that cannot",
        edit:
            "sed -i 's/^synthesis: .*/synthesis: {method: mixture, preserve: [[sex, plan, denied]]}/' release.yaml",
        status: 78, message: "use method auto, tree, aim or mst"),
    .init(
        description: "preserved beyond the model's size",
        edit:
            "sed -i 's/^synthesis: .*/synthesis: {method: aim, preserve: [[zip3, specialty, diagnosis, billed, paid, birth_year]], model: {max_mib: 1}}/' release.yaml",
        status: 78, message: "model too large"),
    .init(
        description: "cap below one", edit: "sed -i 's/rows: 4/rows: 0/' release.yaml", status: 78,
        message: "unit.rows"),
    .init(
        description: "unit is measured",
        edit: "sed -i 's/column: member_id/column: sex/' release.yaml", status: 78,
        message: "unit column is measured"),
    .init(
        description: "unknown key", edit: "sed -i 's/^title:/titel:/' release.yaml", status: 78,
        message: "unknown key"),
    .init(
        description: "output in no folder",
        edit: "sed -i 's#path: out/#path: /proc/none#' release.yaml", status: 73,
        message: "/proc/none"),
    .init(
        description: "policy forbids",
        edit: "sed -i 's/max_epsilon_per_release: 3.0/max_epsilon_per_release: 1/' policy.yaml",
        status: 77, message: "privacy.epsilon is 2, allowed at most 1"),
    .init(
        description: "recipient unknown",
        edit: "sed -i 's/name: acme-labs/name: who/' release.yaml",
        status: 77, message: "recipient.name"),
    .init(
        description: "key open to others", edit: "chmod 644 keys/release_ed25519", status: 78,
        message: "chmod 600"),
    .init(
        description: "no key", edit: "rm keys/release_ed25519", status: 66, message: "signing key"),
    .init(
        description: "schema is no JSON", edit: "echo '{' > claims.schema.json", status: 78,
        message: "claims.schema.json"),
    .init(
        description: "more rows than identifiers",
        edit: "sed -i 's/C\\[0-9\\]{7}/C[0-9]{3}{luhn}/' claims.schema.json; "
            + "sed -i 's/method: auto/method: auto, rows: 1001/' release.yaml",
        status: 78, message: "a pattern of 1000 values"),
    .init(
        description: "ledger is no ledger", edit: "echo 'not a database, no' > ledger.sqlite",
        status: 65, message: "ledger corrupt"),
    .init(
        description: "cap too small for the release",
        edit: "sed -i 's/cap: {epsilon: 6.0/cap: {epsilon: 1.0/' policy.yaml", status: 10,
        message: "budget refused"),
]

@Suite("Bad input")
struct BadInputTests {
    @Test(
        "is told in one line with its exit code, charges nothing and leaves nothing",
        arguments: inputs)
    func refused(input: BadInput) throws {
        let place = try Workplace("claims")
        try place.shell(
            "zcat claims.csv.gz | head -2000 > small.csv; sed -i 's/claims.csv.gz/small.csv/' release.yaml"
        )
        try place.shell(input.edit)
        let outcome = try place.semblance("release", "--quiet", "release.yaml")
        #expect(outcome.status == input.status, "\(outcome.errors)")
        #expect(outcome.errors.contains(input.message), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(!outcome.errors.contains("CANARY") && !outcome.errors.contains("987654321"))
        #expect(outcome.output.isEmpty)
        if input.status != 65 || !input.message.contains("ledger") {
            #expect(try place.charges() == 0)
        }
        let left = (try? FileManager.default.contentsOfDirectory(atPath: place.path + "/out")) ?? []
        #expect(left.isEmpty, "\(left)")
    }

    @Test("an unknown option is a usage error")
    func unknownOption() throws {
        let place = try Workplace("claims")
        #expect(try place.semblance("release", "--frobnicate", "release.yaml").status == 64)
    }

    @Test("a plan whose files changed is stale")
    func stalePlan() throws {
        let place = try Workplace("claims")
        #expect(try place.semblance("plan", "release.yaml", "--output", "plan.json").status == 0)
        try place.shell("echo '# more' >> policy.yaml")
        let outcome = try place.semblance("release", "plan.json")
        #expect(outcome.status == 13)
        #expect(outcome.errors.contains("policy.yaml changed"))
    }

    @Test(
        "a release that the budget does not cover gets no plan, and an older plan stays as it was")
    func planOverBudget() throws {
        let place = try Workplace("claims")
        try place.shell("echo older > old.json")
        try place.edit("policy.yaml", "cap: {epsilon: 6.0", "cap: {epsilon: 1.0")
        for name in ["plan.json", "old.json"] {
            let outcome = try place.semblance("plan", "release.yaml", "--output", name)
            #expect(outcome.status == 10)
            #expect(outcome.output.contains("REFUSED  budget refused"))
            #expect(!outcome.output.contains("Plan written"))
            #expect(outcome.errors.contains("no plan was written to \(name)"), "\(outcome.errors)")
        }
        #expect(!place.exists("plan.json"))
        #expect(try place.text("old.json") == "older\n")
    }

    @Test("a failed gate exits 11, keeps the charge and writes no archive")
    func failedGate() throws {
        let place = try Workplace("claims")
        try place.edit("release.yaml", "max_2way_tvd: 0.25", "max_2way_tvd: 0.0001")
        let outcome = try place.semblance("release", "--quiet", "release.yaml")
        #expect(outcome.status == 11)
        #expect(outcome.errors.contains("max_2way_tvd: fail"))
        #expect(try place.charges() == 1)
        #expect(!place.exists("out/claims-vendor-2026q4.tar.gz"))
        // What it left is told to be its own.
        let again = try place.semblance("release", "--quiet", "release.yaml")
        #expect(again.status == 73)
        #expect(
            again.errors.contains("left by a run that ended with gateFailed (ledger entry"),
            "\(again.errors)")
    }

    @Test(
        "a figure without power is told as none, in the terminal, the report and the audit document"
    )
    func powerless() throws {
        let place = try Workplace("claims")
        try place.shell(
            "sed -i 's/epsilon: 2.0/epsilon: 0.001/; /^gate:/,/max_linkage/d' release.yaml")
        let outcome = try place.semblance("release", "--quiet", "release.yaml")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let words = "not enough records or budget to tell"
        #expect(outcome.output.contains(words), "\(outcome.output)")
        let archive = "tar xzOf out/claims-vendor-2026q4.tar.gz claims-vendor-2026q4/"
        #expect(
            try place.shell(archive + "reports/report.html").output.contains("<td>\(words)</td>"))
        #expect(try place.shell(archive + "audit/AUDIT.md").output.contains("| \(words) |"))
        let audit = try place.shell(archive + "audit/audit.json").output
        #expect(audit.contains("\"informative\" : false"))
    }

    @Test("a column that is all outside its domain is named, from counts that were paid for")
    func outside() throws {
        let place = try Workplace("claims")
        try place.shell(
            "zcat claims.csv.gz | sed -E '2,$s/,(HMO|PPO|EPO|HDHP),/,new,/' > new.csv; "
                + "sed -i 's/claims.csv.gz/new.csv/' release.yaml")
        let outcome = try place.semblance("release", "--quiet", "release.yaml")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("WARNING  Column plan: about"))
        #expect(outcome.output.split(separator: "\n").count { $0.contains("WARNING") } == 1)
    }

    @Test("a full disk behind standard output is an error like others")
    func fullOutput() throws {
        let place = try Workplace("claims")
        let outcome = try place.shell("'\(binary)' plan release.yaml > /dev/full")
        #expect(outcome.status == 74)
        #expect(outcome.errors.contains("cannot write: standard output"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test("errors are JSON where the log is")
    func jsonErrors() throws {
        let place = try Workplace("claims")
        try place.shell("printf 'x\n' > bad.csv; sed -i 's/claims.csv.gz/bad.csv/' release.yaml")
        let outcome = try place.semblance("release", "--log-format", "json", "release.yaml")
        #expect(outcome.status == 65)
        let events = try outcome.errors.split(separator: "\n").map { line in
            try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        let last = try #require(events.last)
        #expect(last["event"] as? String == "error" && last["status"] as? Int == 65)
        #expect((last["message"] as? String)?.contains("bad.csv") == true)
        #expect(events.allSatisfy { $0["time"] is String })
    }

    @Test("of two runs of one release at once, one is refused and not charged")
    func twoRuns() throws {
        let place = try Workplace("claims")
        let outcome = try place.shell(
            """
            for run in 1 2; do '\(binary)' release --quiet release.yaml > out.$run 2> err.$run & pids="$pids $!"; done
            for pid in $pids; do wait $pid; codes="$codes$?\\n"; done; printf "$codes" | sort -n | tr '\\n' ' '
            """)
        #expect(outcome.output == "0 73 ")
        #expect(try place.charges() == 1)
    }

    @Test("a place that cannot be written is told before the table is read")
    func noPlace() throws {
        let place = try Workplace("claims")
        let outcome = try place.semblance(
            "count", "release.yaml", "--output", "nowhere/x.tally")
        #expect(outcome.status == 73)
        #expect(!outcome.errors.contains("reading"))
    }

    @Test("ragged rows go to a private quarantine file when the release file says so")
    func quarantine() throws {
        let place = try Workplace("claims")
        try place.shell(
            """
            zcat claims.csv.gz > all.csv; sed -i '9s/$/,extra/; 20s/,.*//' all.csv
            sed -i 's/paths: .claims.csv.gz., format: csv/paths: [all.csv], format: csv, quarantine: bad.csv/' \
            release.yaml
            """)
        let outcome = try place.semblance("release", "--quiet", "release.yaml")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let bad = try place.text("bad.csv")
        #expect(bad.contains(",extra"))
        let mode = try FileManager.default.attributesOfItem(atPath: place.path + "/bad.csv")
        #expect((mode[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }
}
