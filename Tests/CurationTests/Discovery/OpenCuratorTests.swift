// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Curation
@_spi(Minting) @testable import Privacy
@testable import Tables

/// Writes a table, lends its path and removes it.
func withTable<Result: ~Copyable>(
    _ text: String, _ suffix: String = "csv", _ body: (String) throws -> Result
) throws -> Result {
    let path = NSTemporaryDirectory() + "/open-\(UInt64.random(in: 0...UInt64.max)).\(suffix)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func openCurated(
    _ text: String, schema: Schema, unit: UnitRule = UnitRule(column: nil, rows: 1),
    holdout: Rational = 0, key: ShardKey = .random(), format: TableFormat = .csv, workers: Int = 1
) throws -> OpenCurator {
    try withTable(text) { path in
        let reader = try TableReader(
            paths: [path], format: format, schema: schema, unitColumn: unit.column, badRows: .refuse
        )
        return try OpenCurator.curate(
            reader, schema: schema, unit: unit, holdout: holdout, key: key,
            options: CurationOptions(
                temporaryDirectory: NSTemporaryDirectory(), workers: workers))
    }
}

func schema(_ fields: String) throws -> Schema {
    try Schema(
        json: Array("{\"fields\": [\(fields)], \"missingValues\": [\"\", \"NA\"]}".utf8), name: "s")
}

private let texts = """
    {"name": "who", "type": "string", "semblance": {"role": "identifier"}},
    {"name": "x", "type": "string", "semblance": {"discover": {"categories": 50}}}
    """

/// Discovery whose noise is always zero: a category needs more records than one unit has.
private func categories(
    _ curator: borrowing OpenCurator, _ attribute: Int = 0, most: Int = 50
) throws -> NoisyCategories {
    let budget = PrivacyCost(
        Rho(100_000_000), delta: Rational(numerator: 1, denominator: 1_000_000))
    let plan = try ThresholdPlan(
        unitRows: curator.unitRows, budget: budget, mostKeys: most,
        keyBits: OpenCurator.keyBits(curator.domains[0]))
    return try curator.categories(
        of: attribute, plan: plan, grant: GrantAccount(reserving: budget).mint())
}

private func names(_ found: NoisyCategories) -> [String] {
    found.categories.map { String(decoding: $0.text, as: UTF8.self) }
}

private func table(_ values: [(who: Int, x: String)]) -> String {
    "who,x\n" + values.map { "u\($0.who),\"\($0.x.replacing("\"", with: "\"\""))\"\n" }.joined()
}

@Suite("Discovery of categories")
struct OpenCuratorTests {
    @Test("names what more records have than one unit can, with their counts")
    func named() throws {
        let values =
            (0..<30).map { (who: $0, x: ["a", "b", "b", "", "NA"][$0 % 5]) } + [(99, "rare")]
        let curator = try openCurated(table(values), schema: try schema(texts))
        let found = try categories(curator)
        #expect(names(found) == ["b", "a"])
        #expect(found.categories.map(\.count) == [12, 6])
        #expect(found.charge.cost.delta > 0)
    }

    @Test(
        "a unit with a million copies of a text cannot make it a category, nor can its many texts")
    func oneUnit() throws {
        let unit = UnitRule(column: "who", rows: 3)
        var values = (0..<50_000).map { _ in (who: 1, x: "mine") }
        values += (0..<50_000).map { (who: 1, x: "mine \($0)") }
        values += (0..<40).map { (who: 2 + $0, x: "ours") }
        let curator = try openCurated(table(values), schema: try schema(texts), unit: unit)
        #expect(names(try categories(curator)) == ["ours"])
    }

    @Test(
        "one more person with a text of their own changes nothing that is named, whatever the order"
    )
    func oneMore() throws {
        let key = ShardKey.random()
        let unit = UnitRule(column: "who", rows: 2)
        let open = try schema(texts)
        var values = (0..<400).map { (who: $0 / 2, x: "c\($0 % 7)") }
        let before = try categories(
            try openCurated(table(values), schema: open, unit: unit, key: key))
        values += [(9_000, "unseen"), (9_000, "unseen")]
        let after = try categories(
            try openCurated(
                table(values.reversed()), schema: open, unit: unit, key: key, workers: 3))
        #expect(before.categories == after.categories)
        #expect(before.categories.count == 7)
    }

