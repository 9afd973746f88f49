// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@Suite("The ledger from the command line")
struct LedgerCommandTests {
    private func has(_ tool: String) -> Bool {
        ["/usr/bin/", "/bin/", "/usr/local/bin/"].contains {
            FileManager.default.isExecutableFile(atPath: $0 + tool)
        }
    }

    private func spentTwice() throws -> Workplace {
        let place = try Workplace("quarterly")
        for quarter in ["q1", "q2"] {
            let outcome = try place.semblance("release", "-q", "release-2026\(quarter).yaml")
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        return place
    }

    @Test("show, forecast, checkpoint, export and reconcile on a ledger of two releases")
    func wholeWay() throws {
        let place = try spentTwice()
        try forecast(place)
        try export(place)
        try checkpoint(place)
        let closed = try place.semblance("ledger", "reconcile", "ledger.sqlite")
        #expect(closed.output == "Every charge has ended.\n")
    }

    @Test(
        "other people have a budget of their own only after somebody has said that they are others")
    func population() throws {
        let place = try spentTwice()
        try place.edit("policy.yaml", "population: survey-respondents", "population: respondents")
        let refused = try place.semblance("release", "-q", "release-2026q3.yaml")
        #expect(refused.status != 0)
        #expect(refused.errors.contains("add-population"), "\(refused.errors)")
        #expect(refused.errors.contains("survey-respondents"), "\(refused.errors)")
        #expect(try place.charges() == 2)
        let added = try place.semblance(
            "ledger", "add-population", "ledger.sqlite", "--population", "respondents", "--epsilon",
            "1.9", "--delta", "1e-9", "--reason", "a new panel")
        #expect(added.status == 0, "\(added.errors)")
        let again = try place.semblance(
            "ledger", "add-population", "ledger.sqlite", "--population", "respondents", "--epsilon",
            "9", "--delta", "1e-9", "--reason", "more")
        #expect(again.status != 0)
        #expect(try place.semblance("release", "-q", "release-2026q3.yaml").status == 0)
        let shown = try place.semblance("ledger", "show", "ledger.sqlite").output
        #expect(shown.contains("Population respondents"))
    }

    @Test("a URL of another kind of database is no file, and is not shown")
    func otherDatabase() throws {
        let place = try Workplace("quarterly")
        for url in ["mysql://ada:s3cret@db/budget", "postgressql://ada:s3cret@db/budget"] {
            let outcome = try place.semblance("ledger", "show", url)
            #expect(outcome.status == 78, "\(outcome.errors)")
            #expect(outcome.errors.contains("another kind of database"))
            #expect(!(outcome.errors + outcome.output).contains("s3cret"))
        }
    }

    private func forecast(_ place: Workplace) throws {
        let history = try place.semblance(
            "ledger", "forecast", "ledger.sqlite", "--every", "3", "months", "--epsilon", "1",
            "--delta", "1e-9", "--start", "2026-07-01")
        #expect(history.status == 0, "\(history.errors)")
        #expect(
            history.output.contains("1 more fit; the first that is refused is that of 2026-10-01"))
        let planned = try place.semblance(
            "ledger", "forecast", "--release", "release-2026q3.yaml", "--every", "1 year")
        #expect(planned.output.contains("1 more fit"), "\(planned.output)\(planned.errors)")
        let monthly = try place.semblance(
            "ledger", "forecast", "--release", "release-2026q3.yaml", "--every", "1 month")
        #expect(monthly.output.contains(" every month from "), "\(monthly.output)")
        for wrong in [
            ["ledger.sqlite", "--every", "soon", "--epsilon", "1", "--delta", "1e-9"],
            ["ledger.sqlite", "--every", "1 day"],
            ["ledger.sqlite", "--every", "1 day", "--epsilon", "0", "--delta", "1e-9"],
            ["--every", "1 day", "--epsilon", "1", "--delta", "1e-9"],
            [
                "ledger.sqlite", "--every", "1 day", "--epsilon", "1", "--delta", "1e-9", "--start",
                "x",
            ],
        ] {
            #expect(try place.semblance(["ledger", "forecast"] + wrong).status == 64, "\(wrong)")
        }
    }

