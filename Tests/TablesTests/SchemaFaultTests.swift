// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

@Suite("A schema")
struct SchemaFaultTests {
    /// Fields that are wrong, with words of the fix.
    static let wrong: [(field: String, fix: String)] = [
        (#""type":"text""#, "use one of string"),
        (#""type":7"#, "must be a string"),
        (#""semblance":[]"#, "must be an object"),
        (#""semblance":{"rol":"quasi"}"#, "unknown key \"rol\""),
        (#""semblance":{"rol":"quasi"}"#, "did you mean role?"),
        (#""semblence":{"role":"quasi"}"#, "did you mean \"semblance\"?"),
        (#""typ":"integer""#, "did you mean \"type\"?"),
        (#""constraints":{"enmu":["a"]}"#, "did you mean \"enum\"?"),
        (#""semblance":{"discover":{"categorys":9}}"#, "did you mean categories?"),
        (#""semblance":{"domain":{"maximun":9}}"#, "did you mean maximum?"),
        (#""semblance":{"role":"key"}"#, "use one of identifier"),
        (#""semblance":{"domain":{"min":0}}"#, "known are"),
        (#""semblance":{"outside":"drop"}"#, "use one of other"),
        (#""semblance":{"role":"identifier","outside":"other"}"#, "change the role"),
        (#""semblance":{"role":"identifier","pattern":"a*"}"#, "use literals"),
        (#""semblance":{"pattern":"a"}"#, "remove one"),
        ("", "list them in constraints.enum"),
        (#""constraints":{"enum":[]}"#, "list at least one"),
        (#""constraints":{"enum":"a"}"#, "must be a list"),
        (#""constraints":{"enum":["a","a"]}"#, "list it once"),
        (#""constraints":{"enum":["a","NA"]}"#, "remove it from"),
        (#""constraints":{"enum":["a",1]}"#, "must be strings"),
        (#""constraints":{"enum":["a","__other__"]}"#, "another \"otherValue\""),
        (#""constraints":{"enum":["a"],"required":"yes"}"#, "true or false"),
        (#""constraints":{"enum":["a"]},"semblance":{"domain":{"values":["b"]}}"#, "keep one"),
        (#""constraints":{"enum":["a"]},"semblance":{"domain":{"bins":2}}"#, "keep one"),
        (#""constraints":{"enum":["a"]},"semblance":{"outside":"clamp"}"#, "use \"other\""),
        (#""constraints":{"enum":["a"]},"semblance":{"otherValue":"a"}"#, "set another"),
        (#""constraints":{"enum":["a"]},"semblance":{"otherValue":"NA"}"#, "neither"),
        (#""constraints":{"enum":["a"]},"semblance":{"otherValue":[]}"#, "string or a number"),
        (
            #""constraints":{"enum":["a"]},"semblance":{"outside":"refuse","otherValue":"b"}"#,
            "remove one"
        ),
        (#""constraints":{"enum":["a"]},"missingValues":[]"#, "constraints.required"),
        (#""constraints":{"enum":["a"]},"missingValues":["__other__"]"#, "otherValue"),
        (#""constraints":{"enum":["a"]},"semblance":{"decimals":2}"#, "for type number"),
        (#""type":"integer""#, "minimum"),
        (#""type":"integer","semblance":{"domain":{"minimum":0,"maximum":5000}}"#, "bins"),
        (#""type":"integer","semblance":{"domain":{"minimum":9,"maximum":0}}"#, "exchange them"),
        (#""type":"integer","semblance":{"domain":{"minimum":0.5,"maximum":9}}"#, "whole number"),
        (#""type":"integer","semblance":{"domain":{"minimum":0,"maximum":9,"bins":11}}"#, "fewer"),
        (
            #""type":"integer","semblance":{"domain":{"minimum":0,"maximum":9,"bins":0}}"#,
            "at least 1"
        ),
        (
            #""type":"integer","semblance":{"domain":{"minimum":0,"maximum":99999,"bins":65001}}"#,
            "fewer"
        ),
        (
            #""type":"integer","semblance":{"domain":{"minimum":0,"maximum":99999,"bins":65000}}"#,
            "fewer"
        ),
        (#""type":"integer","semblance":{"domain":{"edges":[1]}}"#, "two values"),
        (#""type":"integer","semblance":{"domain":{"edges":[1,1]}}"#, "sort them"),
        (#""type":"integer","semblance":{"domain":{"edges":[1,3],"minimum":0}}"#, "agree"),
        (#""type":"integer","semblance":{"domain":{"edges":[1,3],"bins":2}}"#, "keep one"),
        (#""type":"integer","semblance":{"domain":{"values":[1,1.0]}}"#, "list it once"),
        (#""type":"integer","semblance":{"domain":{"values":["x"]}}"#, "not a number"),
        (#""type":"integer","semblance":{"domain":{"minimum":0,"maximum":1e19}}"#, "too large"),
        (
            #""type":"integer","semblance":{"domain":{"minimum":0,"maximum":9,"special":[1,1]}}"#,
            "list it once"
        ),
        (
            #""type":"integer","semblance":{"domain":{"minimum":0,"maximum":1,"special":[0,1]}}"#,
            "as values instead"
        ),
        (
            #""type":"integer","missingValues":["5"],"semblance":{"domain":{"minimum":0,"maximum":9}}"#,
            "narrow"
        ),
        (
            #""type":"integer","semblance":{"domain":{"minimum":0,"maximum":9},"otherValue":5}"#,
            "neither"
        ),
        (
            #""type":"integer","semblance":{"domain":{"minimum":0,"maximum":9},"otherValue":"x"}"#,
            "choose one"
        ),
        (#""type":"integer","decimalChar":",""#, "decimal point"),
        (#""type":"integer","format":"%Y""#, "remove it"),
        (#""type":"number","semblance":{"domain":{"minimum":0,"maximum":9,"bins":3}}"#, "decimals"),
        (
            #""type":"number","semblance":{"decimals":10,"domain":{"minimum":0,"maximum":9,"bins":3}}"#,
            "0 to 9"
        ),
        (
            #""type":"number","semblance":{"decimals":1,"domain":{"edges":[0,0.25,1]}}"#,
            "1 decimals"
        ),
        (
            #""type":"number","semblance":{"decimals":1,"domain":{"minimum":0,"maximum":9,"bins":2,"#
                + #""scale":"log"}}"#, "above 0"
        ),
        (
            #""type":"number","semblance":{"decimals":1,"domain":{"minimum":1,"maximum":2,"bins":11,"#
                + #""scale":"log"}}"#, "use fewer"
        ),
        (
            #""type":"number","semblance":{"decimals":1,"domain":{"minimum":1,"maximum":2,"bins":2,"#
                + #""scale":"cubic"}}"#, "linear"
        ),
        (#""type":"boolean","semblance":{"domain":{}}"#, "trueValues"),
        (#""type":"boolean","trueValues":["Y"],"falseValues":["Y"]"#, "list it once"),
        (#""type":"boolean","trueValues":[]"#, "at least one"),
        (#""type":"boolean","semblance":{"otherValue":"?"}"#, "remove"),
        (#""type":"boolean","semblance":{"outside":"clamp"}"#, "refuse"),
        (
            #""type":"date","semblance":{"domain":{"minimum":"2024-02-30","maximum":"2024-12-31"}}"#,
            "%Y-%m-%d"
        ),
        (
            #""type":"date","semblance":{"domain":{"minimum":"2024-01-01","maximum":"2024-12-31","#
                + #""bins":"decade"}}"#, "quarter"
        ),
        (
            #""type":"date","semblance":{"domain":{"minimum":"2024-01-01","maximum":"2024-12-31","#
                + #""bins":"hour"}}"#, "finer format"
        ),
        (
            #""type":"date","semblance":{"domain":{"minimum":"0001-01-01","maximum":"9999-12-31","#
                + #""bins":"day"}}"#, "longer periods"
        ),
        (
            #""type":"time","semblance":{"domain":{"minimum":"00:00:00","maximum":"23:59:59","#
                + #""bins":"day"}}"#, "longer period"
        ),
        (#""type":"date","format":"%d.%m.%y""#, "use %Y"),
        (#""type":"date","format":"%Y-%d""#, "add it"),
        (#""type":"date","format":"%Y-%m-%d %H""#, "change the format"),
        (#""type":"date","format":"%Y-%Y""#, "keep one"),
        (#""type":"date","format":"%Y%""#, "%%"),
        (#""type":"time","format":"%M""#, "%H"),
    ]

    @Test("names the field at fault and the fix", arguments: wrong.indices)
    func faults(index: Int) throws {
        let (body, fix) = Self.wrong[index]
        let json = #"{"name":"x y""# + (body.isEmpty ? "" : ",") + body + "}"
        let good = try listedField("good", ["a"])
        let error = try #require(
            #expect(throws: SchemaError.self, "\(json)") { _ = try schema(good, json) })
        #expect(error.field == "x y")
        #expect(error.schema == "test.json")
        #expect(error.description.contains(fix), "\(error)")
        #expect(error.description.hasPrefix("schema test.json: field \"x y\": "))
        #expect(!error.description.contains("\n"))
    }

    @Test(
        "is refused as a whole when it is no schema, with its line where it is no JSON",
        arguments: [
            ("", "line 1"), ("{\n\"fields\":[\n}", "line 3"), ("[]", "expected an object"),
            ("{}", "fields"), (#"{"fields":[]}"#, "at least one"), (#"{"fields":[1]}"#, "name"),
            (#"{"fields":[{"name":""}]}"#, "name"), (#"{"fields":{}}"#, "list"),
            (#"{"fields":[{"name":"x"}],"missingValues":"NA"}"#, "list of strings"),
            (#"{"fields":[{"name":"x"}],"missingValues":[1]}"#, "list of strings"),
            (#"{"fields":[{"name":"x","semblance":{"role":"identifier"}}]}"#, "nothing is left"),
            (#"{"fields":1,"fields":2}"#, "twice"),
        ])
    func whole(json: String, fix: String) throws {
        let error = try #require(
            #expect(throws: SchemaError.self) {
                _ = try Schema(json: Array(json.utf8), name: "s.json")
            })
        #expect(error.description.contains(fix), "\(error)")
        #expect(error.schema == "s.json")
    }

    @Test("is refused for two fields of one name")
    func names() throws {
        let field = try listedField("a", ["x"])
        let error = try #require(
            #expect(throws: SchemaError.self) { _ = try schema(field, field) })
        #expect(error.field == "a")
    }

    @Test("tells what is measured, released and left out, in order")
    func order() throws {
        let table = try schema(
            #"{"name":"id","semblance":{"role":"identifier","pattern":"M[0-9]{4}"},"title":"Id"}"#,
            listedField("b", ["x"]), #"{"name":"note","semblance":{"role":"identifier"}}"#,
            #"{"name":"a","type":"boolean","semblance":{"role":"sensitive"},"description":"d"}"#)
        #expect(table.measured == [1, 3])
        #expect(table.attributeNames == ["b", "a"])
        #expect(table.attribute(named: "a") == 1)
        #expect(table.attribute(named: "id") == nil)
        #expect(table.fields.map(\.isReleased) == [true, true, false, true])
        #expect(table.fields.map(\.role) == [.identifier, .attribute, .identifier, .sensitive])
        #expect(table.fields[0].title == "Id" && table.fields[3].description == "d")
    }

    @Test("of the synthetic table is a schema without properties of its own")
    func output() throws {
        let table = try schema(
            #"{"name":"id","semblance":{"role":"identifier","pattern":"M[0-9]{4}"}}"#,
            #"{"name":"note","semblance":{"role":"identifier"}}"#, listedField("t", ["x", "\"\n"]),
            binnedField("n", "integer", #""minimum":0,"maximum":9,"special":[-1,99]"#),
            binnedField(
                "d", "date", #""minimum":"2024-01-01","maximum":"2024-12-31","bins":"month""#),
            #"{"name":"b","type":"boolean","trueValues":["Y"],"falseValues":["N"]}"#)
        let bytes = table.outputSchema()
        #expect(bytes == table.outputSchema())
        let json = try JSONSerialization.jsonObject(with: Data(bytes))
        let members = try #require(json as? [String: Any])
        let fields = try #require(members["fields"] as? [[String: Any]])
        #expect(fields.compactMap { $0["name"] as? String } == ["id", "t", "n", "d", "b"])
        #expect(fields.allSatisfy { $0["semblance"] == nil })
        let constraints = fields.map { $0["constraints"] as? [String: Any] ?? [:] }
        #expect(constraints[1]["enum"] as? [String] == ["x", "\"\n", "__other__"])
        #expect(constraints[2]["minimum"] as? Int == -1)
        #expect(constraints[2]["maximum"] as? Int == 99)
        #expect(constraints[3]["maximum"] as? String == "2024-12-31")
        #expect(fields[4]["trueValues"] as? [String] == ["Y"])
    }
}