    @Test("texts of any kind come back to the byte: quotes, controls, line ends, odd Unicode")
    func strangeTexts() throws {
        let strange = [
            "\"quoted\"", "a,b;c", "line\nend", "tab\t", "\u{1}\u{7F}", "e\u{301}", "\u{E9}",
            "\u{FEFF}mark", "\u{202E}right to left", "👩‍👩‍👧", " spaces ", "null", "{\"a\":1}", "\\",
            String(repeating: "ü", count: 128),
        ]
        let values = (0..<3).flatMap { round in
            strange.enumerated().map { (who: round * 100 + $0.offset, x: $0.element) }
        }
        let curator = try openCurated(table(values), schema: try schema(texts))
        let found = try categories(curator)
        #expect(
            Set(found.categories.map(\.text)) == Set(strange.map { Array($0.utf8) }))
        let completed = try schema(texts).completed(
            with: [0: .texts(found.categories.map(\.text))])
        let again = try Schema(json: completed.source, name: "again")
        for text in strange {
            let code = again.codecs[0].encode(Array(text.utf8).span)
            #expect(code >= 0 && !again.codecs[0].isOther(code), "\(text.debugDescription)")
        }
    }

    @Test(
        "texts that no schema could list are others: too long, the missing ones, the text for others"
    )
    func otherTexts() throws {
        let long = String(repeating: "x", count: 257)
        let kinds = [long, "NA", "__other__", "a"]
        let values = (0..<40).map { (row: Int) in (who: row, x: kinds[row % 4]) }
        let curator = try openCurated(table(values), schema: try schema(texts))
        #expect(names(try categories(curator)) == ["a"])
    }

    @Test(
        "of ten thousand categories at most as many are named as asked for, the most frequent ones")
    func manyCategories() throws {
        var values = (0..<30_000).map { (who: $0, x: "category number \($0 % 10_000)") }
        values += (0..<100).map { (who: 100_000 + $0, x: "category number \($0 % 20)") }
        let open = try schema(texts)
        let found = try categories(
            try openCurated(table(values), schema: open, workers: 2), most: 20)
        #expect(Set(names(found)) == Set((0..<20).map { "category number \($0)" }))
        #expect(
            try categories(try openCurated(table(values), schema: open), most: 10_000).categories
                .count == 10_000)
    }

    @Test("whole numbers are categories by value, however they are written")
    func wholeNumbers() throws {
        let open = try schema(
            """
            {"name": "x", "type": "integer", "missingValues": [""], "semblance": {"discover": {"categories": 9}}}
            """)
        let column =
            "x\n"
            + ["7", "07", "+7", "7.0", "-3", "-3", "x", "1e30", "", "2.5"]
            .map { "\($0)\n" }.joined()
        let curator = try openCurated(column, schema: open)
        let found = try categories(curator)
        #expect(names(found) == ["7", "-3"] && found.categories.map(\.count) == [4, 2])
    }

    @Test("nothing is named in a column without values, of one record, or of all different ones")
    func nothing() throws {
        for column in [
            "x\n\"\"\n\"\"\n", "x\nalone\n", "x\n" + (0..<500).map { "t\($0)\n" }.joined(),
        ] {
            let open = try schema(
                """
                {"name": "x", "type": "string", "semblance": {"discover": true}}
                """)
            let curator = try openCurated(column, schema: open)
            #expect(try categories(curator).categories.isEmpty)
            let completed = try open.completed(with: [0: .texts([])])
            #expect(completed.codecs[0].cellCount == 2)
            let coded = try curator.encoded(by: completed)
            #expect(coded.sizes == [2])
        }
    }

    @Test("a plan for another cap or kind is refused before anything is drawn")
    func wrongPlan() throws {
        let budget = PrivacyCost(Rho(1), delta: Rational(numerator: 1, denominator: 1_000))
        for (rows, bits) in [(2, 127), (1, 126), (1, 0)] {
            let curator = try openCurated(
                "x\na\n",
                schema: try schema(
                    "{\"name\": \"x\", \"type\": \"string\", \"semblance\": {\"discover\": true}}"))
            let plan = try ThresholdPlan(unitRows: rows, budget: budget, mostKeys: 5, keyBits: bits)
            let account = GrantAccount(reserving: budget)
            #expect(throws: CurationError.self) {
                try curator.categories(of: 0, plan: plan, grant: account.mint())
            }
            #expect(account.settlement.consumed.isZero)
        }
    }
}
