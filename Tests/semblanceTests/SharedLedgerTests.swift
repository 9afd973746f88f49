// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Whether the distribution's PostgreSQL server is installed.
private let hasServer =
    (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))?.isEmpty == false

@Suite("A ledger that machines share")
struct SharedLedgerTests {
    @Test(
        "a team's ledger: the owner makes it, a writer releases, a second machine joins",
        .enabled(if: hasServer))
    func team() throws {
        let place = try Workplace("claims")
        try place.edit(
            "release.yaml", "ledger: ledger.sqlite", "ledger: postgresql://ada@/ledger")
        let script = """
            set -e
            semblance() { "\(binary)" "$@"; }
            url=postgresql://ada@/ledger
            export SEMBLANCE_STATE_DIR=$PWD/state/ada
            status() { set +e; "$@" >/dev/null 2>>errors; echo "$? $1 $2 $3"; set -e; }
            psql -X -q -U owner -c 'CREATE ROLE ada LOGIN' ledger
            # Before the owner has made it.
            status semblance plan release.yaml --output plan.json
            semblance ledger sql | psql -X -q -U owner ledger
            psql -X -q -U owner -c 'GRANT semblance_writer TO ada' ledger
            status semblance plan release.yaml --output plan.json
            status semblance release plan.json
            status semblance ledger verify $url
            head=$(semblance ledger head $url)
            semblance ledger show $url
            # Another machine.
            export SEMBLANCE_STATE_DIR=$PWD/state/bob
            status semblance ledger show $url
            status semblance ledger join $url --head nonsense
            status semblance ledger join $url --head "1:${head#*:}"
            status semblance ledger join $url --head "$head"
            status semblance ledger show $url
            stat -c '%a' state/ada state/bob
            # Somebody puts an older copy back.
            psql -X -q -U owner ledger -c 'ALTER TABLE semblance.entry DISABLE TRIGGER ALL' \\
                -c 'DELETE FROM semblance.entry WHERE seq > 1'
            status semblance ledger show $url
            """
        let server = package + "/Tests/PostgreSQL/server.sh"
        let done = try run("/bin/sh", [server, "with", "sh", "-c", script], in: place.path)
        #expect(done.status == 0, "\(done.errors)")
        let lines = done.output.split(separator: "\n").map(String.init)
        #expect(
            lines.filter { $0.contains("semblance ") || $0 == "700" } == [
                "66 semblance plan release.yaml", "0 semblance plan release.yaml",
                "0 semblance release plan.json", "0 semblance ledger verify",
                "65 semblance ledger show", "64 semblance ledger join",
                "65 semblance ledger join", "0 semblance ledger join", "0 semblance ledger show",
                "700", "700", "65 semblance ledger show",
            ])
        #expect(lines.contains { $0.contains("claims-vendor-2026q4 for acme-labs") })
        let errors = try place.text("errors")
        #expect(errors.contains("semblance ledger sql"))
        #expect(errors.contains("semblance ledger join"))
        #expect(errors.contains("rolled back"))
    }

    @Test("a password in a URL is refused with its place and the advice, and never shown")
    func password() throws {
        let place = try Workplace("claims")
        let url = "postgresql://ada:hunter2@db.example/budget"
        try place.edit("release.yaml", "ledger: ledger.sqlite", "ledger: \(url)")
        for (command, hint) in [
            (["plan", "release.yaml", "--output", "plan.json"], "release.yaml, line "),
            (["ledger", "show", url], "PGPASSFILE"), (["ledger", "verify", url], "PGPASSFILE"),
        ] {
            let outcome = try place.semblance(command)
            #expect(outcome.status == 78, "\(outcome.errors)")
            #expect(outcome.errors.contains(hint), "\(outcome.errors)")
            #expect(!(outcome.errors + outcome.output).contains("hunter2"))
        }
    }

    @Test("a server that is not there is exit 69, and nothing is written")
    func nobodyThere() throws {
        let place = try Workplace("claims")
        let url = "postgresql:///budget?host=/nonexistent"
        try place.edit("release.yaml", "ledger: ledger.sqlite", "ledger: \(url)")
        let state = ["SEMBLANCE_STATE_DIR": place.path + "/state"]
        let outcome = try place.semblance("release", "release.yaml", environment: state)
        #expect(outcome.status == 69, "\(outcome.errors)")
        #expect(outcome.errors.contains("ledger unavailable"))
        #expect(!place.exists("out/claims-vendor-2026q4.tar.gz"))
    }
}
