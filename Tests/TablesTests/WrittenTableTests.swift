// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tables
import Testing

/// Every kind of column, with texts that need quotes and escapes.
private func everything(omitting name: String? = nil) throws(SchemaError) -> Schema {
    let fields = [
        #"{"name":"id","semblance":{"role":"identifier","pattern":"[\"a,]\\d{5}"}}"#,
        #"{"name":"a,\"b","constraints":{"enum":["x","a,b","\"","two\r\nlines","é\t"," "]}}"#,
        #"{"name":"note","semblance":{"role":"identifier"}}"#,
        #"{"name":"k","type":"integer","semblance":{"domain":{"values":[3,-1,100]},"otherValue":7}}"#,
        binnedField("n", "integer", #""minimum":-20,"maximum":110,"bins":22,"special":[-99,50]"#),
        binnedField(
            "m", "number", #""minimum":-1,"maximum":100000,"edges":[-1,0.5,100000]"#,
            #","decimals":3,"otherValue":"-77.5""#),
        binnedField("d", "date", #""minimum":"2024-01-01","maximum":"2025-12-31","bins":"month""#),
        binnedField(
            "t", "datetime",
            #""minimum":"2024-01-01T00:00:00Z","maximum":"2024-12-31T00:00:00Z","#
                + #""bins":"week""#, format: #"%d,%m,%Y \"%H:%M:%S\" \\"#),
        binnedField("h", "time", #""minimum":"00:00:00","maximum":"23:59:59","bins":"hour""#),
        #"{"name":"b","type":"boolean","trueValues":["Y"],"falseValues":["N"]}"#,
    ]
    let kept = fields.filter { field in name.map { !field.contains("\"\($0)\"") } ?? true }
    return try schema(kept.joined(separator: ","))
}

/// Records that take every cell of every column, at changing positions.
private func records(of table: Schema, count: Int) -> (codes: [UInt16], positions: [Int32]) {
    var codes: [UInt16] = []
    var positions: [Int32] = []
    for codec in table.codecs {
        for row in 0..<count {
            let code = row % codec.cellCount
            codes.append(UInt16(code))
            let step = row / codec.cellCount &* 7_919
            positions.append(Int32(step % codec.positions(in: code)))
        }
    }
    return (codes, positions)
}

@Suite("A written table")
struct WrittenTableTests {
    private let scratch: Scratch

    static let formats: [TableFormat] = [
        .csv, .jsonl,
        (try? TableFormat(kind: .csv, delimiter: UInt8(ascii: ";"), quote: UInt8(ascii: "'"))),
        (try? TableFormat(kind: .csv, delimiter: UInt8(ascii: "-"))),
        (try? TableFormat(kind: .csv, delimiter: UInt8(ascii: "1"), quote: UInt8(ascii: "0"))),
        (try? TableFormat(kind: .csv, delimiter: 9, header: false)),
    ].compactMap { $0 }

    init() throws { scratch = try Scratch() }

    private func write(_ table: Schema, _ format: TableFormat, count: Int) throws -> String {
        let writer = TableWriter(format: format, schema: table, seed: 4)
        let (codes, positions) = records(of: table, count: count)
        var output = writer.header
        writer.append(
            codes: codes, positions: positions, rowCount: count, firstRow: 0, to: &output)
        return try scratch.file("t", output)
    }

    /// What a written cell reads back as: without a text of its own, other is a missing value.
    private func expected(_ table: Schema, count: Int) -> [[String]] {
        (0..<count).map { row in
            table.codecs.map { codec in
                let code = row % codec.cellCount
                let isMissing = codec.isOther(code) && codec.text(code, 0).isEmpty
                return isMissing ? "missing" : codec.label(code)
            }
        }
    }

    @Test("reads back as the records it was written from", arguments: formats.indices)
    func codes(index: Int) throws {
        let format = Self.formats[index]
        // Without a header a column that is left out cannot be told from the others.
        let table = try everything(omitting: format.header ? nil : "note")
        let path = try write(table, format, count: 3_000)
        #expect(
            try delivered([path], format, table, capacity: 500).labels
                == expected(table, count: 3_000))
    }

    @Test("reads back with the positions it was written with", arguments: formats.indices)
    func positions(index: Int) throws {
        let format = Self.formats[index]
        let table = try everything(omitting: format.header ? nil : "note")
        let count = 2_500
        let (codes, positions) = records(of: table, count: count)
        var reader = try FoundTableReader(
            path: write(table, format, count: count), format: format, schema: table)
        var block = FoundRecords(attributeCount: table.measured.count)
        var first = 0
        while try reader.next(into: &block) {
            for attribute in table.codecs.indices {
                let codec = table.codecs[attribute]
                for row in 0..<block.rowCount
                where codec.positions(
                    in: Int(codes[attribute * count + first + row])) > 1
                {
                    let place = attribute * count + first + row
                    try #require(block.codes[attribute][row] == Int32(codes[place]))
                    try #require(block.positions[attribute][row] == positions[place])
                }
            }
            first += block.rowCount
        }
        #expect(first == count)
    }

    @Test("is one plain record a line")
    func bytes() throws {
        let table = try schema(
            #"{"name":"id","semblance":{"role":"identifier","pattern":"M7"}}"#,
            listedField("a", ["x", "say \"a,b\""]),
            binnedField("n", "number", #""minimum":0,"maximum":9,"bins":3"#, #","decimals":1"#),
            #"{"name":"b","type":"boolean"}"#)
        let csv = try write(table, .csv, count: 5)
        #expect(
            try String(decoding: scratch.bytes("t"), as: UTF8.self) == """
                id,a,n,b
                M7,x,0.0,false
                M7,"say ""a,b""\",3.0,true
                M7,,6.0,
                M7,__other__,,
                M7,x,,false

                """, "\(csv)")
        _ = try write(table, .jsonl, count: 4)
        #expect(
            try String(decoding: scratch.bytes("t"), as: UTF8.self) == #"""
                {"id":"M7","a":"x","n":0.0,"b":false}
                {"id":"M7","a":"say \"a,b\"","n":3.0,"b":true}
                {"id":"M7","a":null,"n":6.0,"b":null}
                {"id":"M7","a":"__other__","n":null,"b":null}

                """#)
    }

    @Test("of JSON Lines is read by a stock parser, line by line")
    func stockParser() throws {
        let table = try everything()
        _ = try write(table, .jsonl, count: 300)
        let lines = String(decoding: try scratch.bytes("t"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 300)
        let names = Set(table.fields.filter(\.isReleased).map(\.name))
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object.map { Set($0.keys) } == names)
        }
    }

    @Test("has the same bytes in one piece and in many")
    func pieces() throws {
        let table = try everything()
        let writer = TableWriter(format: .csv, schema: table, seed: 4)
        let (codes, positions) = records(of: table, count: 700)
        var whole: [UInt8] = []
        writer.append(codes: codes, positions: positions, rowCount: 700, firstRow: 9, to: &whole)
        var pieces: [UInt8] = []
        for start in stride(from: 0, to: 700, by: 33) {
            let end = min(start + 33, 700)
            func part<Value>(_ values: [Value]) -> [Value] {
                table.codecs.indices.flatMap { values[($0 * 700 + start)..<($0 * 700 + end)] }
            }
            writer.append(
                codes: part(codes), positions: part(positions), rowCount: end - start,
                firstRow: 9 + UInt64(start), to: &pieces)
        }
        #expect(pieces == whole)
        #expect(!whole.isEmpty)
    }

    @Test("gives each record its own identifier")
    func identifiers() throws {
        let table = try schema(
            #"{"name":"id","semblance":{"role":"identifier","pattern":"[0-9]{4}"}}"#,
            listedField("a", ["x"]))
        _ = try write(table, .csv, count: 10_000)
        let lines = String(decoding: try scratch.bytes("t"), as: UTF8.self).split(separator: "\n")
        #expect(Set(lines.dropFirst().map { $0.prefix(4) }).count == 10_000)
    }

    @Test("of one column quotes an empty field, so that no line is blank")
    func oneColumn() throws {
        let table = try schema(listedField("a", ["x"]))
        let path = try write(table, .csv, count: 3)
        #expect(try scratch.bytes("t") == Array("a\nx\n\"\"\n__other__\n".utf8))
        #expect(try delivered([path], .csv, table).labels == [["x"], ["missing"], ["other"]])
    }
}

@Suite("A found table")
struct FoundTableTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func table() throws -> Schema {
        try schema(
            listedField("a", ["x", "y"]),
            binnedField("n", "integer", #""minimum":0,"maximum":99,"bins":10"#),
            binnedField(
                "d", "date", #""minimum":"2024-01-01","maximum":"2024-12-31","bins":"month""#))
    }

    private func found(
        _ text: String, _ format: TableFormat = .csv
    ) throws -> (present: [String], codes: [[Int32]], positions: [[Int32]]) {
        var reader = try FoundTableReader(
            path: scratch.file("t", text), format: format, schema: table())
        var block = FoundRecords(attributeCount: 3)
        var codes = block.codes
        var positions = block.codes
        while try reader.next(into: &block) {
            for attribute in 0..<3 {
                try #require(block.codes[attribute].count == block.rowCount)
                codes[attribute] += block.codes[attribute]
                positions[attribute] += block.positions[attribute]
            }
        }
        return (reader.presentColumns, codes, positions)
    }

    @Test("may have lost columns, got others and changed their order")
    func columns() throws {
        let (present, codes, positions) = try found("z,d,n\n1,2024-02-29,17\n,2024-12-31,99\n")
        #expect(present == ["n", "d"])
        #expect(codes == [[-1, -1], [1, 9], [1, 11]])
        #expect(positions == [[-1, -1], [7, 9], [28, 30]])
    }

    @Test("may have lost every column")
    func noColumns() throws {
        let (present, codes, _) = try found("z\n1\n2\n")
        #expect(present.isEmpty)
        #expect(codes == [[-1, -1], [-1, -1], [-1, -1]])
    }

    @Test("has its broken records skipped and strange values left without a position")
    func broken() throws {
        let (_, codes, positions) = try found(
            "a,n,d\nx,5\nx,5,2024-01-05\n\"x\"x,5,2024-01-05\ny,500,never\n,,\nq,1.0,x,y\n")
        #expect(codes == [[0, 1, 2], [0, 11, 10], [0, 13, 12]])
        #expect(positions == [[0, 0, 0], [5, -1, 0], [4, -1, 0]])
    }

    @Test("may be JSON Lines")
    func jsonl() throws {
        let (_, codes, positions) = try found(
            #"{"n":42}"# + "\n{\n" + #"{"a":"y","n":"43","d":"2024-03-01"}"#, .jsonl)
        #expect(codes == [[2, 1], [4, 4], [12, 2]])
        #expect(positions == [[-1, 0], [2, 3], [-1, 0]])
    }

    @Test("may be longer than a batch, with a broken record at every place")
    func long() throws {
        let lines = (0..<5_000).map { $0 % 3 == 0 ? "x" : "x,\($0 % 100),2024-01-01" }
        let (_, codes, positions) = try found("a,n,d\n" + lines.joined(separator: "\n"))
        let rows = (0..<5_000).filter { $0 % 3 != 0 }
        #expect(codes[1] == rows.map { Int32($0 % 100 / 10) })
        #expect(positions[1] == rows.map { Int32($0 % 10) })
    }

    @Test("may be without any record")
    func empty() throws {
        #expect(try found("a,n,d\n").codes == [[], [], []])
        #expect(try found("a,n,d\nx\n").codes == [[], [], []])
        #expect(try tableError { _ = try found("") }.kind == .noRecords)
    }
}
