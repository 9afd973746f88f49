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
        #expect(outcome.output.contains("delimiter comma, quote \" (doubled), a header, utf-8"))
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
        // Neither whose privacy it is nor whose budget is for a table to say.
        for (file, key, line) in [
            ("release.yaml", "unit", "unit: {column: \"member_id\", rows: 10}"),
            ("policy.yaml", "population", "population: members"),
            ("release.yaml", "ledger", "ledger: ledger.sqlite"),
        ] {
            let refused = try place.semblance("plan", "draft/release.yaml")
            #expect(refused.status == 78)
            #expect(refused.errors.contains("key \(key)"), "\(refused.errors)")
            #expect(try place.text("draft/\(file)").contains("# " + line))
            try place.edit("draft/\(file)", "# " + line, line)
        }
        for command in [["plan"], ["release", "--quiet"], ["count", "--output", "t.tally"]] {
            let refused = try place.semblance(command + ["draft/release.yaml"])
            #expect(refused.status == 78)
            #expect(refused.errors.contains("unconfirmed: claims.schema.json"))
            #expect(refused.errors.contains("member_id (name, pattern)"))
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
        try place.shell(
            #"sed -i -E 's/^# (unit:|ledger:|population:)/\1/' draft/release.yaml draft/policy.yaml"#
        )
        let counted = try place.semblance(
            "count", "--quiet", "draft/release.yaml", "--output", "t.tally")
        #expect(counted.status == 0, "\(counted.errors)")
    }

    @Test(
        "says in one line what is wrong",
        arguments: [
            ("init nowhere.csv", 66, "no such file: nowhere.csv"),
            ("init empty.csv", 65, "the file is empty"),
            ("init ids.csv", 65, "nothing to measure: ids.csv"),
            ("init claims.csv.gz --name ../x", 64, "--name"),
            ("init claims.csv.gz --name x:y", 64, "--name"),
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

    @Test(
        "never tells a cell: of an odd number, a record taken for a header, a rare text",
        arguments: [
            ("a,b\n" + String(repeating: "5.25,x\n", count: 300) + "CANARY", "x\n"),
            ("", String(repeating: "0.5,x\n", count: 300) + "123456789012345678,CANARY\n"),
            ("a,code\n", String(repeating: "1,0\n2,-0\n", count: 200) + "CANARY,3\n"),
            (
                "{\"CANARY x\": {\"CANARY\": 1}}\n",
                String(repeating: "{\"a\": 1}\n{\"a\": 2}\n", count: 90)
            ),
        ])
    func canary(head: String, tail: String) throws {
        let place = try Workplace("claims")
        let bytes = Data((head + tail).utf8)
        try bytes.write(to: URL(fileURLWithPath: place.path + "/c.txt"))
        let outcome = try place.semblance("init", "c.txt", "--output", "draft")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!(outcome.output + outcome.errors).contains("CANARY"))
        #expect(!(try place.text("draft/c.schema.json").contains("CANARY")))
    }

    @Test("marks every field of a draft, names and pointers included")
    func marks() throws {
        let place = try Workplace("claims")
        let lines = (0..<40).map {
            "{\"id\": \($0), \"home\": {\"city\": \"c\($0 % 2)\"}, \"n\": \($0 % 7)}\n"
        }
        try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: place.path + "/t.jsonl"))
        #expect(try place.semblance("init", "t.jsonl", "--output", "draft").status == 0)
        let schema = try place.text("draft/t.schema.json")
        let fields = schema.split(separator: "\n").filter { $0.contains("\"name\":") }
        #expect(fields.count == 3)
        #expect(fields.allSatisfy { $0.contains("\"unconfirmed\": [\"name\"") })
        #expect(schema.contains("\"unconfirmed\": [\"name\", \"pointer\", \"type\", \"enum\"]"))
    }

    @Test(
        "drafts what count can read, whatever the names",
        arguments: [
            ",sex\n" + (0..<20).map { "\($0),\($0 % 2 == 0 ? "M" : "F")\n" }.joined(),
            "\n\nsex,x\n" + String(repeating: "F,2\nM,3\n", count: 15),
            "account\u{85}unit: {rows: 1} # id,sex\n" + String(repeating: "1,F\n2,M\n", count: 15),
            "account\u{2028}ledger: x # id,sex\n" + String(repeating: "1,F\n2,M\n", count: 15),
            String(repeating: "{\"sex\": \"F\", \"\": 1}\n{\"sex\": \"M\", \"\": 2}\n", count: 15),
            String(repeating: "{\"sex\": \"F\", \"a\": {\"b\": {\"c\": 1}}}\n", count: 15)
                + String(repeating: "{\"sex\": \"M\"}\n", count: 15) + "{\"CANARY\": null}\n",
        ])
    func readable(text: String) throws {
        let place = try Workplace("claims")
        try Data(text.utf8).write(to: URL(fileURLWithPath: place.path + "/t.txt"))
        let drafted = try place.semblance("init", "t.txt", "--output", "draft")
        #expect(drafted.status == 0, "\(drafted.errors)")
        #expect(!drafted.output.contains("CANARY"))
        #expect(!(try place.text("draft/t.schema.json").contains("CANARY")))
        try place.shell(
            #"sed -i -E 's/"unconfirmed": \[[^]]*\]/"unconfirmed": []/' draft/t.schema.json"#)
        let refused = try place.semblance("plan", "draft/release.yaml")
        #expect(refused.status == 78 && refused.errors.contains("key unit"), "\(refused.errors)")
        try place.shell(
            """
            sed -i -E 's/^# ledger:/ledger:/; s/^# Only.*$/unit: {rows: 1}/; s/^evidence:.*/evidence: off/' \\
              draft/release.yaml
            sed -i -E 's/^# population:/population:/; s/^evidence:.*/evidence: {required: false}/' \\
              draft/policy.yaml
            """)
        let counted = try place.semblance(
            "count", "--quiet", "draft/release.yaml", "--output", "t.tally")
        #expect(counted.status == 0, "\(counted.errors)")
    }
}
