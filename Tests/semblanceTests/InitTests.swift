// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The init command")
struct InitTests {
    @Test("drafts what a release needs, and nothing is released before a person confirms it")
    func draft() throws {
        let place = try Workplace("claims")
        let outcome = try place.semblance("init", "claims.csv.gz", "--output", "draft")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("delimiter comma, quote \" (doubled), header, utf-8"))
        #expect(outcome.output.contains("member_id     made up by a pattern: hipaa.health_plan"))
        #expect(outcome.output.contains("diagnosis     24 listed values; sensitive"))
        // Names of columns only: a terminal is not where values belong.
        #expect(!outcome.output.contains("Hypertension"))
        for file in ["claims.schema.json", "policy.yaml", "release.yaml"] {
            let facts = try FileManager.default.attributesOfItem(
                atPath: "\(place.path)/draft/\(file)")
            #expect((facts[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }

        try place.semblance(
            "key", "new", "--directory", "draft/keys", "--identity", "you@example.org")
        for command in [["plan"], ["release", "--quiet"], ["count", "--output", "t.tally"]] {
            let refused = try place.semblance(command + ["draft/release.yaml"])
            #expect(refused.status == 78)
            #expect(refused.errors.contains("unconfirmed: claims.schema.json"))
            #expect(refused.errors.contains("diagnosis (type, enum)"))
        }
        #expect(!place.exists("draft/ledger.sqlite") && !place.exists("t.tally"))

        try place.shell(
            #"sed -i -E 's/, "unconfirmed": \[[^]]*\]//; s/"unconfirmed": \[[^]]*\]//' draft/claims.schema.json"#
        )
        let planned = try place.semblance("plan", "draft/release.yaml")
        #expect(planned.status == 0, "\(planned.errors)")
        #expect(planned.output.contains("for all records of one member_id, at most 10 used"))
        let released = try place.semblance("release", "--quiet", "draft/release.yaml")
        #expect(released.status == 0, "\(released.errors)")
    }

    @Test("replaces nothing, and writes nothing where one file is in the way")
    func inTheWay() throws {
        let place = try Workplace("claims")
        try place.shell("mkdir draft; echo mine > draft/policy.yaml")
        let outcome = try place.semblance("init", "claims.csv.gz", "--output", "draft")
        #expect(outcome.status == 73)
        #expect(outcome.errors.contains("already there: draft/policy.yaml"))
        #expect(try place.text("draft/policy.yaml") == "mine\n")
        #expect(!place.exists("draft/release.yaml") && !place.exists("draft/claims.schema.json"))
    }

    @Test("writes the dialect it found, with which the table is read")
    func dialect() throws {
        let place = try Workplace("claims")
        try place.shell(
            """
            { echo '# exported'; zcat claims.csv.gz | head -3000 | tr ',' ';'; } | iconv -t utf-16 > odd.txt
            """)
        let outcome = try place.semblance("init", "odd.txt", "--output", "draft")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let release = try place.text("draft/release.yaml")
        #expect(
            release.contains("odd.txt\"], format: csv, delimiter: \";\", comment: \"#\""))
        #expect(release.contains("encoding: utf-16"))
        try place.shell(
            #"sed -i -E 's/"unconfirmed": \[[^]]*\]/"unconfirmed": []/' draft/odd.schema.json"#)
        let counted = try place.semblance(
            "count", "--quiet", "draft/release.yaml", "--output", "t.tally")
        #expect(counted.status == 0, "\(counted.errors)")
    }

    @Test(
        "says in one line what is wrong",
        arguments: [
            ("init nowhere.csv", 66, "no such file: nowhere.csv"),
            ("init empty.csv", 65, "the file is empty"),
            ("init ids.csv", 65, "every field is an identifier"),
            ("init cut.gz", 65, "cut.gz"),
            ("init claims.csv.gz --output /proc/none", 73, "/proc/none"),
            ("init claims.csv.gz --sample 0", 64, "--sample"),
        ])
    func wrong(arguments: String, status: Int32, message: String) throws {
        let place = try Workplace("claims")
        try place.shell(
            """
            : > empty.csv; printf 'patient_id,email\\n1,a@b\\n2,c@d\\n' > ids.csv
            head -c 20000 claims.csv.gz > cut.gz
            """)
        let outcome = try place.semblance(arguments.split(separator: " ").map(String.init))
        #expect(outcome.status == status, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
        #expect(!outcome.errors.contains("a@b"))
    }
}
