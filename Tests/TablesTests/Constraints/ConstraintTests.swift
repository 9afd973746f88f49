// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

private let fields = #"""
    {"name": "start", "type": "date", "semblance": {"domain": {"minimum": "2024-01-01", "maximum": "2024-12-31", "bins": "month"}}},
    {"name": "end", "type": "date", "semblance": {"domain": {"minimum": "2024-01-01", "maximum": "2024-12-31", "bins": "month"}}},
    {"name": "a", "type": "number", "semblance": {"decimals": 2, "domain": {"minimum": 0, "maximum": 100, "bins": 8, "special": [0, 9.99]}}},
    {"name": "b", "type": "number", "semblance": {"decimals": 1, "domain": {"minimum": -50, "maximum": 50, "bins": 5}}},
    {"name": "total", "type": "number", "semblance": {"decimals": 2, "domain": {"minimum": -50, "maximum": 150, "bins": 9}}},
    {"name": "age", "type": "integer", "semblance": {"domain": {"minimum": 0, "maximum": 99, "edges": [0, 15, 30, 99]}}},
    {"name": "sex", "type": "string", "constraints": {"enum": ["F", "M"]}},
    {"name": "pregnant", "type": "boolean", "trueValues": ["Y"], "falseValues": ["N"]},
    {"name": "id", "type": "string", "semblance": {"role": "identifier"}}
    """#

private func table(_ constraints: String, fields own: String = fields) throws -> Schema {
    let text =
        #"{"fields": [\#(own)], "missingValues": [""], "semblance": {"constraints": [\#(constraints)]}}"#
    return try Schema(json: Array(text.utf8), name: "test.json")
}

private func refusal(_ constraints: String, fields own: String = fields) -> String {
    do throws(SchemaError) {
        let schema = try { () throws(SchemaError) in
            do { return try table(constraints, fields: own) } catch let error as SchemaError {
                throw error
            } catch { throw SchemaError(detail: "\(error)") }
        }()
        _ = try ConstraintSet(schema)
        return ""
    } catch {
        return error.description
    }
}

/// Rows of all cells alike likely, placed at random.
private struct Rows {
    let schema: Schema
    var codes: [UInt16]
    var positions: [Int32]
    let count: Int

    init(_ schema: Schema, count: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        self.schema = schema
        self.count = count
        codes = schema.codecs.flatMap { codec in
            (0..<count).map { _ in UInt16.random(in: 0..<UInt16(codec.cellCount), using: &generator)
            }
        }
        positions = []
        place(&generator)
    }

    mutating func place(_ generator: inout SeededGenerator) {
        positions = codes.indices.map { item in
            let codec = schema.codecs[item / count]
            return Int32.random(
                in: 0..<Int32(codec.positions(in: Int(codes[item]))), using: &generator)
        }
    }

    /// Rows that break a rule, asked without the code that mends them.
    func broken(_ isBroken: ([String: Int64]) -> Bool) -> Int {
        (0..<count).count { row in
            var values: [String: Int64] = [:]
            for (attribute, name) in schema.attributeNames.enumerated() {
                let item = attribute * count + row
                let codec = schema.codecs[attribute]
                let code = Int(codes[item])
                if codec.isMissing(code) || codec.isOther(code) { continue }
                values[name] = codec.number(code, at: Int(positions[item])) ?? Int64(code)
            }
            return isBroken(values)
        }
    }
}

@Suite("Constraints")
struct ConstraintTests {
    private func mended(_ constraints: String, count: Int = 20_000) throws -> (Rows, Int, Int) {
        let schema = try table(constraints)
        let set = try ConstraintSet(schema)
        var rows = Rows(schema, count: count, seed: 4)
        let densities = schema.codecs.map { codec in
            (0..<codec.cellCount).map { _ in 1 / Double(codec.cellCount) }
        }
        let changed = set.mend(
            codes: &rows.codes, rowCount: count, rows: 0..<count, densities: densities, seed: 9)
        var again = rows.codes
        #expect(
            set.mend(
                codes: &again, rowCount: count, rows: 0..<count, densities: densities, seed: 9)
                == 0)
        var generator = SeededGenerator(seed: 8)
        rows.place(&generator)
        let placement = set.place(
            codes: rows.codes, rowCount: count, positions: &rows.positions)
        for row in 0..<count {
            #expect(
                set.isKept(
                    code: { Int(rows.codes[$0 * count + row]) },
                    position: { Int(rows.positions[$0 * count + row]) }))
        }
        return (rows, changed, placement.movedRows)
    }

    @Test("an end is never before its start")
    func comparison() throws {
        for rule in ["end >= start", "start <= end", "start - end <= 0"] {
            let (rows, changed, moved) = try mended(#""\#(rule)""#)
            #expect(
                rows.broken { values in
                    guard let start = values["start"], let end = values["end"] else { return false }
                    return end < start
                } == 0, "\(rule)")
            // Of twelve months 66/144 of pairs are the wrong way round, and half of equal ones.
            #expect(changed > 5000 && changed < 9000, "\(changed)")
            #expect(moved > 1400 && moved < 2400, "\(moved)")
        }
    }

    @Test("values that are moved keep their spread instead of piling up at the bound")
    func spread() throws {
        let (rows, _, _) = try mended(#""end >= start""#)
        let equal = rows.broken { values in
            guard let start = values["start"], let end = values["end"] else { return false }
            return end == start
        }
        #expect(equal < 800, "\(equal)")
    }

    @Test("a total is the sum of its parts to the last decimal, special values and all")
    func sums() throws {
        let (rows, _, _) = try mended(#""total = a + b""#)
        var compared = 0
        let broken = rows.broken { values in
            guard let total = values["total"], let a = values["a"], let b = values["b"] else {
                return false
            }
            compared += 1
            return total != a + 10 * b
        }
        #expect(broken == 0 && compared > 8000)
    }

    @Test("several rules on the same columns hold together")
    func together() throws {
        let (rows, _, _) = try mended(
            #""total = a + b", "total >= a - 3.5", "a > b", "if age < 18 then a <= 20""#)
        let broken = rows.broken { values in
            if let total = values["total"], let a = values["a"], let b = values["b"],
                total != a + 10 * b
            {
                return true
            }
            if let total = values["total"], let a = values["a"], total < a - 350 { return true }
            if let a = values["a"], let b = values["b"], a <= 10 * b { return true }
            if let age = values["age"], let a = values["a"], age < 18, a > 2000 { return true }
            return false
        }
        #expect(broken == 0)
    }

    @Test("implications and forbidden combinations hold, inside bins too")
    func logic() throws {
        let (rows, _, moved) = try mended(
            #""if sex = 'M' then pregnant = false", {"name": "young", "rule": "never age < 18 and pregnant = 'Y'"}"#
        )
        let broken = rows.broken { values in
            if values["sex"] == 1, values["pregnant"] == 1 { return true }
            if let age = values["age"], age < 18, values["pregnant"] == 1 { return true }
            return false
        }
        #expect(broken == 0)
        #expect(moved > 100, "\(moved)")
    }

    @Test("what is missing or unknown breaks nothing, and a missing value can be asked for")
    func missing() throws {
        let schema = try table(#""end >= start", "if end is missing then pregnant is missing""#)
        let set = try ConstraintSet(schema)
        let names = schema.attributeNames
        func kept(_ cells: [String: Int]) -> Bool {
            set.isKept(
                code: { cells[names[$0]] ?? schema.codecs[$0].cellCount - 1 }, position: { _ in 0 })
        }
        // Twelve months, then missing, then other.
        #expect(kept(["start": 12, "end": 3, "pregnant": 1]))
        #expect(kept(["start": 13, "end": 3, "pregnant": 1]))
        #expect(!kept(["start": 4, "end": 3]))
        #expect(!kept(["start": 4, "end": 12, "pregnant": 1]))
        #expect(kept(["start": 4, "end": 12, "pregnant": 2]))
        #expect(kept(["start": 4, "end": 13, "pregnant": 1]))
    }

    @Test("rows that keep the rules stay as they are")
    func untouched() throws {
        let schema = try table(#""end >= start""#)
        let set = try ConstraintSet(schema)
        var rows = Rows(schema, count: 500, seed: 2)
        for row in 0..<500 {
            (rows.codes[row], rows.codes[500 + row]) = (3, 4)
        }
        let codes = rows.codes
        let densities = schema.codecs.map { [Double](repeating: 1, count: $0.cellCount) }
        #expect(
            set.mend(
                codes: &rows.codes, rowCount: 500, rows: 0..<500, densities: densities, seed: 1)
                == 0)
        #expect(rows.codes == codes)
        var generator = SeededGenerator(seed: 8)
        rows.place(&generator)
        let positions = rows.positions
        #expect(
            set.place(codes: codes, rowCount: 500, positions: &rows.positions).movedRows == 0)
        #expect(rows.positions == positions)
    }

    @Test("the constant columns of a unit keep one value where all its rows can")
    func units() throws {
        let schema = try table(#""end >= start""#)
        let set = try ConstraintSet(schema)
        var rows = Rows(schema, count: 400, seed: 2)
        for row in 0..<400 { (rows.codes[row], rows.codes[400 + row]) = (3, 3) }
        var generator = SeededGenerator(seed: 8)
        rows.place(&generator)
        // Units of four rows; the start is the same in all rows of a unit.
        for row in 0..<400 { rows.positions[row] = rows.positions[row / 4 * 4] }
        let ends = (1...100).map { Int32(4 * $0) }
        let placement = set.place(
            codes: rows.codes, rowCount: 400, positions: &rows.positions, unitEnds: ends,
            constants: [0])
        #expect(placement.splitRows == 0)
        #expect((0..<400).allSatisfy { rows.positions[$0] == rows.positions[$0 / 4 * 4] })
        #expect((0..<400).allSatisfy { rows.positions[$0] <= rows.positions[400 + $0] })
    }

    @Test("cells that no values keep a rule with are told, and missing ones are none of them")
    func impossibleCells() throws {
        let rules = #""end >= start", "if sex = 'M' then pregnant = 'N'""#
        let set = try ConstraintSet(try table(rules))
        let found = set.impossibleCells(limit: 1000)
        let columns = found.map { $0.attributes }
        #expect(columns == [[0, 1], [6, 7]])
        // Twelve months, missing and other each: of 144 pairs 66 are the wrong way round.
        #expect(found[0].isImpossible.count == 196)
        #expect(found[0].isImpossible.count { $0 } == 66)
        #expect(found[0].isImpossible[5 * 14 + 4] && !found[0].isImpossible[4 * 14 + 5])
        #expect(found[1].isImpossible.count { $0 } == 1)
        #expect(set.impossibleCells(limit: 100).map { $0.attributes } == [[6, 7]])
    }

    @Test("one row is mended as any other")
    func oneRow() throws {
        let (rows, _, _) = try mended(#""end >= start", "total = a + b""#, count: 1)
        #expect(rows.count == 1)
    }

    @Test(
        "what cannot be is refused with the rule's name",
        arguments: [
            (#""end >= begin""#, "names \"begin\", which is no column"),
            (#""id = sex""#, "an identifier"),
            (#"{"name": "late", "rule": "end > '2024-12-31'"}"#, "\"late\" cannot be kept"),
            (#""a >= b + 151""#, "\"a >= b + 151\" cannot be kept"),
            (#""a > b", "b > a""#, "\"a > b\", \"b > a\" cannot be kept together"),
            (#""sex > 'F'""#, "has no order"),
            (#""sex = 'X'""#, "none of the values"),
            (#""end >= a""#, "compared with each other"),
            (#""sex + a = b""#, "is no number"),
            (#""if sex = 'M'""#, "expected \"then\""),
            (#""a = ""#, "expected a column or a number"),
            (#""a ? b""#, "found the character ?"),
            (#""1 = 1""#, "compares no columns"),
            (#""a = 'x'""#, "write numbers bare"),
            (#"7"#, "expected a text"),
        ])
    func refused(constraint: String, words: String) {
        let text = refusal(constraint)
        #expect(text.contains(words), "\(text)")
    }

    @Test("columns of other names stand in backticks")
    func backticks() throws {
        let own = #"""
            {"name": "first day", "type": "integer", "semblance": {"domain": {"minimum": 0, "maximum": 9}}},
            {"name": "if", "type": "integer", "semblance": {"domain": {"minimum": 0, "maximum": 9}}}
            """#
        let schema = try table(#""`if` >= `first day` + 2""#, fields: own)
        #expect(schema.constraints[0].columns == ["if", "first day"])
        _ = try ConstraintSet(schema)
    }

    @Test("a domain that is still to be discovered cannot be in a rule")
    func discovered() throws {
        let own =
            fields
            + #", {"name": "city", "type": "string", "semblance": {"discover": {"categories": 9}}}"#
        #expect(refusal(#""city = 'X'""#, fields: own).contains("to be discovered; declare it"))
    }
}
