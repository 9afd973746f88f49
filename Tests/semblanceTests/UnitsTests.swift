// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Invented units and constraints, from end to end")
struct UnitsTests {
    private static let archive = "out/claims-vendor-2026q4.tar.gz"

    /// The columns of a table without its header.
    private func columns(_ text: String, _ names: [String]) throws -> [[String]] {
        let lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let places = try names.map { name in try #require(lines[0].firstIndex(of: name)) }
        return lines.dropFirst().map { line in places.map { line[$0] } }
    }

    /// The share of members with 1, 2, 3 and 4 or more records.
    private func shares(_ members: [String]) -> [Double] {
        var counts: [String: Int] = [:]
        for member in members { counts[member, default: 0] += 1 }
        return (1...4).map { size in
            Double(counts.values.count { min($0, 4) == size }) / Double(counts.count)
        }
    }

    @Test("members have several claims, as many as real ones have, in order and about one person")
    func units() throws {
        let place = try Workplace("claims")
        let plan = try place.semblance("plan", "release.yaml")
        #expect(plan.output.contains("records per unit"), "\(plan.output)")
        let release = try place.semblance("release", "release.yaml")
        #expect(release.status == 0, "\(release.errors)")
        try place.shell("tar xzf \(Self.archive)")
        // A quoted comma is in two diagnoses and in no column that is looked at before them.
        let names = ["claim_id", "member_id", "birth_year", "sex", "zip3", "plan"]
        let rows = try columns(try place.text("claims-vendor-2026q4/data/data.csv"), names)
        #expect(Set(rows.map { $0[0] }).count == rows.count)
        let real = try place.shell("zcat claims.csv.gz | cut -d, -f2 | tail -n +2").output
            .split(separator: "\n").map(String.init)
        let (found, expected) = (shares(rows.map { $0[1] }), shares(real))
        for (one, other) in zip(found, expected) {
            #expect(abs(one - other) < 0.03, "\(found) \(expected)")
        }
        var people: [String: [String]] = [:]
        for row in rows {
            let person = Array(row[2...])
            if let other = people.updateValue(person, forKey: row[1]) { #expect(other == person) }
        }
        #expect(people.count < rows.count * 2 / 3)
        try inOrder(place)

        let audit = try place.text("claims-vendor-2026q4/audit/audit.json")
        #expect(audit.contains("\"records per unit\""))
        #expect(audit.contains("\"unitsWritten\" : \(people.count)"))
        let document = try place.text("claims-vendor-2026q4/audit/AUDIT.md")
        #expect(document.contains("Invented units they belong to: \(people.count)"))
        #expect(document.contains("Declared constraints: `paid <= billed`"))
    }

    /// Dates of a member ascend, and no amount that was paid is above the bill.
    private func inOrder(_ place: Workplace) throws {
        let check = """
            import csv, sys
            last, day, rows = None, "", 0
            for row in csv.DictReader(open("claims-vendor-2026q4/data/data.csv")):
                rows += 1
                own = row["service_date"] or "9"
                assert row["member_id"] != last or own >= day, "order"
                last, day = row["member_id"], own
                if row["paid"] and row["billed"]:
                    assert float(row["paid"]) <= float(row["billed"]), "paid"
                assert (row["sex"], row["diagnosis"]) != ("M", "Pregnancy"), "pregnancy"
            assert rows > 30000, "rows"
            """
        try check.write(toFile: place.path + "/check.py", atomically: true, encoding: .utf8)
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") else { return }
        let outcome = try place.shell("python3 check.py")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("without an identifier of the unit in the table nothing is asked and each row is alone")
    func off() throws {
        let place = try Workplace("claims")
        try place.edit("claims.schema.json", ", \"pattern\": \"M[0-9]{8}\"", "")
        let plan = try place.semblance("plan", "release.yaml")
        #expect(plan.status == 0 && !plan.output.contains("records per unit"), "\(plan.errors)")
    }

    @Test("a cap of one record has nothing to count")
    func capOfOne() throws {
        let place = try Workplace("claims")
        try place.edit("release.yaml", "rows: 4", "rows: 1")
        let plan = try place.semblance("plan", "release.yaml")
        #expect(plan.status == 0 && !plan.output.contains("records per unit"), "\(plan.errors)")
        let release = try place.semblance("release", "release.yaml")
        #expect(release.status == 0, "\(release.errors)")
        try place.shell("tar xzf \(Self.archive)")
        let rows = try columns(
            try place.text("claims-vendor-2026q4/data/data.csv"), ["member_id"])
        #expect(Set(rows).count == rows.count)
    }

    @Test("counted shards have the records per unit, and a release of them has units")
    func shards() throws {
        let place = try Workplace("claims")
        try place.shell(
            "sed -i 's/^evidence: .*/evidence: off/; /^gate:/,/max_linkage/d' release.yaml")
        try place.edit("policy.yaml", "required: true", "required: false")
        let count = try place.semblance("count", "release.yaml", "--output", "all.tally")
        #expect(count.status == 0, "\(count.errors)")
        let release = try place.semblance("release", "release.yaml", "--counts", "all.tally")
        #expect(release.status == 0, "\(release.errors)")
        try place.shell("tar xzf \(Self.archive)")
        let rows = try columns(
            try place.text("claims-vendor-2026q4/data/data.csv"), ["member_id"])
        #expect(Set(rows).count < rows.count * 2 / 3)
    }

    @Test(
        "constraints that cannot be are refused by plan, with their names, before anything is charged",
        arguments: [
            ("paid >= billed + 100001", "\"paid >= billed + 100001\" cannot be kept"),
            ("paid < billed\", \"billed < paid", "cannot be kept together"),
            ("member_id = paid", "an identifier"),
            ("payed <= billed", "\"payed\", which is no column"),
        ])
    func refused(rule: String, words: String) throws {
        let place = try Workplace("claims")
        try place.edit("claims.schema.json", "\"paid <= billed\"", "\"\(rule)\"")
        let plan = try place.semblance("plan", "release.yaml")
        #expect(plan.status == 78, "\(plan.errors)")
        #expect(plan.errors.contains(words), "\(plan.errors)")
        #expect(try place.charges() == 0)
    }
}