    /// The export is a chain to jq and sha256sum.
    private func export(_ place: Workplace) throws {
        let shown = try place.semblance("ledger", "export", "ledger.sqlite").output
        try shown.write(toFile: place.path + "/chain.jsonl", atomically: true, encoding: .utf8)
        guard has("jq"), has("sha256sum") else { return }
        let script = """
            p=$(printf '0%.0s' $(seq 64)); while IFS= read -r l; do
            [ "$(printf %s "$l" | jq -r .prev)" = "$p" ] || exit 1
            p=$(printf %s "$l" | sha256sum | cut -d' ' -f1); done
            """
        #expect(try place.shell("{ \(script)\n} < chain.jsonl").status == 0)
        let changed = "sed 's/2026q1/2026q9/' chain.jsonl"
        #expect(try place.shell("\(changed) | { \(script)\n}").status == 1)
        let shared =
            ProcessInfo.processInfo.environment["SEMBLANCE_SHARED"] ?? package + "/../shared"
        guard FileManager.default.fileExists(atPath: shared + "/verify/verify_chain.sh") else {
            return
        }
        let verified = try place.shell("bash \(shared)/verify/verify_chain.sh < chain.jsonl")
        #expect(verified.output.contains("ok entries=6"), "\(verified.output)")
    }

