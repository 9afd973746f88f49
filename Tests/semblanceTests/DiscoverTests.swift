// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A table of persons with a category, an amount and a day, whose common values are far above any threshold.
func persons(_ extra: String = "") -> String {
    let cities = ["Oslo", "\"San, Jose\"", "Łódź", "\"say \"\"hi\"\"\"", "京都"]
    return "who,city,amount,day,note\n"
        + (0..<3_000).map { row in
            "p\(row / 2),\(cities[row % 5]),\(100 + row % 800).50,2023-0\(1 + row % 9)-11,\n"
        }.joined() + extra
}

private let schema = """
    {"missingValues": [""], "fields": [
      {"name": "who", "type": "string", "semblance": {"role": "identifier"}},
      {"name": "city", "type": "string", "semblance": {"discover": {"categories": 40}}},
      {"name": "amount", "type": "number", "semblance": {"decimals": 2, "discover": {"bins": 8}}},
      {"name": "day", "type": "date", "semblance": {"discover": {"bins": 4}}},
      {"name": "note", "type": "string", "semblance": {"discover": true}}
    ]}
    """

/// A workplace with a table of one's own, evidence off.
func workplace(
    _ table: String, schema text: String = schema, epsilon: String = "1000",
    format: String = "csv", extra: String = ""
) throws -> Workplace {
    let place = try Workplace("claims")
    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: place.path + "/" + name, atomically: true, encoding: .utf8)
    }
    try write("table", table)
    try write("s.json", text)
    try write(
        "release.yaml",
        """
        release: found
        source: {paths: [table], format: \(format)}
        schema: s.json
        unit: {column: who, rows: 2}
        privacy: {epsilon: \(epsilon), delta: 1e-9}
        synthesis: {method: auto, rows: 500}
        evidence: off
        \(extra)
        recipient: {name: acme-labs, jurisdiction: US}
        policy: policy.yaml
        ledger: ledger.sqlite
        signing: {key: keys/release_ed25519, identity: release@clearwater.example}
        watermark: {key: keys/watermark.key}
        output: {path: out/, data: \(format)}

        """)
    try write(
        "policy.yaml",
        """
        policy: test
        population: persons
        cap: {epsilon: 1000, delta: 1e-8}
        limits: {max_epsilon_per_release: 1000, max_delta_per_release: 1e-8}
        evidence: {required: false}

        """)
    return place
}

private func archived(_ place: Workplace, _ name: String) throws -> String {
    try place.shell("tar xzOf out/found.tar.gz found/\(name)").output
}

