// SPDX-License-Identifier: Apache-2.0

#if MUTANTS
    import Foundation
    import Testing

    /// Whole archives, evidence and report included, with and without one person whose values nobody else has.
    ///
    /// The fixed seed, which the test build alone has, takes chance out of the comparison: what is left is what the
    /// records change.
    @Suite("Unseen values in a whole archive")
    struct UnseenValuesTests {
        /// City is what an attacker is after, by amount and day.
        private static let schema = """
            {"missingValues": [""], "fields": [
              {"name": "who", "type": "string", "semblance": {"role": "identifier"}},
              {"name": "city", "type": "string",
               "semblance": {"role": "sensitive", "discover": {"categories": 40}}},
              {"name": "amount", "type": "number",
               "semblance": {"role": "quasi", "decimals": 2, "discover": {"bins": 8}}},
              {"name": "day", "type": "date", "semblance": {"role": "quasi", "discover": {"bins": 4}}},
              {"name": "note", "type": "string", "semblance": {"discover": true}}
            ]}
            """

        /// The person's records.
        ///
        /// By the fixed key "yy" is in the training part and "zz" in the holdout.
        private static func unseen(_ who: String) -> String {
            "\(who),Atlantis,900000000000000.00,0001-01-01,\n\(who),Atlantis,-7.00,9999-12-31,a note\n"
        }

        /// A released archive's members by name, and what the program said.
        private struct Released {
            var members: [String: String]
            let names: [String]
            let said: String
        }

        private func release(_ table: String, keys: Workplace?) throws -> (Workplace, Released) {
            let place = try workplace(table, schema: Self.schema, epsilon: "30")
            if let keys { try place.shell("rm -r keys && cp -a \(keys.path)/keys keys") }
            // A mixture's shares of the budget follow noisy answers, and so do its figures of noise.
            try place.edit("release.yaml", "method: auto", "method: mst")
            try place.edit(
                "release.yaml", "evidence: off",
                "evidence: {share: 0.10, holdout: 0.20, target: city}\ngate: {max_2way_tvd: 0.9}")
            let environment = [
                "SEMBLANCE_MUTATION": "fixed-seed", "SOURCE_DATE_EPOCH": "1790000000",
            ]
            let outcome = try place.semblance("release", "release.yaml", environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let names = try place.shell("tar tzf out/found.tar.gz").output
                .split(separator: "\n").map { String($0.dropFirst("found/".count)) }
            try place.shell("tar xzf out/found.tar.gz")
            var members: [String: String] = [:]
            for name in names where !name.isEmpty && !name.hasSuffix("/") {
                members[name] = try place.text("found/" + name)
            }
            let said = (outcome.output + outcome.errors).replacing(place.path, with: "")
            return (place, Released(members: members, names: names, said: said))
        }

        /// The members that differ where nothing may.
        private func differing(_ one: Released, _ other: Released) -> Set<String> {
            var names = Set(one.names).symmetricDifference(other.names)
            if one.names != other.names { names.insert("order") }
            if ArchiveText.blanked("said", one.said) != ArchiveText.blanked("said", other.said) {
                names.insert("said")
            }
            for (name, text) in one.members {
                let other = other.members[name] ?? ""
                if ArchiveText.blanked(name, text) != ArchiveText.blanked(name, other) {
                    names.insert(name)
                }
            }
            return names
        }

        @Test(
            "a person with values that nobody else has changes noisy figures, and of labels, rows, headers and words nothing",
            arguments: ["yy", "zz"])
        func oneMorePerson(who: String) throws {
            let (keys, without) = try release(persons(), keys: nil)
            let (_, with) = try release(persons(Self.unseen(who)), keys: keys)
            for name in differing(without, with).sorted() {
                let pair = [without, with].map {
                    ArchiveText.blanked(name, $0.members[name] ?? "").split(separator: "\n")
                }
                let lines = zip(pair[0], pair[1]).filter { $0 != $1 }.prefix(4)
                Issue.record("\(name): \(Array(lines))")
            }
            for text in with.members.values {
                #expect(!text.contains("Atlantis") && !text.contains("a note"))
                #expect(!text.contains("900000000000000"))
            }
            // The person did count: attacks look at both parts, and records are learnt from training alone.
            let figures = [without, with].map {
                ($0.members["audit/AUDIT.md"] ?? "").split(separator: "## 8. Attacks").last
            }
            #expect(figures[0] != figures[1])
            let data = [without, with].map { $0.members["data/data.csv"] }
            #expect((data[0] != data[1]) == (who == "yy"))
            let report = try #require(with.members["reports/report.html"])
            for part in ["AUC on real holdout", "Membership attack", "risk for city", "Columns"] {
                #expect(report.contains(part))
            }
            try noticed(in: with)
        }

        /// Leaks that are put into an archive's texts have to show.
        private func noticed(in released: Released) throws {
            let leaks = [
                ("reports/report.html", "</table>", "<tr><td>Atlantis</td></tr></table>"),
                ("reports/report.html", "predicting city", "predicting note"),
                ("reports/report.html", "<td class=\"pass\">pass", "<td class=\"fail\">fail"),
                ("reports/report.html", "Łódź</text>", "Lodz</text>"),
                ("reports/report.html", "5 categories", "6 categories"),
                ("reports/report.html", "0.900</td>", "0.800</td>"),
                ("audit/audit.json", "\"cells\" : 7", "\"cells\" : 8"),
                ("audit/audit.json", "\"verdict\" : \"pass\"", "\"verdict\" : \"fail\""),
                ("audit/AUDIT.md", "| dp-charged |\n", "| dp-charged |\n| Atlantis | 1 |\n"),
                ("audit/AUDIT.md", "- Column note", "- Column city"),
                ("data/data.csv", "city,amount", "city,sum"),
                ("data/data.csv", "\nOslo", "\nParis"),
                ("datapackage.json", "Oslo", "Paris"), ("schema.json", "Oslo", "Paris"),
                ("TERMS.md", "link", "join"), ("SHA256SUMS", "TERMS", "WORDS"),
            ]
            for (name, old, new) in leaks {
                let text = try #require(released.members[name])
                let changed = text.replacing(old, with: new)
                #expect(changed != text, "\(name) has no \(old)")
                var leaking = released
                leaking.members[name] = changed
                #expect(differing(released, leaking) == [name], "\(name): \(old)")
            }
        }

        @Test("a city that many persons have is another archive in every document")
        func commonCity() throws {
            let (keys, without) = try release(persons(), keys: nil)
            let many = (0..<900).map { "q\($0),Atlantis,\(100 + $0 % 800).50,2023-04-11,\n" }
            let (_, with) = try release(persons(many.joined()), keys: keys)
            let found = differing(without, with)
            for name in [
                "schema.json", "datapackage.json", "reports/report.html", "audit/audit.json",
                "audit/AUDIT.md", "data/data.csv",
            ] {
                #expect(found.contains(name), "\(name)")
            }
        }

        @Test(
            "the same table under the fixed seed gives the same bytes, but for the ledger's random entry"
        )
        func twice() throws {
            let (keys, one) = try release(persons(), keys: nil)
            let (_, other) = try release(persons(), keys: keys)
            #expect(one.names == other.names && one.said == other.said)
            let differing = one.members.keys.filter { one.members[$0] != other.members[$0] }
            // The entry's hash is in the audit documents, and theirs in the list of checksums.
            #expect(
                Set(differing).isSubset(of: [
                    "audit/audit.json", "audit/AUDIT.md", "SHA256SUMS", "SHA256SUMS.sig",
                    "ledger/entry.json", "ledger/inclusion.json", "ledger/checkpoint.txt",
                    "ledger/checkpoint.txt.sig",
                ]), "\(differing.sorted())")
            for name in ["audit/audit.json", "audit/AUDIT.md"] {
                let texts = [one, other].map {
                    ($0.members[name] ?? "").replacing(#/[0-9a-f]{64}/#, with: "")
                }
                #expect(texts[0] == texts[1])
            }
        }
    }
#endif