    private func checkpoint(_ place: Workplace) throws {
        let first = try place.semblance(
            "ledger", "checkpoint", "ledger.sqlite", "--key", "keys/release_ed25519", "--output",
            "one.txt")
        #expect(first.status == 0, "\(first.errors)")
        #expect(try place.text("one.txt").split(separator: "\n").count == 3)
        try place.semblance("release", "-q", "release-2026q3.yaml")
        let second = try place.semblance(
            "ledger", "checkpoint", "ledger.sqlite", "--key", "keys/release_ed25519", "--output",
            "two.txt", "--since", "one.txt")
        #expect(second.status == 0, "\(second.errors)")
        #expect(place.exists("two.txt.proof.json"))
        try place.shell("sed 's/^6$/5/' one.txt > forged.txt")
        let forged = try place.semblance(
            "ledger", "checkpoint", "ledger.sqlite", "--key", "keys/release_ed25519", "--output",
            "three.txt", "--since", "forged.txt")
        #expect(forged.status == 65)
        #expect(!place.exists("three.txt"))
        guard has("ssh-keygen") else { return }
        for name in ["one", "two"] {
            let stock = """
                ssh-keygen -Y verify -f keys/allowed_signers -I release@clearwater.example \
                -n dp-ledger-v1 -s \(name).txt.sig < \(name).txt
                """
            #expect(try place.shell(stock).status == 0)
        }
        #expect(
            try place.shell(
                """
                ssh-keygen -Y verify -f keys/allowed_signers -I release@clearwater.example \
                -n dp-release-v1 -s one.txt.sig < one.txt
                """
            ).status != 0)
    }

    @Test("a policy's window, type and recipient limits refuse a release, and show names them")
    func policyLimits() throws {
        let place = try Workplace("quarterly")
        try place.shell(
            """
            cat >> policy.yaml <<'Y'
            windows: [{days: 365, epsilon: 1.2, delta: 1e-9}]
            release_types: [{name: quarterly, cap: {epsilon: 1.9, delta: 1e-9}}]
            each_recipient: {epsilon: 1.9, delta: 1e-9}
            Y
            """)
        #expect(try place.semblance("plan", "release-2026q1.yaml").status == 77)
        try place.shell("sed -i 's/^ledger:/type: quarterly\\nledger:/' release-*.yaml")
        #expect(try place.semblance("release", "-q", "release-2026q1.yaml").status == 0)
        let planned = try place.semblance("plan", "release-2026q2.yaml")
        #expect(planned.output.contains("REFUSED  budget refused"), "\(planned.output)")
        let refused = try place.semblance("release", "-q", "release-2026q2.yaml")
        #expect(refused.status == 10)
        #expect(refused.errors.contains("the policy's limit of any 365 days"), "\(refused.errors)")
        let shown = try place.semblance("ledger", "show", "ledger.sqlite").output
        for limit in ["any 365 days", "releases of type quarterly", "limit on recipient"] {
            #expect(shown.contains(limit), "\(shown)")
        }
    }

    @Test("a ledger and anchor that the policy names are used, and an old copy is refused")
    func anchored() throws {
        let place = try Workplace("quarterly")
        try place.shell(
            """
            mkdir -p safe && echo 'ledger: {path: ledger.sqlite, anchor: safe/anchor}' >> policy.yaml
            """)
        // The ledger is the policy's to name.
        #expect(try place.semblance("release", "-q", "release-2026q1.yaml").status == 77)
        try place.shell("sed -i '/^ledger:/d' release-*.yaml")
        #expect(try place.semblance("release", "-q", "release-2026q1.yaml").status == 0)
        try place.shell("mkdir old && cp ledger.sqlite* old/")
        #expect(try place.semblance("release", "-q", "release-2026q2.yaml").status == 0)
        try place.shell("rm ledger.sqlite* && cp old/* .")
        let refused = try place.semblance("release", "-q", "release-2026q3.yaml")
        #expect(refused.status == 65)
        #expect(refused.errors.contains("ledger rolled back"), "\(refused.errors)")
        // The copy and its head file agree with each other; only the anchor knows better.
        let copy = try place.semblance("ledger", "show", "ledger.sqlite")
        #expect(
            copy.output.hasSuffix(
                "Whole as far as this copy tells; give --anchor to detect an old copy.\n"))
        let verified = try place.semblance("ledger", "verify", "ledger.sqlite")
        #expect(verified.output.contains("give --anchor to detect an old copy"))
        let held = try place.semblance("ledger", "show", "ledger.sqlite", "--anchor", "safe/anchor")
        #expect(held.status == 65 && held.errors.contains("--accept-loss"), "\(held.errors)")
        let accepted = try place.semblance(
            "ledger", "reconcile", "ledger.sqlite", "--accept-loss", "--anchor", "safe/anchor",
            "--reason", "disk died")
        #expect(accepted.status == 0, "\(accepted.errors)")
        #expect(accepted.output.contains("as the anchor knows"), "\(accepted.output)")
        #expect(try place.semblance("release", "-q", "release-2026q3.yaml").status == 0)
        #expect(try place.semblance("release", "-q", "release-2026q4.yaml").status == 10)
        let whole = try place.semblance(
            "ledger", "show", "ledger.sqlite", "--anchor", "safe/anchor")
        #expect(whole.output.hasSuffix("Whole, and continues what its anchor safe/anchor knows.\n"))
    }

    @Test("a database put back beside a newer head file, or taken away, names the way on")
    func databaseOnly() throws {
        let place = try Workplace("quarterly")
        #expect(try place.semblance("release", "-q", "release-2026q1.yaml").status == 0)
        try place.shell("cp ledger.sqlite old.sqlite")
        #expect(try place.semblance("release", "-q", "release-2026q2.yaml").status == 0)
        try place.shell("rm -f ledger.sqlite-*; cp old.sqlite ledger.sqlite")
        let way = "'semblance ledger reconcile ledger.sqlite --accept-loss'"
        let back = try place.semblance("release", "-q", "release-2026q3.yaml")
        #expect(back.status == 65 && back.errors.contains("ledger rolled back"), "\(back.errors)")
        #expect(back.errors.contains(way), "\(back.errors)")
        try place.shell("rm -f ledger.sqlite ledger.sqlite-*")
        let gone = try place.semblance("release", "-q", "release-2026q3.yaml")
        #expect(gone.status == 65 && gone.errors.contains("ledger vanished"), "\(gone.errors)")
        #expect(gone.errors.contains(way), "\(gone.errors)")
    }

    @Test("every help of a group of commands has an example", arguments: ["ledger", "key"])
    func groupHelp(command: String) throws {
        let help = try run(binary, [command, "--help"], in: package)
        #expect(help.output.contains("Example: semblance \(command) "), "\(help.output)")
    }

    @Test("amounts are read alike everywhere: four digits, rounded up, and none as zero")
    func amounts() throws {
        let place = try Workplace("claims")
        try place.shell(
            "sed -i 's/epsilon: 2.0/epsilon: 0.001/; /^gate:/,/max_linkage/d' release.yaml; "
                + "sed -i '/min_auc/d' release.yaml")
        let planned = try place.semblance("plan", "release.yaml")
        #expect(planned.status == 0, "\(planned.errors)")
        let rho = try #require(planned.output.split(separator: "(ρ = ").last?.prefix { $0 != ")" })
        #expect(rho.contains("e-") && rho.utf8.count <= 9, "\(rho)")
        let fraction = try Regex("[0-9]/[0-9]{6}")
        #expect(!planned.output.contains(fraction), "\(planned.output)")
        #expect(!planned.output.contains("ρ = 0.000"))
        #expect(try place.semblance("release", "-q", "release.yaml").status == 0)
        let shown = try place.semblance("ledger", "show", "ledger.sqlite").output
        #expect(shown.contains("ρ = \(rho)  released"), "\(shown)")
        let audit = try place.shell(
            "tar xzOf out/claims-vendor-2026q4.tar.gz claims-vendor-2026q4/audit/AUDIT.md"
        ).output
        #expect(audit.contains("drawn: ρ = \(rho)."), "\(audit)")
        // A mechanism's own variance may be a fraction; what it costs is none.
        let costs = audit.split(separator: "\n").filter { $0.hasPrefix("|") }
            .map { $0.split(separator: "|").suffix(2).joined() }
        #expect(!costs.contains { $0.contains(fraction) }, "\(costs)")
    }

    @Test("a cap is read alike everywhere, rounded down, and what fills it reads as the cap")
    func filledCap() throws {
        let place = try Workplace("claims")
        try place.edit("policy.yaml", "epsilon: 6.0, delta: 1e-8", "epsilon: 2.79955, delta: 1e-9")
        try place.shell(
            "sed -i 's/epsilon: 2.0/epsilon: 2.79955/; /^gate:/,/max_linkage/d' release.yaml")
        let planned = try place.semblance("plan", "release.yaml").output
        #expect(planned.contains("cap ε = 2.799 at δ = 1e-9"), "\(planned)")
        #expect(planned.contains("with this one  ε = 2.799\n"), "\(planned)")
        let released = try place.semblance("release", "-q", "release.yaml")
        #expect(released.status == 0, "\(released.errors)")
        #expect(
            released.output.contains("all releases  ε = 2.799 of 2.799 at δ = 1e-9"),
            "\(released.output)")
        let shown = try place.semblance("ledger", "show", "ledger.sqlite").output
        for line in [
            "cap        ε = 2.799 at δ = 1e-9", "spent      ε = 2.799  ", "remaining  ρ = 0, 0.0 %",
        ] {
            #expect(shown.contains(line), "\(shown)")
        }
        try place.shell("tar xzf out/claims-vendor-2026q4.tar.gz --strip-components 1")
        let audit = try place.text("audit/AUDIT.md")
        #expect(audit.contains("cap ε = 2.799 at δ = 1e-9."))
        #expect(audit.contains("this one included: ε = 2.799."))
        let report = try place.text("reports/report.html")
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(report.contains("The bar ends at the cap, ε = 2.799 at δ = 1e-9."))
        #expect(report.contains("this one included: ε = 2.799."))
        // What the audit document says of its figures is true of the file that it names.
        #expect(audit.contains("for each ε that is computed"))
        let exact = try place.text("audit/audit.json")
        #expect(exact.contains("2.79955") && exact.contains("\"2.799\""))
    }

    @Test(
        "reconcile closes nothing where the folder of --outputs is none, and a file ends no sweep")
    func outputsFolder() throws {
        let place = try Workplace("claims")
        try place.shell("sed -i '/^gate:/,/max_linkage/d' release.yaml")
        #expect(try place.semblance("release", "-q", "release.yaml").status == 0)
        let before = try place.semblance("ledger", "export", "ledger.sqlite").output
        let none = try place.semblance("ledger", "reconcile", "ledger.sqlite", "--outputs", "no")
        #expect(none.status == 66 && none.errors.contains("no such folder: no"), "\(none.errors)")
        #expect(try place.semblance("ledger", "export", "ledger.sqlite").output == before)
        let name = "out/claims-vendor-2026q4"
        try place.shell(
            "mkdir \(name).tar.gz.partial; touch \(name).measurements.json.partial out/x.tar.gz.partial"
        )
        let swept = try place.semblance("ledger", "reconcile", "ledger.sqlite", "--outputs", "out")
        #expect(swept.status == 0, "\(swept.errors)")
        for line in [
            "left    \(name).tar.gz.partial: it is a folder",
            "removed \(name).measurements.json.partial",
            "left    out/x.tar.gz.partial: not of this",
        ] {
            #expect(swept.output.contains(line), "\(swept.output)")
        }
    }
}

