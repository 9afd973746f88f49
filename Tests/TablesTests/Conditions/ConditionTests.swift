// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

@Suite("Conditions on rows")
struct ConditionTests {
    private static func table() throws -> Schema {
        try schema(
            #"""
            {"name": "age", "type": "integer", "semblance": {"domain":
              {"minimum": 0, "maximum": 109, "bins": 22, "special": [99]}}},
            {"name": "sex", "type": "string", "constraints": {"enum": ["F", "M", "a,b"]}},
            {"name": "grade", "type": "integer", "constraints": {"enum": [3, 1, 2], "required": true}},
            {"name": "insured", "type": "boolean"},
            {"name": "sex at birth", "type": "string",
              "constraints": {"enum": ["F", "M"], "required": true}, "semblance": {"outside": "refuse"}},
            {"name": "day", "type": "date", "semblance": {"domain":
              {"minimum": "2026-01-01", "maximum": "2026-12-31", "bins": "month"}}}
            """#)
    }

    /// The labels of a column's cells that meet a condition, in the order of the cells.
    private func labels(_ text: String, _ column: String) throws -> [String] {
        let schema = try Self.table()
        let attribute = try #require(schema.attribute(named: column))
        let allowed = try Condition(text, schema: schema).allowed
        return try #require(allowed[attribute]).sorted().map { schema.codecs[attribute].label($0) }
    }

    private func refused(_ text: String) throws -> String {
        let schema = try Self.table()
        let error = #expect(throws: ConditionError.self) { try Condition(text, schema: schema) }
        return try #require(error?.description)
    }

    @Test(
        "an ordered comparison at the edge of a bin takes whole bins and special values by their number"
    )
    func order() throws {
        let old = try labels("age>=95", "age")
        #expect(old == ["95-99", "100-104", "105-109", "99"])
        #expect(try labels("age > 99", "age") == ["100-104", "105-109"])
        #expect(try labels("age<5", "age") == ["0-4"])
        #expect(try labels("age<=4", "age") == ["0-4"])
        #expect(try labels("grade>=2", "grade") == ["3", "2"])
        #expect(try labels("day>=2026-11-01", "day") == ["2026-11", "2026-12"])
    }

    @Test("a bound inside a bin is refused, and both edges about it are named")
    func cut() throws {
        let found = try refused("age>=63")
        #expect(found.contains("cuts the bin 60-64"))
        #expect(found.contains("age>=60 or age>=65"))
        #expect(try refused("age<=62").contains("age<=59 or age<=64"))
        #expect(try refused("age=62").contains("age=60-64"))
        #expect(try labels("age=60-64", "age") == ["60-64"])
        #expect(try labels("age=99", "age") == ["99"])
    }

    @Test("missing values meet no comparison, other values only the negated ones")
    func missing() throws {
        #expect(try labels("sex!=F", "sex") == ["M", "a,b", "other"])
        #expect(try labels("sex missing", "sex") == ["missing"])
        #expect(try labels("sex is not missing", "sex") == ["F", "M", "a,b", "other"])
        #expect(try labels("sex not in {F, 'a,b'}", "sex") == ["M", "other"])
        #expect(try labels("sex in {M,\"a,b\"}", "sex") == ["M", "a,b"])
        #expect(try labels("insured=true", "insured") == ["true"])
    }

    @Test("terms are joined by commas, names may begin one another, and one column may come twice")
    func terms() throws {
        let text = "age>=65, sex at birth = F ,age<70"
        #expect(try labels(text, "age") == ["65-69"])
        #expect(try labels(text, "sex at birth") == ["F"])
        #expect(try labels("'sex'='F'", "sex") == ["F"])
        #expect(try Condition("", schema: Self.table()).allowed.isEmpty)
    }

    @Test(
        "a contradiction, an unknown column or value, and a torn condition are refused with their reason"
    )
    func refusals() throws {
        #expect(try refused("age<20,age>=65").contains("contradictory condition"))
        #expect(try refused("grade missing").contains("contradictory condition"))
        #expect(try refused("wage=3").contains("no such column: found 'wage'"))
        #expect(try refused("sex=X").contains("expected one of F, M, a,b"))
        #expect(try refused("sex<F").contains("no order"))
        #expect(try refused("age>=old").contains("not a value of its type"))
        for torn in ["age", "age>=", "sex in {F", "sex='F", "age>=65,,sex=F", ",", "sex in F"] {
            #expect(try refused(torn).contains("condition not understood"), "\(torn)")
        }
    }
}
