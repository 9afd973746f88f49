// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Tables

/// Public suites of cases, kept beside the package; the tests are skipped where they are absent.
enum Conformance {
    static let folder: String = {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let shared =
            ProcessInfo.processInfo.environment["SEMBLANCE_SHARED"]
            ?? root.deletingLastPathComponent().appendingPathComponent("shared").path
        return shared + "/conformance"
    }()

    static func has(_ suite: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/" + suite)
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path)))
    }

    static func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/" + path).sorted()
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONValue(parsing: try bytes(path))
    }
}

extension JSONValue {
    fileprivate var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    fileprivate var elements: [JSONValue] {
        if case .array(let elements) = self { return elements }
        return []
    }

    fileprivate var members: [(name: String, value: JSONValue)] {
        if case .object(let members) = self { return members }
        return []
    }
}

@Suite("Conformance")
struct ConformanceTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(
        "csv-spectrum files have the fields that the suite says",
        .enabled(if: Conformance.has("csv-spectrum")))
    func spectrum() throws {
        let names = try Conformance.names("csv-spectrum/csvs").map { $0.dropLast(4) }
        #expect(names.count == 12)
        // The expected value of location_coordinates is wrong in the suite.
        for name in names where name != "location_coordinates" {
            let expected = try Conformance.json("csv-spectrum/json/\(name).json").elements
            let columns = try #require(expected.first).members.map(\.name)
            let path = Conformance.folder + "/csv-spectrum/csvs/\(name).csv"
            for chunk in chunkSizes {
                let found = try split(
                    path, format: try headerless(), columns: columns.count, chunk: chunk)
                #expect(found.records.first == columns, "\(name)")
                let rows = found.records.dropFirst().map { $0.map(normalized) }
                let wanted = expected.map { $0.members.map { normalized($0.value.text ?? "") } }
                #expect(rows == wanted, "\(name)")
            }
        }
    }

    /// The suite's expected values do not keep the kind of line end inside quotes.
    private func normalized(_ text: String) -> String { text.replacing("\r\n", with: "\n") }

    @Test(
        "PapaParse's parser cases are split alike or refused",
        .enabled(if: Conformance.has("papaparse-core")))
    func papaparse() throws {
        let cases = try Conformance.json("papaparse-core/core-parser-tests.json").elements
        var count = 0
        for item in cases {
            let settings = item["config"]?.members.map(\.name) ?? []
            // Comments, previews and renamed headers are no features of ours.
            guard settings.allSatisfy({ $0 == "delimiter" || $0 == "newline" }) else { continue }
            guard let input = item["input"]?.text, !input.isEmpty else { continue }
            let title = item["description"]?.text ?? ""
            var rows =
                item["expected"]?["data"]?.elements.map { $0.elements.map { $0.text ?? "" } } ?? []
            let isFaulty = item["expected"]?["errors"]?.elements.isEmpty == false
            let columns = rows.first?.count ?? 1
            // A line end at the end of the text begins no further record for us.
            if input.hasSuffix("\n") { rows.removeLast() }
            count += 1
            let path = try scratch.file("a.csv", input)
            for chunk in chunkSizes {
                do throws(TableError) {
                    guard let format = try? headerless() else { return }
                    let found = try split(path, format: format, columns: columns, chunk: chunk)
                    // What PapaParse guesses out of a quote gone wrong, we refuse.
                    if !isFaulty {
                        #expect(found.records == rows.filter { $0.count == columns }, "\(title)")
                    }
                    #expect(!isFaulty || !found.bad.isEmpty, "\(title)")
                    #expect(isFaulty || found.bad.count == rows.count { $0.count != columns })
                } catch {
                    #expect(isFaulty, "\(title): \(error)")
                }
            }
        }
        #expect(count >= 40)
    }

    @Test(
        "a long file with a byte order mark and embedded quotes keeps its shape",
        .enabled(if: Conformance.has("papaparse-core")))
    func samples() throws {
        let long = Conformance.folder + "/papaparse-core/verylong-sample.csv"
        let whole = try split(long, format: try headerless(), columns: 2)
        #expect(whole.records.count + whole.bad.count == 2_001)
        #expect(try split(long, format: try headerless(), columns: 2, chunk: 61) == whole)
        let marked = Conformance.folder + "/papaparse-core/utf-8-bom-sample.csv"
        #expect(
            try split(marked, format: try headerless(), columns: 3).records
                == [["A", "B", "C"], ["X", "Y", "Z"]])
    }

    @Test(
        "JSONTestSuite: what must be accepted is, what must be refused is",
        .enabled(if: Conformance.has("json-test-suite")))
    func parsing() throws {
        var counts: [Character: Int] = [:]
        for name in try Conformance.names("json-test-suite/test_parsing") {
            let bytes = try Conformance.bytes("json-test-suite/test_parsing/" + name)
            let accepted = isJSON(bytes)
            switch name.first {
            case "y": #expect(accepted, "\(name)")
            case "n": #expect(!accepted, "\(name)")
            // Either is allowed, a crash is not.
            default: break
            }
            if let first = name.first { counts[first, default: 0] += 1 }
        }
        #expect(counts["y"] == 95 && counts["n"] == 188 && counts["i"] == 35)
    }

    /// The scanner's verdict on a whole text; the value builder must agree, but for repeated names.
    private func isJSON(_ bytes: [UInt8]) -> Bool {
        var accepted = UTF8Validity.firstFault(in: bytes.span, from: 0, to: bytes.count) == nil
        var scanner = JSONScanner(from: 0, to: bytes.count)
        scanner.skipWhitespace(bytes.span)
        do throws(JSONFault) {
            try scanner.skipValue(bytes.span)
            try scanner.scanEnd(bytes.span)
        } catch { accepted = false }
        do throws(JSONFault) {
            let value = try JSONValue(parsing: bytes)
            var written: [UInt8] = []
            value.write(to: &written)
            #expect((try? JSONValue(parsing: written)) == value)
            if !bytes.starts(with: [0xEF, 0xBB, 0xBF]) { #expect(accepted) }
        } catch {
            let isOurs = error.reason.contains("twice") || error.reason.contains("surrogate")
            #expect(!accepted || isOurs, "\(error)")
        }
        return accepted
    }

    @Test(
        "JSONTestSuite's objects are the same records for the line reader",
        .enabled(if: Conformance.has("json-test-suite")))
    func lines() throws {
        for name in try Conformance.names("json-test-suite/test_parsing") {
            let bytes = try Conformance.bytes("json-test-suite/test_parsing/" + name)
            guard !bytes.contains(0x0A), !bytes.isEmpty, bytes.count < 5_000 else { continue }
            let path = try scratch.file(
                "a.jsonl", Array(#"{"y":"#.utf8) + bytes + Array("}\n{}\n".utf8))
            guard let found = try? split(path, format: .jsonl, columns: 0) else { continue }
            if name.hasPrefix("n_") { #expect(found.bad.count == 1, "\(name)") }
            if name.hasPrefix("y_") { #expect(found.bad.isEmpty, "\(name)") }
        }
    }
}
