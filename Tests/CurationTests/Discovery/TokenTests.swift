// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Curation
@_spi(Minting) @testable import Privacy
@testable import Tables

private let fields = """
    {"name": "who", "type": "string", "semblance": {"role": "identifier"}},
    {"name": "t", "type": "string", "semblance": {"discover": true}},
    {"name": "n", "type": "number", "missingValues": [""], "semblance": {"decimals": 1, "domain": {"special": [0]},
      "discover": {"bins": 4, "quantiles": true}}},
    {"name": "c", "type": "string", "constraints": {"enum": ["p", "q"]}},
    {"name": "d", "type": "date", "semblance": {"discover": {"bins": 3}}},
    {"name": "i", "type": "integer", "missingValues": [""], "semblance": {"discover": {"categories": 3}}}
    """

private let domains: [Int: DiscoveredDomain] = [
    0: .texts([Array("a".utf8), Array("bb".utf8)]),
    1: .bins(starts: [-50, 10, 20], last: 75),
    3: .bins(starts: [15_000, 15_500], last: 16_000), 4: .integers([3, -2]),
]

private func pick(_ texts: [String], _ generator: inout SeededGenerator) -> String {
    texts.randomElement(using: &generator) ?? ""
}

/// Records of all kinds: known and unknown texts, values in and between bins, missing and odd ones.
private func records(_ count: Int) -> [[String]] {
    var generator = SeededGenerator(seed: 11)
    let texts = ["a", "bb", "ccc", "", "NA", "A"]
    let numbers = ["-5", "-5.04", "0", "0.04", "0.0", "1.95", "7.5", "7.51", "", "x", "1e1", "99"]
    let dates = ["2011-01-26", "2012-06-08", "2013-10-22", "2013-10-23", "", "2012-02-30"]
    let integers = ["3", "3.0", "-2", "4", "", "3.5"]
    return (0..<count).map { row in
        [
            "u\(row / 3)", pick(texts, &generator),
            pick(numbers, &generator),
            pick(["p", "q", "z"], &generator),
            pick(dates, &generator), pick(integers, &generator),
        ]
    }
}

@Suite("Tokens")
struct TokenTests {
    @Test(
        "of records become the codes that reading them under the discovered schema gives",
        arguments: [1, 3], [false, true])
    func sameCodes(workers: Int, isJSON: Bool) throws {
        let open = try schema(fields)
        let completed = try open.completed(with: domains)
        let names = ["who", "t", "n", "c", "d", "i"]
        let rows = records(3_000)
        let text: String
        if isJSON {
            text = try rows.map { row in
                let members = zip(names, row).filter { $0.1 != "NA" }
                let object = Dictionary(uniqueKeysWithValues: members.map { ($0.0, $0.1) })
                return String(decoding: try JSONEncoder().encode(object), as: UTF8.self) + "\n"
            }.joined()
        } else {
            text =
                names.joined(separator: ",") + "\n"
                + rows.map { $0.joined(separator: ",") + "\n" }.joined()
        }
        let format = isJSON ? TableFormat.jsonl : .csv
        let key = ShardKey.random()
        let unit = UnitRule(column: "who", rows: 3)
        let part = Rational(numerator: 1, denominator: 3)
        let tokens = try openCurated(
            text, schema: open, unit: unit, holdout: part, key: key, format: format,
            workers: workers
        ).encoded(by: completed)
        let direct = try withTable(text) { path in
            try Curator.curate(
                TableReader(
                    paths: [path], format: format, schema: completed, unitColumn: "who",
                    badRows: .refuse), schema: completed, unit: unit, holdout: part, key: key,
                options: CurationOptions(temporaryDirectory: NSTemporaryDirectory()))
        }
        #expect(tokens.sizes == direct.sizes)
        let cliques = tokens.sizes.indices.flatMap { one in
            [[one]] + tokens.sizes.indices.dropFirst(one + 1).map { [one, $0] }
        }
        for part in [Part.training, .holdout] {
            let one = try tokens.tallies(of: cliques, in: part, recoding: nil)
            let two = try direct.tallies(of: cliques, in: part, recoding: nil)
            #expect(one == two)
            #expect(one[0].reduce(0, +) > 500)
        }
    }

