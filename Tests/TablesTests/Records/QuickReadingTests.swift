// SPDX-License-Identifier: Apache-2.0

import Streams
import Testing

@testable import Tables

/// The quick way and the exact way of reading are twins: on any text they deliver the same records or
/// end in the same error.
@Suite("Reading the quick way")
struct QuickReadingTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What a reading came to.
    private enum Outcome: Equatable {
        case delivered([[Int]], [String])
        case failed(TableError)
    }

    private func outcome(
        _ path: String, _ table: Schema, format: TableFormat, chunk: Int, workers: Int = 1,
        isExact: Bool, badRows: BadRows = .refuse
    ) -> Outcome {
        do throws(TableError) {
            let found = try read(
                [path], table, format: format, unit: "u", badRows: badRows, block: 7,
                chunk: chunk, workers: workers, isExact: isExact)
            if workers == 1 { return .delivered(found.rows, found.keys) }
            let pairs = zip(found.rows, found.keys).sorted { one, other in
                (one.1, one.0.description) < (other.1, other.0.description)
            }
            return .delivered(pairs.map(\.0), pairs.map(\.1))
        } catch {
            return .failed(error)
        }
    }

    private func table() throws -> Schema {
        try schema(
            #"""
            {"name": "u", "semblance": {"role": "identifier"}},
            {"name": "t", "constraints": {"enum": ["a", "b,c", "d\"e", "a long text of many words"]}},
            {"name": "n", "type": "number",
             "semblance": {"decimals": 2, "outside": "refuse",
                           "domain": {"minimum": -100, "maximum": 900, "bins": 13}}},
            {"name": "d", "type": "date",
             "semblance": {"domain": {"minimum": "2020-01-01", "maximum": "2024-12-31", "bins": 7}}}
            """#)
    }

    private static let texts = [
        "a", "b,c", "d\"e", "a long text of many words", "a long text of many word", "", "NA", "é",
        "other", " a", "a\u{0}", "\"", "x\ny",
    ]
    private static let numbers = [
        "1", "-5.25", "12.345", "900", "901", "1e2", "007", "", "NA", "-", ".5", "5.", "+3",
        "00000000000000012.50", "123456789.1", "-99.99", "abc", "1,5",
    ]
    private static let dates = [
        "2020-01-01", "2024-12-31", "2023-02-29", "2024-02-29", "2019-12-31", "", "2024-1-1",
        "20240101", "2024-13-01", "2024-00-10",
    ]

    private func csv(_ random: inout SeededGenerator, clean: Bool, returns: Bool) -> String {
        func field(_ text: String, _ random: inout SeededGenerator) -> String {
            let needs = text.contains(where: { ",\"\n\r".contains($0) })
            let quotes = needs || Int.random(in: 0..<4, using: &random) == 0
            if !clean, Int.random(in: 0..<60, using: &random) == 0 { return text + "\"x" }
            return quotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
        }
        let end = returns ? "\r\n" : "\n"
        var lines = ["u,t,skipped,n,d"]
        for row in 0..<Int.random(in: 0..<60, using: &random) {
            var fields = [
                "k\(row % 9)", Self.texts.randomElement(using: &random) ?? "", "z",
                Self.numbers.randomElement(using: &random) ?? "",
                Self.dates.randomElement(using: &random) ?? "",
            ].map { field($0, &random) }
            if !clean, Int.random(in: 0..<30, using: &random) == 0 { fields.removeLast() }
            if !clean, Int.random(in: 0..<30, using: &random) == 0 { fields.append("more") }
            if !clean, Int.random(in: 0..<40, using: &random) == 0 { fields = [""] }
            if !clean, Int.random(in: 0..<80, using: &random) == 0 { fields[0] = "\"open" }
            if !clean, Int.random(in: 0..<50, using: &random) == 0 { fields[0] = "a\rb" }
            lines.append(fields.joined(separator: ","))
        }
        let text = lines.joined(separator: end)
        return Bool.random(using: &random) ? text + end : text
    }

    @Test("gives what the exact way gives, on delimited text of all sorts", arguments: 0..<400)
    func delimited(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let text = csv(&random, clean: seed % 2 == 0, returns: seed % 3 == 0)
        let path = try scratch.file("t.csv", text)
        let table = try table()
        for chunk in [1, 7, 64, 301, OpenTable.chunkSize] {
            let exact = outcome(path, table, format: .csv, chunk: chunk, isExact: true)
            let quick = outcome(path, table, format: .csv, chunk: chunk, isExact: false)
            #expect(quick == exact)
        }
    }

    @Test("gives what the exact way gives, where bad rows are set aside", arguments: 0..<200)
    func quarantined(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let path = try scratch.file("t.csv", csv(&random, clean: false, returns: false))
        let table = try table()
        func result(_ isExact: Bool, _ name: String) throws -> (Outcome, [UInt8]?) {
            let found = outcome(
                path, table, format: .csv, chunk: 97, isExact: isExact,
                badRows: .quarantine(path: scratch(name)))
            return (found, try? scratch.bytes(name))
        }
        let exact = try result(true, "exact")
        let quick = try result(false, "quick")
        #expect(quick.0 == exact.0)
        #expect(quick.1 == exact.1)
    }

    private func jsonl(_ random: inout SeededGenerator) -> String {
        var lines: [String] = []
        let space = Bool.random(using: &random) ? " " : ""
        func quoted(_ text: String) -> String {
            let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n").replacing("\u{0}", with: "\\u0000")
            return "\"" + escaped + "\""
        }
        for row in 0..<Int.random(in: 1..<60, using: &random) {
            let number = [
                "1", "-5.25", "null", "1e2", "12.345", "0.5", "0", "-0", "17.", "01", "true",
            ]
            var members = [
                ("u", quoted("k\(row % 7)")),
                ("t", quoted(Self.texts.randomElement(using: &random) ?? "")),
                ("skipped", row % 5 == 0 ? "[1,{\"a\":null}]" : "12"),
                ("n", number[Int.random(in: 0..<(row % 8 == 0 ? 11 : 7), using: &random)]),
                ("d", quoted(Self.dates.randomElement(using: &random) ?? "")),
            ]
            if Int.random(in: 0..<6, using: &random) == 0 {
                members.remove(at: Int.random(in: 1..<5, using: &random))
            }
            if Int.random(in: 0..<12, using: &random) == 0 { members.swapAt(1, 2) }
            if Int.random(in: 0..<50, using: &random) == 0 { members.append(members[0]) }
            var line = members.map { "\"\($0.0)\":\(space)\($0.1)" }.joined(separator: "," + space)
            line = "{" + line + "}"
            if Int.random(in: 0..<60, using: &random) == 0 { line.removeLast() }
            if Int.random(in: 0..<30, using: &random) == 0 { line += " " }
            lines.append(line)
        }
        return lines.joined(separator: seedReturns(&random) ? "\r\n" : "\n")
    }

    private func seedReturns(_ random: inout SeededGenerator) -> Bool {
        Int.random(in: 0..<3, using: &random) == 0
    }

    @Test("gives what the exact way gives, on JSON Lines of all sorts", arguments: 0..<300)
    func lines(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let path = try scratch.file("t.jsonl", jsonl(&random))
        let table = try table()
        for badRows in [BadRows.refuse, .quarantine(path: scratch("bad"))] {
            for chunk in [64, 301, OpenTable.chunkSize] {
                let exact = outcome(
                    path, table, format: .jsonl, chunk: chunk, isExact: true, badRows: badRows)
                let quick = outcome(
                    path, table, format: .jsonl, chunk: chunk, isExact: false, badRows: badRows)
                #expect(quick == exact)
            }
        }
    }

    @Test(
        "finds no record in blank lines, wherever they are cut",
        arguments: [
            (TableFormat.csv, "u,t,n,d\n\n"), (.csv, "u,t,n,d\r\n\r\n\n\r\n"),
            (.csv, "u,t,n,d\n\n\n"),
            (.jsonl, "\n"), (.jsonl, " \t\r\n\n  "),
        ])
    func blankLines(format: TableFormat, text: String) throws {
        let path = try scratch.file("blank", text)
        let table = try table()
        let exact = outcome(path, table, format: format, chunk: 1 << 16, isExact: true)
        guard case .failed(let error) = exact else {
            Issue.record("expected an error")
            return
        }
        #expect(error.description.contains("the file has a header at most"))
        for chunk in [1, 2, 5, 12, 1 << 16] {
            #expect(
                outcome(path, table, format: format, chunk: chunk, isExact: false) == exact)
        }
    }

    @Test("gives the same records on any number of threads, from one file or several")
    func threads() throws {
        var random = SeededGenerator(seed: 5)
        var text = "u,t,skipped,n,d\n"
        for row in 0..<5_000 {
            let name = ["a", "\"b,c\"", "\"x\ny\""].randomElement(using: &random) ?? ""
            text += "k\(row),\(name),z,\(row % 900).5,2020-01-0\(row % 9 + 1)\n"
        }
        let path = try scratch.file("t.csv", text)
        let table = try table()
        let one = outcome(path, table, format: .csv, chunk: 4_096, workers: 1, isExact: true)
        guard case .delivered(let rows, let keys) = one else {
            Issue.record("the table is good")
            return
        }
        let sorted = zip(rows, keys).sorted { ($0.1, $0.0.description) < ($1.1, $1.0.description) }
        for workers in [2, 3, 8] {
            let many = outcome(
                path, table, format: .csv, chunk: 4_096, workers: workers, isExact: false)
            #expect(many == .delivered(sorted.map(\.0), sorted.map(\.1)))
        }
    }

    @Test("names the first fault of a file, on any number of threads")
    func firstFault() throws {
        var lines = ["u,t,skipped,n,d"]
        for row in 0..<4_000 {
            lines.append("k,a,z,\(row == 1_500 || row == 1_501 || row == 3_000 ? "x" : "1"),")
        }
        let path = try scratch.file("t.csv", lines.joined(separator: "\n"))
        for workers in [1, 2, 4] {
            let error = try tableError {
                _ = try read(
                    [path], try table(), block: 64, chunk: 1_000, workers: workers)
            }
            #expect(error.line == 1_502)
            #expect(error.column == "n")
        }
    }
}