/// Kills releases at random instants; `SEMBLANCE_KILLS` says how often.
@Suite("A release that is killed", .serialized)
struct KilledReleaseTests {
    @Test(
        "nothing drawn is uncharged, nothing charged is given back, nothing half-written looks finished"
    )
    func killed() throws {
        let kills = Int(ProcessInfo.processInfo.environment["SEMBLANCE_KILLS"] ?? "") ?? 4
        let place = try Workplace("claims")
        // The cap shall not end the test.
        try place.edit("policy.yaml", "epsilon: 6.0", "epsilon: 900")
        try place.shell(
            "sed -i 's/^privacy: .*/privacy: {epsilon: 0.5, delta: 1e-9}/; /^gate:/,/max_linkage/d' release.yaml"
        )
        var charges = 0
        for kill in 0..<kills {
            try place.shell("sed -i 's/^release: .*/release: run\(kill)/' release.yaml")
            let process = Process()
            process.executableURL = URL(fileURLWithPath: binary)
            process.arguments = ["release", "-q", "release.yaml"]
            process.currentDirectoryURL = URL(fileURLWithPath: place.path)
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            usleep(UInt32.random(in: 10_000...2_500_000))
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            guard place.exists("ledger.sqlite") else { continue }
            #expect(try place.semblance("ledger", "verify", "ledger.sqlite").status == 0)
            let now = try place.charges()
            #expect(now == charges || now == charges + 1)
            // Whatever was measured was charged before.
            if place.exists("out/run\(kill).measurements.json") {
                #expect(now == charges + 1)
                // The signature is there first.
                #expect(place.exists("out/run\(kill).measurements.json.sig"))
            }
            if place.exists("out/run\(kill).tar.gz") {
                #expect(now == charges + 1)
                #expect(
                    try place.semblance(
                        "verify", "out/run\(kill).tar.gz", "--allowed-signers",
                        "keys/allowed_signers"
                    ).status == 0)
            }
            charges = now
        }
        let open = try place.semblance("ledger", "show", "ledger.sqlite").output
            .split(separator: "\n").filter { $0.contains("never ended") }.count
        let closed = try place.semblance("ledger", "reconcile", "ledger.sqlite").output
            .split(separator: "\n").filter { $0.hasPrefix("closed") }.count
        #expect(closed == open)
        #expect(try place.charges() == charges)
        let swept = try place.semblance(
            "ledger", "reconcile", "ledger.sqlite", "--outputs", "out")
        #expect(swept.status == 0, "\(swept.errors)")
        // Of a run that died before its charge the ledger cannot know whose it was.
        let left = try FileManager.default.contentsOfDirectory(atPath: place.path + "/out")
        for name in left where name.hasSuffix(".partial") {
            #expect(swept.output.contains("left    out/\(name): not of this ledger"), "\(name)")
        }
        try place.shell("sed -i 's/^release: .*/release: last/' release.yaml")
        #expect(try place.semblance("release", "-q", "release.yaml").status == 0)
        #expect(try place.charges() == charges + 1)
    }
}
