// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

private let archive = "out/claims-vendor-2026q4.tar.gz"

@Suite("A release from end to end")
struct ReleaseTests {
    @Test("plan, release and verify make an archive that stock tools accept, and tampering shows")
    func wholeWay() throws {
        let place = try Workplace("claims")
        let plan = try place.semblance("plan", "release.yaml", "--output", "plan.json")
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(try place.charges() == 0)
        let release = try place.semblance("release", "plan.json")
        #expect(release.status == 0, "\(release.errors)")
        #expect(try place.charges() == 1)
        let verified = try place.semblance(
            "verify", archive, "--allowed-signers", "keys/allowed_signers")
        #expect(verified.status == 0, "\(verified.errors)")

        let layout = try place.shell("tar tzf \(archive)").output.split(separator: "\n").sorted()
        #expect(
            layout.map { $0.dropFirst("claims-vendor-2026q4/".count) } == [
                "SHA256SUMS", "SHA256SUMS.sig", "TERMS.md", "VERIFY.md", "audit/AUDIT.md",
                "audit/audit.json", "audit/plan.json", "data/data.csv", "datapackage.json",
                "ledger/checkpoint.txt", "ledger/checkpoint.txt.sig", "ledger/entry.json",
                "ledger/inclusion.json", "reports/report.html", "schema.json",
            ])
        try stockTools(place)
        try noIdentifierEscapes(place)
        try trace(place)
        try tampering(place)
        // A second release under the same name is refused before anything is charged.
        #expect(try place.semblance("release", "release.yaml").status == 73)
        #expect(try place.charges() == 1)
    }

    private func stockTools(_ place: Workplace) throws {
        let check = """
            tar xzf \(archive) && cd claims-vendor-2026q4 && sha256sum -c --strict --quiet SHA256SUMS &&
            diff <(cut -c67- SHA256SUMS) <(find . -type f ! -name SHA256SUMS ! -name SHA256SUMS.sig |
              sed 's|^\\./||' | LC_ALL=C sort)
            """
        #expect(try place.shell(check).status == 0)
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen") else { return }
        let verify = """
            ssh-keygen -Y verify -f keys/allowed_signers -I release@clearwater.example \
            -n dp-release-v1 -s claims-vendor-2026q4/SHA256SUMS.sig < claims-vendor-2026q4/SHA256SUMS
            """
        #expect(try place.shell(verify).status == 0)
    }

    private func noIdentifierEscapes(_ place: Workplace) throws {
        let source = try place.shell("zcat claims.csv.gz | tail -n +2 | cut -d, -f2 | sort -u")
            .output
        let members = Set(source.split(separator: "\n"))
        let packed = try place.shell("cat $(find claims-vendor-2026q4 -type f)").output
        #expect(members.count > 10_000)
        // Invented identifiers follow the same pattern; what must not happen is a copied e-mail or name.
        #expect(!packed.contains("@example.org"))
        #expect(!packed.contains("Elm, Ada"))
        let table = try place.text("claims-vendor-2026q4/data/data.csv")
        #expect(table.split(separator: "\n").count > 30_000)
    }

    private func trace(_ place: Workplace) throws {
        try """
        recipients:
          - {release: claims-vendor-2026q4, name: acme-labs}
          - {release: claims-vendor-2026q4, name: other-labs, schema: claims.schema.json}
        """.write(toFile: place.path + "/recipients.yaml", atomically: true, encoding: .utf8)
        try place.shell(
            "(head -1 claims-vendor-2026q4/data/data.csv; "
                + "tail -n +2 claims-vendor-2026q4/data/data.csv | head -3000 | sort -R) > leaked.csv"
        )
        // The archive's schema knows the shapes of the bins.
        let trace = try place.semblance(
            "trace", "leaked.csv", "--schema", "claims-vendor-2026q4/schema.json", "--recipients",
            "recipients.yaml", "--key", "keys/watermark.key")
        #expect(trace.status == 0, "\(trace.errors)")
        #expect(trace.output.contains("ACCUSED   acme-labs"), "\(trace.output)")
        #expect(trace.output.contains("no trace  other-labs"))
        // The next release of the table may name the schema, whose shapes are then fitted anew.
        let schema = try place.text("claims-vendor-2026q4/schema.json")
        #expect(schema.contains("\"shape\""))
    }

    private func tampering(_ place: Workplace) throws {
        func refused(_ edit: String, _ word: String) throws {
            try place.shell(
                "rm -rf t && mkdir t && tar xzf \(archive) -C t && cd t/claims* && \(edit)")
            try place.shell("cd t && tar czf ../tampered.tar.gz claims-vendor-2026q4")
            let outcome = try place.semblance(
                "verify", "tampered.tar.gz", "--allowed-signers", "keys/allowed_signers")
            #expect(outcome.status == 65, "\(edit)")
            #expect(outcome.errors.contains(word), "\(edit): \(outcome.errors)")
        }
        try refused("echo x >> data/data.csv", "checksums")
        try refused("sed -i 's/ε/e/' TERMS.md; echo >> TERMS.md", "checksums")
        try refused("echo x > extra.txt", "was added")
        try refused("rm VERIFY.md", "is missing")
        try refused("echo x >> data/data.csv; sha256sum data/data.csv >> SHA256SUMS", "signature")
        try refused("rm SHA256SUMS.sig", "layout")
        try refused("ln -s /etc/passwd link", "unsafe archive entry")
        try place.shell("head -c 20000 \(archive) > cut.tar.gz")
        #expect(
            try place.semblance("verify", "cut.tar.gz", "--allowed-signers", "keys/allowed_signers")
                .status == 65)
        let stranger = try place.semblance(
            "verify", archive, "--allowed-signers", "keys/allowed_signers", "--identity", "x@y")
        #expect(stranger.status == 65)
    }

    @Test("the quarterly plan stops hard at the cap: three releases, then exit 10")
    func quarterly() throws {
        let place = try Workplace("quarterly")
        for quarter in 1...3 {
            let outcome = try place.semblance("release", "release-2026q\(quarter).yaml")
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let refused = try place.semblance("release", "release-2026q4.yaml")
        #expect(refused.status == 10)
        #expect(refused.errors.contains("budget refused"))
        #expect(!place.exists("out/labour-survey-2026q4.tar.gz"))
        #expect(try place.charges() == 3)
        #expect(try place.semblance("ledger", "verify", "ledger.sqlite").status == 0)
    }

    @Test(
        "killed while noise is drawn, a release leaves its charge and nothing that looks finished")
    func killed() throws {
        let place = try Workplace("claims")
        // Many rows to write, so that the end is far away when the kill arrives.
        try place.edit("release.yaml", "method: auto", "method: auto, rows: 20000000")
        try place.edit("claims.schema.json", "C[0-9]{7}", "C[0-9]{9}")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = ["release", "release.yaml"]
        process.currentDirectoryURL = URL(fileURLWithPath: place.path)
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var seen = ""
        while !seen.contains("measuring") {
            let data = errors.fileHandleForReading.availableData
            if data.isEmpty { break }
            seen += String(decoding: data, as: UTF8.self)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(seen.contains("measuring"))
        #expect(!place.exists(archive))
        #expect(try place.charges() == 1)
        let shown = try place.semblance("ledger", "show", "ledger.sqlite")
        #expect(shown.output.contains("never ended (running, or killed"))
        try leftovers(place)
        // The next release goes through and is charged on top.
        try place.shell(
            "sed -i 's/, rows: 20000000//; s/^release: .*/release: again/' release.yaml")
        #expect(try place.semblance("release", "release.yaml").status == 0)
        #expect(try place.charges() == 2)
    }

    /// What the dead run left is told to be that, and removed on request; what is paid for stays.
    private func leftovers(_ place: Workplace) throws {
        let kept = "out/claims-vendor-2026q4.measurements.json"
        #expect(place.exists(kept + ".partial"))
        try place.shell("cp \(kept).partial \(kept)")
        let again = try place.semblance("release", "-q", "release.yaml")
        #expect(again.status == 73)
        #expect(
            again.errors.contains("left by a run that was killed before its archive was written"),
            "\(again.errors)")
        #expect(!place.exists(kept + ".partial"))
        try place.shell("touch \(kept).partial out/strange.tar.gz.partial")
        let closed = try place.semblance("ledger", "reconcile", "ledger.sqlite")
        #expect(closed.output.contains("closed  #3"), "\(closed.output)")
        #expect(closed.output.contains("--outputs FOLDER removes them"))
        let swept = try place.semblance("ledger", "reconcile", "ledger.sqlite", "--outputs", "out")
        #expect(swept.output.contains("removed \(kept).partial: half-written"), "\(swept.output)")
        #expect(swept.output.contains("kept    \(kept): noisy"), "\(swept.output)")
        #expect(!place.exists(kept + ".partial") && place.exists("out/strange.tar.gz.partial"))
        // A file whose lock is held is a running one's.
        let held = try place.shell(
            """
            touch \(kept).partial
            flock \(kept).partial '\(binary)' ledger reconcile ledger.sqlite --outputs out
            """)
        #expect(held.output.contains("left    \(kept).partial: a run is writing it"))
        #expect(place.exists(kept + ".partial"))
    }

    @Test("two releases at once are both charged, and the chain holds")
    func twoWriters() async throws {
        let place = try Workplace("claims")
        try place.shell("sed 's/^release: .*/release: second/' release.yaml > second.yaml")
        let path = place.path
        async let first = run(binary, ["release", "-q", "release.yaml"], in: path)
        async let second = run(binary, ["release", "-q", "second.yaml"], in: path)
        let outcomes = try await [first, second]
        #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes.map(\.errors))")
        #expect(try place.charges() == 2)
        #expect(try place.semblance("ledger", "verify", "ledger.sqlite").status == 0)
    }

    @Test("evidence off is said, and nothing is assessed")
    func evidenceOff() throws {
        let place = try Workplace("claims")
        try place.shell(
            "sed -i 's/^evidence: .*/evidence: off/; /^gate:/,/max_linkage/d' release.yaml")
        #expect(try place.semblance("release", "release.yaml").status == 77)
        try place.edit("policy.yaml", "required: true", "required: false")
        let outcome = try place.semblance("release", "release.yaml")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let report = try place.shell("tar xzOf \(archive) claims-vendor-2026q4/audit/AUDIT.md")
            .output
        #expect(report.contains("Not assessed: evidence is switched off"))
        #expect(report.contains("- Why this method: "))
        #expect(outcome.output.contains("\n  method        "), "\(outcome.output)")
        let page = try place.shell("tar xzOf \(archive) claims-vendor-2026q4/reports/report.html")
            .output
        #expect(page.contains("How the rows were made") && page.contains("invented units"))
        #expect(page.contains("<code>paid &lt;= billed</code>"))
    }

    @Test("JSON Lines in and out, from standard input")
    func jsonLines() throws {
        let place = try Workplace("claims")
        try place.shell(
            """
            zcat claims.csv.gz | head -4001 | python3 -c '
            import csv, json, sys
            for row in csv.DictReader(sys.stdin):
                row["birth_year"] = int(row["birth_year"])
                row["denied"] = row["denied"] == "Y"
                print(json.dumps(row))' > claims.jsonl
            sed -i 's/paths: .claims.csv.gz., format: csv/paths: ["-"], format: jsonl/; s/data: csv/data: jsonl/
            s/^gate:/gate: {}/; /^  max_/d; /^  min_auc/d' release.yaml
            """)
        guard place.exists("claims.jsonl"), try place.text("claims.jsonl").count > 1000 else {
            return
        }
        let outcome = try run(
            binary, ["release", "release.yaml"], in: place.path, input: "claims.jsonl")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = try place.shell("tar xzOf \(archive) claims-vendor-2026q4/data/data.jsonl")
            .output
            .split(separator: "\n")
        #expect(lines.count > 2500)
        for line in lines.prefix(50) {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            // Null stands for a value outside the declared ones.
            #expect(object?["denied"] is Bool || object?["denied"] is NSNull)
        }
    }
}