@Suite("Discovery from end to end")
struct DiscoverTests {
    @Test(
        "finds categories, bounds and nothing; plan, audit, report and archive say what and for what"
    )
    func wholeWay() throws {
        let place = try workplace(persons())
        // The plan is made before any record is there.
        try place.shell("mv table away")
        let plan = try place.semblance("plan", "release.yaml", "--output", "plan.json")
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(plan.output.contains("Domains to be discovered, from the training part only"))
        #expect(plan.output.contains("records of the table are not found"))
        #expect(plan.output.contains("each of at most 42 cells"))
        try place.shell("mv away table")
        let release = try place.semblance("release", "plan.json")
        #expect(release.status == 0, "\(release.errors)")
        #expect(release.output.contains("5 categories"))
        #expect(release.output.contains("from 81.92 to 1310.71"))
        #expect(release.output.contains("no category: none has about"))
        #expect(release.output.contains("WARNING  Column note: discovery found nothing"))

        let found = try archived(place, "schema.json")
        #expect(
            found.contains(#"{"values":["Oslo","San, Jose","say \"hi\"","Łódź","京都"]}"#), "\(found)"
        )
        #expect(found.contains(#"{"empty":true}"#))
        let data = try archived(place, "data/data.csv")
        #expect(data.hasPrefix("city,amount,day,note\n"))
        #expect(data.contains("京都") && data.contains("\"San, Jose\""))
        let audit = try archived(place, "audit/AUDIT.md")
        #expect(
            audit.contains("| city | categories |") && audit.contains("discovery of bounds: day"))
        #expect(audit.contains("Of δ, 1e-10 is kept for the thresholds of discovery"))
        let report = try archived(place, "reports/report.html")
        #expect(
            report.contains("<h2>Domains</h2>") && report.contains("no category: none has about"))
        let verified = try place.semblance(
            "verify", "out/found.tar.gz", "--allowed-signers", "keys/allowed_signers")
        #expect(verified.status == 0, "\(verified.errors)")
        #expect(try place.charges() == 1)
        try usedAgain(place)
    }

    /// The discovered schema is public now: it traces, counts and declares.
    private func usedAgain(_ place: Workplace) throws {
        try place.shell(
            """
            tar xzOf out/found.tar.gz found/schema.json > found.json
            tar xzOf out/found.tar.gz found/data/data.csv > leaked.csv
            printf 'recipients:\\n  - {release: found, name: acme-labs}\\n' > recipients.yaml
            """)
        let trace = try place.semblance(
            "trace", "leaked.csv", "--schema", "found.json", "--recipients", "recipients.yaml",
            "--key", "keys/watermark.key")
        let open = try place.semblance(
            "trace", "leaked.csv", "--schema", "s.json", "--recipients", "recipients.yaml", "--key",
            "keys/watermark.key")
        #expect(open.status == 78)
        #expect(open.errors.contains("name the schema.json of its archive"), "\(open.errors)")
        #expect(trace.output.contains("ACCUSED   acme-labs"), "\(trace.output)\(trace.errors)")
        let refused = try place.semblance("count", "release.yaml", "--output", "t.tally")
        #expect(refused.status == 78)
        #expect(refused.errors.contains("domains to discover: s.json"))
        #expect(refused.errors.contains("schema.json of that archive"))
        try place.shell(
            "sed -i 's/s.json/found.json/; s/^release: .*/release: again/; s/1000,/1,/' release.yaml"
        )
        let counted = try place.semblance("count", "release.yaml", "--output", "t.tally")
        #expect(counted.status == 0, "\(counted.errors)")
        let kept = try place.text("out/found.measurements.json")
        #expect(kept.contains("\"discovery\"") && kept.contains("\"count\""))
    }

    @Test(
        "one more person with an unseen city, a huge amount and an old day changes no byte around the answers"
    )
    func oneMorePerson() throws {
        let extra =
            "zz,Atlantis,900000000000000.00,0001-01-01,\nzz,Atlantis,-7.00,9999-12-31,a note\n"
        let one = try workplace(persons())
        let other = try workplace(persons(extra))
        var outputs: [[String]] = []
        for place in [one, other] {
            let plan = try place.semblance("plan", "release.yaml", "--output", "plan.json")
            let release = try place.semblance("release", "plan.json")
            #expect(release.status == 0, "\(release.errors)")
            let audit = try archived(place, "audit/audit.json")
            let object = try JSONSerialization.jsonObject(with: Data(audit.utf8)) as? [String: Any]
            let about = try #require(object?["data"])
            let data = try JSONSerialization.data(withJSONObject: about, options: [.sortedKeys])
            outputs.append([
                plan.output, try place.text("plan.json"),
                // Shapes of bins are made of noisy counts, which are another draw each time.
                try archived(place, "schema.json")
                    .replacing(/"shape":\[\[[-0-9,\[\]]*\]\]/, with: "shape"),
                try archived(place, "audit/plan.json"), try archived(place, "TERMS.md"),
                String(decoding: data, as: UTF8.self),
                String(try archived(place, "data/data.csv").prefix { $0 != "\n" }),
                release.errors.replacing(place.path, with: ""),
                try place.shell("tar tzf out/found.tar.gz").output,
            ])
        }
        for (left, right) in zip(outputs[0], outputs[1]) { #expect(left == right) }
        #expect(!outputs[1].contains { $0.contains("Atlantis") || $0.contains("900000000000000") })
    }

    @Test("an error about a record is the same whatever texts nobody else has")
    func sameErrors() throws {
        var errors: [String] = []
        for city in ["Oslo", "Atlantis"] {
            let place = try workplace(persons("q,\(city),5,2023-01-01,\u{0}\n"))
            let outcome = try place.semblance("release", "release.yaml")
            #expect(outcome.status == 65)
            #expect(try place.charges() == 0)
            errors.append(outcome.errors)
        }
        #expect(errors[0] == errors[1] && errors[0].contains("note"))
    }

    @Test(
        "ends well for empty columns, one row, one unit that holds everything, tiny and huge budgets",
        arguments: ["0.001", "1", "1000"], ["csv", "jsonl"])
    func ugly(epsilon: String, format: String) throws {
        let one =
            "{\"who\": \"a\", \"city\": \"x\", \"amount\": 1.5, \"day\": \"2020-02-29\", \"note\": null}\n"
        let strange =
            "{\"who\": \"b\", \"city\": \"\\u0001\\\"\\n,\", \"amount\": 1e999, \"day\": true, \"note\": 7}\n"
        let lines = [one, strange, String(repeating: one, count: 2_000)]
        let tables = [
            "who,city,amount,day,note\n,,,,\n".replacing("\n,", with: "\na,"),
            "who,city,amount,day,note\na,x,1.5,2020-02-29,\n",
            "who,city,amount,day,note\n"
                + String(
                    repeating:
                        "a,\"x\ny\",-1,2020-01-01,\(String(repeating: "long", count: 500))\n",
                    count: 2_000),
        ]
        for table in format == "csv" ? tables : lines {
            let place = try workplace(table, epsilon: epsilon, format: format)
            let outcome = try place.semblance("release", "release.yaml")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(
                try place.semblance(
                    "verify", "out/found.tar.gz", "--allowed-signers", "keys/allowed_signers"
                ).status == 0)
            // A unit has two records at most, which no threshold of these budgets lets through.
            #expect(outcome.output.contains("no category"))
        }
    }

    @Test("reads a pipe, as the table is read once")
    func standardInput() throws {
        let place = try workplace(persons())
        try place.shell("sed -i 's/paths: .table./paths: [\"-\"]/' release.yaml")
        let outcome = try run(binary, ["release", "release.yaml"], in: place.path, input: "table")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("5 categories"))
    }

    @Test(
        "refuses what cannot be meant",
        arguments: [
            (
                "discovery: {share: 0.1}", "\"discover\"", "\"outside\": \"clamp\", \"discover\"",
                "needs \"outside\""
            ),
            ("discovery: {share: 1.5}", "x", "x", "share is not between 0 and 1"),
            ("discovery: {delta: 1e-9}", "x", "x", "discovery.delta is all of delta"),
            ("discovery: {shares: 0.2}", "x", "x", "shares"),
            ("", "{\"categories\": 40}", "{\"categories\": 0}", "from 1 to 10000"),
            ("", "{\"categories\": 40}", "{\"bins\": 4}", "have no \"bins\""),
            (
                "", "\"decimals\": 2,", "\"decimals\": 2, \"domain\": {\"minimum\": 0},",
                "declare both"
            ),
            ("", "\"decimals\": 2,", "\"decimals\": 2, \"otherValue\": \"-1\",", "remove it"),
            (
                "", "\"missingValues\": [\"\"]", "\"missingValues\": [\"\", \"-9\"]",
                "might lie inside"
            ),
            (
                "", "{\"discover\": true}", "{\"discover\": true, \"unconfirmed\": [\"type\"]}",
                "unconfirmed"
            ),
        ])
    func refusals(extra: String, old: String, new: String, words: String) throws {
        let place = try workplace(
            persons(), schema: schema.replacing(old, with: new), extra: extra)
        let outcome = try place.semblance("plan", "release.yaml")
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }

    @Test("a discovery that nothing asks for is refused")
    func nothingToDiscover() throws {
        let place = try Workplace("claims")
        try place.shell("echo 'discovery: {share: 0.2}' >> release.yaml")
        let outcome = try place.semblance("plan", "release.yaml")
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains("nothing to discover"), "\(outcome.errors)")
    }

    @Test("init, the line that the refusal names, plan and release go together")
    func drafted() throws {
        let place = try Workplace("claims")
        try place.semblance("init", "claims.csv.gz", "--output", "draft")
        try place.semblance(
            "key", "new", "--directory", "draft/keys", "--identity", "you@example.org")
        for (file, line) in [
            ("release.yaml", "unit: {column: \"member_id\", rows: 10}"),
            ("release.yaml", "ledger: ledger.sqlite"), ("policy.yaml", "population: members"),
        ] {
            try place.edit("draft/\(file)", "# " + line, line)
        }
        let refused = try place.semblance("plan", "draft/release.yaml")
        #expect(refused.status == 78)
        let advice =
            "for example in \"birth_year\" remove semblance.domain and write \"discover\": "
            + "{\"bins\": 20, \"quantiles\": true} into \"semblance\""
        #expect(refused.errors.contains(advice), "\(refused.errors)")
        // What the message says, for every field, and names and types confirmed.
        try place.shell(
            """
            python3 - <<'END'
            import json
            schema = json.load(open("draft/claims.schema.json"))
            for field in schema["fields"]:
                own = field.get("semblance", {})
                taken = set(own.pop("unconfirmed", []))
                if field["type" if "type" in field else "name"] == "boolean" or own.get("role") == "identifier":
                    continue
                if "enum" in taken or "values" in taken:
                    field.pop("constraints", None)
                    own.pop("domain", None)
                    own["discover"] = {"categories": 100}
                elif taken & {"minimum", "maximum", "edges", "special"}:
                    own.pop("domain", None)
                    own["discover"] = {"bins": 20, "quantiles": True}
                field["semblance"] = own
            json.dump(schema, open("draft/claims.schema.json", "w"))
            END
            """)
        let planned = try place.semblance("plan", "draft/release.yaml")
        #expect(planned.status == 0, "\(planned.errors)")
        #expect(planned.output.contains("diagnosis") && planned.output.contains("categories  ±"))
        let released = try place.semblance("release", "draft/release.yaml")
        #expect(released.status == 0, "\(released.errors)")
        #expect(released.output.contains("discovered  diagnosis"))
    }

    @Test("init --discover drafts the request itself, and lists no value of the table")
    func draftedToDiscover() throws {
        let place = try Workplace("claims")
        let drafted = try place.semblance(
            "init", "claims.csv.gz", "--output", "draft", "--discover")
        #expect(drafted.status == 0, "\(drafted.errors)")
        let text = try place.text("draft/claims.schema.json")
        #expect(
            !text.contains("Hypertension") && text.contains("\"discover\": {\"categories\": 100}"))
        #expect(!text.contains("\"minimum\"") && !text.contains("\"edges\""))
        try place.semblance(
            "key", "new", "--directory", "draft/keys", "--identity", "you@example.org")
        try place.shell(
            #"""
            sed -i 's/^# unit:.*rows: 10}/unit: {column: "member_id", rows: 10}/; s/^# ledger/ledger/' draft/release.yaml
            sed -i 's/^# population/population/' draft/policy.yaml
            sed -i -E 's/, "unconfirmed": \[[^]]*\]//; s/"unconfirmed": \[[^]]*\]//' draft/claims.schema.json
            """#)
        let drafts = try place.text("draft/release.yaml")
        #expect(drafts.contains("discovery: {share: 0.20, delta: 1e-10}"), "\(drafts)")
        #expect(drafts.contains("gate: {min_found: 0.50}"))
        let planned = try place.semblance("plan", "draft/release.yaml")
        #expect(planned.status == 0, "\(planned.errors)")
        #expect(planned.output.contains("min_found 0.5"), "\(planned.output)")
        // So much budget that the rarer diagnoses are found.
        try place.shell(
            """
            sed -i 's/epsilon: 1.0/epsilon: 8/; s/rows: 10}/rows: 4}/' draft/release.yaml
            sed -i 's/release: 2.0/release: 9/; s/epsilon: 6.0/epsilon: 9/' draft/policy.yaml
            """)
        let released = try place.semblance("release", "draft/release.yaml")
        #expect(released.status == 0, "\(released.output)\(released.errors)")
        #expect(released.output.contains("Values of diagnosis that discovery found      pass"))
    }

    @Test("init --discover of bounds alone drafts no δ for thresholds that nothing has")
    func draftedBounds() throws {
        let place = try Workplace("claims")
        let rows = (0..<500).map { "\($0 * 7 % 900).25,\($0 * 3 % 50)\n" }.joined()
        try Data(("price,age\n" + rows).utf8).write(
            to: URL(fileURLWithPath: place.path + "/t.csv"))
        let drafted = try place.semblance("init", "t.csv", "--output", "draft", "--discover")
        #expect(drafted.status == 0, "\(drafted.errors)")
        #expect(try place.text("draft/release.yaml").contains("discovery: {share: 0.20}\n"))
        let plain = try place.semblance("init", "t.csv", "--output", "plain")
        #expect(plain.status == 0, "\(plain.errors)")
        let without = try place.text("plain/release.yaml")
        #expect(!without.contains("discovery:") && !without.contains("min_found"))
    }

    @Test("a gate says how much of a column must be found, and refuses the release that found less")
    func foundTooLittle() throws {
        let rare = (0..<1_500).map { "q\($0),rare\($0),5,2023-01-11,\n" }.joined()
        let place = try workplace(persons(rare), extra: "gate: {min_found: 0.9}")
        let outcome = try place.semblance("release", "release.yaml")
        #expect(outcome.status == 11, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("min_found: fail: 99% interval 0.6"), "\(outcome.errors)")
        #expect(try place.charges() == 1)
        #expect(!outcome.errors.contains("rare1"))
        let enough = try workplace(persons(rare), extra: "gate: {min_found: 0.5}")
        let released = try enough.semblance("release", "release.yaml")
        #expect(released.status == 0, "\(released.errors)")
        #expect(released.output.contains("Values of city that discovery found"))
        // A gate on a discovery that nothing asks for is refused before anything is charged.
        let declared = try Workplace("claims")
        try declared.edit("release.yaml", "gate:", "gate:\n  min_found: 0.5")
        let refused = try declared.semblance("plan", "release.yaml")
        #expect(refused.status == 78)
        #expect(refused.errors.contains("key gate.min_found"), "\(refused.errors)")
    }

    @Test("the plan tells thresholds in records of the table, of which training has a part")
    func tableRecords() throws {
        let place = try workplace(persons())
        try place.edit("policy.yaml", "required: false", "required: true")
        try place.edit("release.yaml", "evidence: off", "evidence: {share: 0.1, holdout: 0.5}")
        let plan = try place.semblance("plan", "release.yaml", "--output", "plan.json")
        #expect(plan.status == 0, "\(plan.errors)")
        let object = try JSONSerialization.jsonObject(with: Data(try place.text("plan.json").utf8))
        let json = try #require(object as? [String: Any])
        #expect(json["trainingShare"] as? String == "0.5")
        let steps = try #require(json["discovery"] as? [[String: Any]])
        let step = try #require(steps.first { $0["kind"] as? String == "categories" })
        let threshold = try #require(step["threshold"] as? Int)
        #expect(plan.output.contains("fewer than about \(2 * threshold) records of the table"))
    }
}
