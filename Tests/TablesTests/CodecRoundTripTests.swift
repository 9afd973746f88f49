// SPDX-License-Identifier: Apache-2.0

import Tables
import Testing

@Suite("A column's codec")
struct CodecRoundTripTests {
    static let fields: [String] = [
        #"{"name":"x","constraints":{"enum":["b","a","é","a,b","\"","two\nlines"]}}"#,
        #"{"name":"x","constraints":{"enum":["a"],"required":true},"semblance":{"outside":"refuse"}}"#,
        #"{"name":"x","type":"integer","semblance":{"domain":{"values":[3,1,-2,100]}}}"#,
        #"{"name":"x","type":"boolean"}"#,
        #"{"name":"x","type":"boolean","trueValues":["Y","y"],"falseValues":["N"]}"#,
        binnedField("x", "integer", #""minimum":0,"maximum":110,"bins":22,"special":[-1,999,7]"#),
        binnedField("x", "integer", #""minimum":-5,"maximum":5"#, #","outside":"clamp""#),
        binnedField("x", "integer", #""minimum":1,"maximum":12,"bins":4"#, #","otherValue":99"#),
        binnedField("x", "integer", #""edges":[0,1,5,100,1000],"special":[0,100,1000]"#),
        binnedField(
            "x", "number",
            #""minimum":0,"maximum":100000,"edges":[0,10,100.5,100000],"special":[0]"#,
            #","decimals":2"#),
        binnedField(
            "x", "number", #""minimum":0.01,"maximum":10000,"bins":6,"scale":"log""#,
            #","decimals":2,"otherValue":"-1""#),
        binnedField("x", "number", #""minimum":-1.5,"maximum":1.5,"bins":7"#, #","decimals":9"#),
        binnedField(
            "x", "number", #""minimum":-1e9,"maximum":1e9,"bins":3"#,
            #","decimals":9,"outside":"clamp""#),
        binnedField("x", "date", #""minimum":"2023-12-15","maximum":"2025-02-10","bins":"month""#),
        binnedField(
            "x", "date", #""minimum":"1899-06-01","maximum":"2101-01-01","bins":"quarter""#),
        binnedField("x", "date", #""minimum":"2024-01-01","maximum":"2025-12-31","bins":"week""#),
        binnedField("x", "date", #""minimum":"2024-02-01","maximum":"2024-03-01","bins":"day""#),
        binnedField(
            "x", "date", #""minimum":"2024-01-01","maximum":"2025-12-31","bins":24"#,
            #","outside":"refuse""#, format: "%d.%m.%Y"),
        binnedField(
            "x", "date", #""minimum":"2020-01","maximum":"2025-12","bins":"year""#,
            format: "%Y-%m"),
        binnedField("x", "date", #""minimum":"1950","maximum":"2025","bins":10"#, format: "%Y"),
        binnedField(
            "x", "datetime",
            #""minimum":"1969-12-30T00:00:00Z","maximum":"1970-01-02T23:59:59Z","bins":"hour""#),
        binnedField(
            "x", "datetime",
            #""minimum":"2024-01-01 00:00","maximum":"2024-12-31 23:59","#
                + #""bins":"quarter","special":["2024-05-05 05:05"]"#, format: "%Y-%m-%d %H:%M"),
        binnedField("x", "time", #""minimum":"00:00:00","maximum":"23:59:59","bins":"hour""#),
        binnedField(
            "x", "time", #""minimum":"08:00","maximum":"18:00","bins":5"#, #","outside":"clamp""#,
            format: "%H:%M"),
    ]

    /// The first and last positions of a cell and some between.
    private func sample(_ count: Int) -> Set<Int> {
        if count <= 100 { return Set(0..<count) }
        return [0, 1, 2, count / 3, count / 2, count - 2, count - 1]
    }

    @Test("writes texts that read back as the same cell and position", arguments: fields)
    func roundTrip(field: String) throws {
        let codec = try fieldCodec(field)
        #expect(Set(codec.labels).count == codec.cellCount)
        for code in 0..<codec.cellCount {
            let count = codec.positions(in: code)
            try #require(count >= 1 && count <= Int(Int32.max))
            for position in sample(count) {
                let text = codec.text(code, position)
                #expect(codec.position(text, code) == position, "\(text) at \(position)")
                // A type without a text for everything else writes it as a missing value.
                if codec.isOther(code), text.isEmpty { continue }
                #expect(codec.code(text) == code, "\(text) of \(codec.label(code))")
            }
        }
    }

    @Test("writes different texts at different positions of all cells", arguments: fields)
    func distinct(field: String) throws {
        let codec = try fieldCodec(field)
        var seen: Set<String> = []
        for code in 0..<codec.cellCount where !codec.isOther(code) {
            for position in sample(codec.positions(in: code)) {
                #expect(seen.insert(codec.text(code, position)).inserted)
            }
        }
    }

    @Test("says which cells are missing, other and ordered")
    func kinds() throws {
        let texts = try fieldCodec(listedField("x", ["a", "b"]))
        #expect(texts.labels == ["a", "b", "missing", "other"])
        #expect(texts.isMissing(2) && !texts.isMissing(3) && texts.isOther(3))
        #expect(!texts.isOrdered)
        #expect(texts.midpoint(0) == nil)
        let numbers = try fieldCodec(Self.fields[5])
        #expect(numbers.isOrdered)
        #expect(numbers.labels.prefix(3) == ["0-4", "5-9", "10-14"])
        #expect(numbers.labels.suffix(6) == ["105-110", "-1", "999", "7", "missing", "other"])
        #expect(numbers.midpoint(0) == 2 && numbers.midpoint(23) == 999)
        #expect(numbers.midpoint(numbers.cellCount - 1) == nil)
        #expect(numbers.positions(in: 0) == 5 && numbers.positions(in: 1) == 4)
        #expect(try fieldCodec(Self.fields[3]).labels == ["false", "true", "missing", "other"])
        #expect(try fieldCodec(Self.fields[3]).midpoint(1) == 1)
    }

    @Test("puts a number in the bin that its digits say, not its nearest double")
    func exact() throws {
        let codec = try fieldCodec(
            binnedField(
                "x", "number", #""edges":[0,0.07,0.29,0.57,1.1,4.35,100]"#, #","decimals":2"#))
        for (text, label) in [
            ("0.07", "0.07-0.28"), ("0.069999999999999999", "0.00-0.06"), ("0.29", "0.29-0.56"),
            ("0.57", "0.57-1.09"), ("1.1", "1.10-4.34"), ("4.35", "4.35-100.00"),
            ("4.349", "1.10-4.34"), ("+1e2", "4.35-100.00"), ("1000e-1", "4.35-100.00"),
            ("1E-9", "0.00-0.06"), ("100.00", "4.35-100.00"),
            ("100.000000000000000000000", "4.35-100.00"),
            ("00000000000000000000000000000001.1", "1.10-4.34"), (".07", "0.07-0.28"),
            ("-0", "0.00-0.06"), ("100.001", "other"), ("-0.001", "other"), ("1e400", "other"),
            ("-1e99999999999999999999", "other"), ("1e-99999999999999999999", "0.00-0.06"),
            ("NaN", "other"), ("inf", "other"), ("0x1", "other"), ("1e", "other"), ("1,1", "other"),
            (" 1", "other"), ("1 ", "other"), ("--1", "other"), (".", "other"), ("-", "other"),
            ("1.1.1", "other"), ("１", "other"),
        ] {
            #expect(codec.label(of: text) == label, "\(text)")
        }
    }

    @Test("takes only whole numbers for integers")
    func integers() throws {
        let codec = try fieldCodec(binnedField("x", "integer", #""minimum":0,"maximum":9"#))
        for text in ["5", "05", "+5", "5.0", "5e0", "50e-1"] {
            #expect(codec.label(of: text) == "5", "\(text)")
        }
        for text in ["5.5", "-1", "10", "99999999999999999999", "five"] {
            #expect(codec.label(of: text) == "other", "\(text)")
        }
        #expect(codec.label(of: "") == "missing" && codec.label(of: "NA") == "missing")
    }

    @Test("clamps what has an order to the nearest bin and refuses what does not read")
    func clamp() throws {
        let numbers = try fieldCodec(
            binnedField(
                "x", "integer", #""minimum":10,"maximum":19,"bins":2,"special":[-1]"#,
                #","outside":"clamp""#))
        #expect(numbers.labels == ["10-14", "15-19", "-1", "missing"])
        for (text, label) in [
            ("9", "10-14"), ("-99", "10-14"), ("20", "15-19"), ("1e30", "15-19"), ("-1", "-1"),
            ("12345678901234567890", "15-19"), ("-12345678901234567890", "10-14"),
            ("99999999999999999999999999", "15-19"),
        ] {
            #expect(numbers.label(of: text) == label, "\(text)")
        }
        for text in ["ten", "10.5", "20.5"] { #expect(numbers.label(of: text) == nil) }
        let dates = try fieldCodec(
            binnedField(
                "x", "date", #""minimum":"2024-01-01","maximum":"2024-12-31","bins":"quarter""#,
                #","outside":"clamp""#))
        #expect(dates.labels == ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "missing"])
        #expect(dates.label(of: "1900-01-01") == "2024-Q1")
        #expect(dates.label(of: "2025-01-01") == "2024-Q4")
        #expect(dates.label(of: "2024-02-30") == nil)
    }

    @Test(
        "refuses what is outside when the schema says so, missing values of a required column too")
    func refuse() throws {
        let texts = try fieldCodec(
            #"{"name":"x","constraints":{"enum":["a"],"required":true},"semblance":{"outside":"refuse"}}"#
        )
        #expect(texts.labels == ["a"])
        for text in ["", "NA", "b", "A", " a"] { #expect(texts.code(text) == -1) }
        let required = try fieldCodec(#"{"name":"x","constraints":{"enum":["a"],"required":true}}"#)
        #expect(required.labels == ["a", "other"])
        #expect(required.label(of: "NA") == "other" && required.label(of: "b") == "other")
    }

    @Test("writes everything else as the declared text")
    func otherValue() throws {
        #expect(try fieldCodec(listedField("x", ["a"])).text(2, 0) == "__other__")
        let number = try fieldCodec(Self.fields[7])
        #expect(number.text(number.cellCount - 1, 0) == "99")
        #expect(number.position("99", number.cellCount - 1) == 0)
        #expect(number.position("98", number.cellCount - 1) == nil)
        let plain = try fieldCodec(
            binnedField("x", "integer", #""minimum":0,"maximum":9"#), missing: #"["NA"]"#)
        #expect(plain.text(plain.cellCount - 1, 0) == "NA")
    }

    @Test("finds no position for a text that its cell cannot be written as")
    func noPosition() throws {
        let codec = try fieldCodec(Self.fields[9])
        let bin = codec.code("5.25")
        #expect(codec.position("5.25", bin) == 524)
        #expect(codec.position("5.250", bin) == 524)
        for text in ["5.251", "0", "10.00", "x", "", "-5"] {
            #expect(codec.position(text, bin) == nil, "\(text)")
        }
    }

    @Test("knows the calendar")
    func dates() throws {
        let codec = try fieldCodec(
            binnedField(
                "x", "date", #""minimum":"1900-01-01","maximum":"2100-12-31","bins":"month""#))
        for (text, label) in [
            ("1900-02-28", "1900-02"), ("1900-02-29", "other"), ("2000-02-29", "2000-02"),
            ("2023-02-29", "other"), ("2024-02-29", "2024-02"), ("2100-02-29", "other"),
            ("2024-04-31", "other"), ("2024-13-01", "other"), ("2024-00-01", "other"),
            ("2024-01-00", "other"), ("2024-1-1", "other"), ("2024-01-01T00:00:00", "other"),
            ("1899-12-31", "other"), ("2101-01-01", "other"), ("24-01-01", "other"),
            ("2024-12-31", "2024-12"),
        ] {
            #expect(codec.label(of: text) == label, "\(text)")
        }
        #expect(codec.positions(in: codec.code("2024-02-10")) == 29)
        #expect(codec.text(codec.code("2000-02-10"), 28) == "2000-02-29")
    }

    @Test("cuts the first and last period at the bounds")
    func partialPeriods() throws {
        let months = try fieldCodec(Self.fields[13])
        #expect(months.labels.first == "2023-12-15 to 2023-12-31")
        #expect(months.labels[1] == "2024-01")
        #expect(months.cellCount == 15 + 2)
        #expect(months.label(of: "2023-12-14") == "other")
        let weeks = try fieldCodec(Self.fields[15])
        #expect(weeks.text(1, 0) == "2024-01-08")
    }

    @Test("takes a datetime with and without its zone, and times of day to the second")
    func times() throws {
        let moments = try fieldCodec(Self.fields[20])
        #expect(moments.code("1969-12-30T00:59:59Z") == 0)
        #expect(moments.code("1969-12-30T01:00:00") == 1)
        #expect(moments.label(of: "1970-01-01T24:00:00Z") == "other")
        let times = try fieldCodec(Self.fields[22])
        #expect(times.code("23:59:59") == 23)
        for text in ["24:00:00", "23:60:00", "23:59:60", "1:00:00", "01:00"] {
            #expect(times.label(of: text) == "other", "\(text)")
        }
    }

    @Test("cuts a log scale at powers")
    func logScale() throws {
        let codec = try fieldCodec(Self.fields[10])
        #expect(
            codec.labels.dropLast(2) == [
                "0.01-0.09", "0.10-0.99", "1.00-9.99", "10.00-99.99", "100.00-999.99",
                "1000.00-10000.00",
            ])
    }

    @Test("may have one value, and as many cells as there may be at all")
    func extremes() throws {
        let one = try fieldCodec(
            #"{"name":"x","type":"integer","constraints":{"required":true},"#
                + #""semblance":{"domain":{"minimum":7,"maximum":7},"outside":"refuse"}}"#)
        #expect(one.labels == ["7"] && one.text(0, 0) == "7" && one.code("8") == -1)
        let many = try fieldCodec(
            binnedField("x", "integer", #""minimum":0,"maximum":99999,"bins":64998"#))
        #expect(many.cellCount == 65_000)
        for value in stride(from: 0, through: 99_999, by: 997) {
            let code = many.code("\(value)")
            let position = try #require(many.position("\(value)", code))
            #expect(many.text(code, position) == "\(value)")
        }
    }
}