    @Test("of numbers keep value and exactness to the ends of what a grid holds")
    func numbers() {
        for value in [0, 1, -1, 1_000_000_000_000_000_000, FixedPoint.limit, -FixedPoint.limit] {
            for isExact in [true, false] {
                let token = Token(number: Int64(value), isExact: isExact)
                #expect(token.isValue && token.number == (Int64(value), isExact))
                #expect(token.key < 1 << 63 || !isExact)
            }
        }
        #expect(!Token.missing.isValue && !Token.other.isValue)
    }

    @Test("of texts differ where any of the 127 bits of the hash that count differ")
    func textBits() {
        for (high, low) in [(UInt64(0), UInt64(0)), (.max, .max), (5, 1 << 63)] {
            let token = Token(text: UnitHash(high: high, low: low))
            #expect(token.isValue)
            for bit in UInt64(0)..<64 {
                #expect(Token(text: UnitHash(high: high ^ 1 << bit, low: low)) != token)
                #expect(
                    (Token(text: UnitHash(high: high, low: low ^ 1 << bit)) != token) == (bit > 0))
            }
        }
    }

    @Test("that agree in half of their bits are spilled and found apart")
    func halfEqualTokens() throws {
        let spill = try TextSpill(in: NSTemporaryDirectory(), encrypted: false)
        var spiller = TextSpiller(spill)
        let tokens: [UInt128] = [5 << 64 | 1, 5 << 64 | 2, 6 << 64 | 1, 7]
        for (token, text) in zip(tokens, ["one", "two", "three", ""]) {
            try spiller.append(Token(key: token), Array(text.utf8)[...])
        }
        try spiller.flush()
        let found = try spill.texts(of: [tokens[0], tokens[1], tokens[3], 8])
        #expect(
            found == [
                tokens[0]: Array("one".utf8), tokens[1]: Array("two".utf8), tokens[3]: [],
            ])
    }

    @Test(
        "are read back from a spill of many texts, encrypted or not, however often they came",
        arguments: [false, true])
    func manyTexts(encrypted: Bool) throws {
        let spill = try TextSpill(in: NSTemporaryDirectory(), encrypted: encrypted)
        var spiller = TextSpiller(spill)
        for _ in 0..<2 {
            for number in 2..<60_000 {
                try spiller.append(
                    Token(key: UInt128(number) << 64 | UInt128(number) << 40),
                    Array("text \(number)".utf8)[...])
            }
        }
        try spiller.flush()
        let wanted = [2, 17, 30_000, 59_999]
        let keys = wanted.map { UInt128($0) << 64 | UInt128($0) << 40 }
        let found = try spill.texts(of: Set(keys))
        for (key, number) in zip(keys, wanted) {
            #expect(found[key] == Array("text \(number)".utf8))
        }
    }

    @Test("in the cells of a grid: special, missing and outside values are in none")
    func gridCounts() throws {
        let open = try schema(
            """
            {"name": "n", "type": "number", "missingValues": [""], "semblance": {"decimals": 1,
              "domain": {"special": [0]}, "discover": true}}
            """)
        let column =
            "n\n"
            + ["0", "0.05", "-0.1", "0.9", "1", "1.04", "2.1", "-9", "", "x"]
            .map { "\($0)\n" }.joined()
        let curator = try openCurated(column, schema: open)
        // Tenths: −1…−1, 0…9, 10…20.
        let grid = PublicGrid(starts: [-1, 0, 10], last: 20)
        #expect(try curator.counts(of: 0, over: grid) == [1, 2, 2])
        let noisy = try curator.histogram(
            of: 0, over: grid, plan: try GaussianPlan(sensitivity: 1, rho: Rho(100_000_000)),
            grant: plenty())
        #expect(noisy.cells == [1, 2, 2])
    }
}
