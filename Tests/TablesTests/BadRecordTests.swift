// SPDX-License-Identifier: Apache-2.0

import Foundation
import Streams
import Tables
import Testing

@Suite("Bad records")
struct BadRecordTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func table() throws -> Schema {
        try schema(
            listedField("a", ["x", "y"], outside: "refuse"),
            binnedField("n", "integer", #""minimum":0,"maximum":9"#, #","outside":"refuse""#))
    }

    /// The records of a quarantine file: what follows each line of a reason.
    private func setAside(_ name: String) throws -> [(reason: String, record: String)] {
        let lines = String(decoding: try scratch.bytes(name), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        var found: [(reason: String, record: String)] = []
        for line in lines.dropLast() {
            if line.hasPrefix("# ") {
                found.append((String(line), ""))
            } else if !found.isEmpty {
                found[found.count - 1].record += line + "\n"
            }
        }
        return found
    }

    @Test("are set aside as they were, and nothing is lost")
    func csv() throws {
        let good = ["x,1", "y,2", "NA,3", "x,"]
        let bad = ["x", "x,1,2", "z,1", "x,10", "\"x\"x,1", "x,\"1\n\n1\"", "x,1\u{0}", "x,one"]
        var records: [String] = []
        for index in 0..<400 { records += [good[index % 4], bad[index % 8]] }
        let path = try scratch.file("t.csv", "a,n\n" + records.joined(separator: "\n"))
        let found = try delivered(
            [path], .csv, table(), badRows: .quarantine(path: scratch("bad")), capacity: 37)
        let names = ["x": "x", "y": "y", "NA": "missing", "": "missing"]
        let expected = (0..<400).map { index in
            good[index % 4].split(separator: ",", omittingEmptySubsequences: false)
                .map { names[String($0)] ?? String($0) }
        }
        #expect(found.labels == expected)
        let aside = try setAside("bad")
        #expect(aside.map(\.record) == (0..<400).map { bad[$0 % 8] + "\n" })
        #expect(aside.allSatisfy { $0.reason.hasPrefix("# \(path), line ") })
        #expect(aside.first?.reason.contains("line 3") == true)
    }

    @Test("of JSON Lines are set aside as they were")
    func jsonl() throws {
        let bad = [
            #"{"a":"x","n":1"#, #"{"a":"x","a":"y"}"#, #"{"a":["x"]}"#, "[1]", "x",
            #"{"a":"z"}"#, #"{"n":"\ud800"}"#, #"{"a":true}"#,
        ]
        let lines = bad.flatMap { [$0, #"{"a":"x","n":1}"#] }
        let path = try scratch.file("t.jsonl", lines.joined(separator: "\n"))
        let found = try delivered(
            [path], .jsonl, table(), badRows: .quarantine(path: scratch("bad")))
        #expect(found.labels == [[String]](repeating: ["x", "1"], count: bad.count))
        #expect(try setAside("bad").map(\.record) == bad.map { $0 + "\n" })
    }

    @Test("go to a file that its owner alone may read, from the start")
    func mode() throws {
        let path = try scratch.file("t.csv", "a,n\nx,1\nz,1\n")
        try scratch.file("bad", "of an earlier run")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: scratch("bad"))
        func modes() throws -> [Int?] {
            try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
                .filter { $0.hasPrefix("bad") }.map {
                    let attributes = try FileManager.default.attributesOfItem(atPath: scratch($0))
                    return attributes[.posixPermissions] as? Int
                }
        }
        _ = try read([path], table(), badRows: .quarantine(path: scratch("bad")))
        #expect(try modes() == [0o600])
        #expect(try setAside("bad").map(\.record) == ["z,1\n"])
    }

    @Test("leave an empty file when there is none of them")
    func none() throws {
        let path = try scratch.file("t.csv", "a,n\nx,1\n")
        _ = try delivered([path], .csv, table(), badRows: .quarantine(path: scratch("bad")))
        #expect(try scratch.bytes("bad").isEmpty)
    }

    @Test("end the reading when there are no others, and are still set aside")
    func all() throws {
        let path = try scratch.file("t.csv", "a,n\nz,1\nx\n")
        let error = try tableError {
            _ = try delivered([path], .csv, table(), badRows: .quarantine(path: scratch("bad")))
        }
        #expect(error.kind == .noRecords)
        #expect(error.detail.contains("quarantine"))
        #expect(try setAside("bad").map(\.record) == ["z,1\n", "x\n"])
    }

    @Test("cannot be set aside in a folder that is not there")
    func nowhere() throws {
        let path = try scratch.file("t.csv", "a,n\nx,1\n")
        let error = try tableError {
            _ = try delivered([path], .csv, table(), badRows: .quarantine(path: scratch("no/bad")))
        }
        guard case .stream(let cause) = error.kind else {
            Issue.record("not an error of the stream: \(error)")
            return
        }
        #expect(cause.path == scratch("no/bad"))
    }

    @Test("are those without a unit key, and others keep theirs")
    func unitKeys() throws {
        let path = try scratch.file(
            "t.csv", "id,a,n\np1,x,1\n,x,1\nNA,x,1\np2,z,1\np3,y,2\n\"p\"\"4\",y,2\n")
        let found = try delivered(
            [path], .csv, table(), unit: "id", badRows: .quarantine(path: scratch("bad")))
        #expect(found.keys == ["p1", "p3", "p\"4"].map { Array($0.utf8) })
        #expect(found.labels == [["x", "1"], ["y", "2"], ["y", "2"]])
        #expect(try setAside("bad").map(\.record) == [",x,1\n", "NA,x,1\n", "p2,z,1\n"])
        let error = try tableError { _ = try delivered([path], .csv, table(), unit: "id") }
        #expect(error.line == 3)
        #expect(error.column == "id")
    }

    @Test("may be told from a unit column that is measured as well")
    func measuredUnit() throws {
        let path = try scratch.file("t.csv", "n,a\n1,x\n2,y\n")
        let found = try delivered([path], .csv, table(), unit: "a")
        #expect(found.keys == [Array("x".utf8), Array("y".utf8)])
        #expect(found.labels == [["x", "1"], ["y", "2"]])
    }

    @Test("need a unit column that exists")
    func noUnitColumn() throws {
        let path = try scratch.file("t.csv", "a,n\nx,1\n")
        #expect(
            try tableError { _ = try delivered([path], .csv, table(), unit: "id") }.column == "id")
        let format = try TableFormat(kind: .csv, header: false)
        #expect(
            try tableError { _ = try delivered([path], format, table(), unit: "id") }.kind
                == .header)
        let lines = try scratch.file("t.jsonl", #"{"a":"x","n":1}"#)
        #expect(
            try tableError { _ = try delivered([lines], .jsonl, table(), unit: "id") }.line == 1)
    }

    @Test("are reported without any of their content")
    func canary() throws {
        let mark = "CANARY7731"
        let values = try schema(
            listedField("a", ["x"], outside: "refuse"),
            binnedField("n", "integer", #""minimum":0,"maximum":9"#, #","outside":"refuse""#),
            binnedField(
                "d", "date", #""minimum":"2024-01-01","maximum":"2024-12-31","bins":"month""#,
                #","outside":"refuse""#),
            #"{"name":"b","type":"boolean","semblance":{"outside":"refuse"}}"#,
            #"{"name":"id","semblance":{"role":"identifier"}}"#)
        let csv = [
            "\(mark),1,2024-01-01,true,\(mark)", "x,\(mark),2024-01-01,true,",
            "x,1,\(mark),true,", "x,1,2024-01-01,\(mark),", "\(mark)", "\"\(mark)",
            "\"\(mark)\"\(mark),1,2024-01-01,true,", "x,1,2024-01-01,true,\(mark),",
            "x\r\(mark),1,2024-01-01,true,\(mark)", "x\u{0}\(mark),1,2024-01-01,true,x",
        ]
        let json = [
            #"{"a":"CANARY7731"}"#, #"{"n":CANARY7731}"#, #"{"CANARY7731":1,"CANARY7731":2}"#,
            #"{"a":{"CANARY7731":1}}"#, #"{"a":"CANARY7731\ud800"}"#, #"{"a":"CANARY7731"#,
            "CANARY7731", #"{"d":"CANARY7731"}"#, #"{"b":"CANARY7731"}"#, #"{"n":7731CANARY7731}"#,
        ]
        for (records, format) in [(csv, TableFormat.csv), (json, .jsonl)] {
            for record in records {
                let header = format.kind == .csv ? "a,n,d,b,id\n" : ""
                let path = try scratch.file("t", header + record + "\n")
                let error = try tableError { _ = try delivered([path], format, values) }
                #expect(error.line != nil)
                #expect(!error.description.contains(mark), "\(record)")
                #expect(!"\(error)".contains("7731"), "\(record)")
            }
        }
    }
}
