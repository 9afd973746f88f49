// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Tables

@Suite("Forms of identifiers")
struct IdentifierFormTests {
    /// A twin of the check: from the right every second digit doubled, digit sums added.
    private func passesLuhn(_ text: String) -> Bool {
        let digits = text.compactMap(\.wholeNumberValue).reversed().enumerated()
        let sum = digits.reduce(0) { sum, digit in
            let value = digit.offset % 2 == 1 ? digit.element * 2 : digit.element
            return sum + value / 10 + value % 10
        }
        return sum % 10 == 0
    }

    @Test(
        "with a check digit pass the Luhn check, wherever it stands, and use every number once",
        arguments: [
            ("4[0-9]{2}{luhn}", 100), ("[0-9]{3}{luhn}", 1000), ("{luhn}[0-9]{3}", 1000),
            ("51-[0-9]{2}{luhn} [0-9]", 1000), ("[A-C0-9]{2}{luhn}", 169), ("{luhn}", 1),
        ])
    func luhn(text: String, capacity: UInt64) throws {
        let pattern = try IdentifierPattern(text)
        #expect(pattern.capacity == capacity)
        let values = (0..<capacity).map { pattern.value(index: $0, seed: 9) }
        #expect(Set(values).count == Int(capacity))
        #expect(values.allSatisfy(passesLuhn))
    }

    @Test("like the numbers of payment cards have sixteen digits of which the last one checks")
    func cards() throws {
        let pattern = try IdentifierPattern("4[0-9]{14}{luhn}")
        for index in 0..<UInt64(2000) {
            let card = pattern.value(index: index)
            #expect(card.count == 16 && card.hasPrefix("4") && passesLuhn(card))
        }
        // The examples of ISO/IEC 7812 and of many a manual.
        #expect(IdentifierForms.passesLuhn(Array("79927398713".utf8)))
        #expect(!IdentifierForms.passesLuhn(Array("79927398710".utf8)))
    }

    @Test("a million UUIDs have the form of version 4 and are all different")
    func uuids() throws {
        let pattern = try IdentifierPattern("{uuid}")
        let numbering = pattern.numbering(seed: 12)
        var keys: Set<UInt128> = []
        keys.reserveCapacity(1_000_000)
        var text: [UInt8] = []
        for index in 0..<UInt64(1_000_000) {
            text.removeAll(keepingCapacity: true)
            numbering.append(index: index, to: &text)
            let digits = text.lazy.filter { $0 != UInt8(ascii: "-") }
            keys.insert(digits.reduce(0) { $0 << 4 | UInt128($1 < 0x3A ? $1 - 0x30 : $1 - 0x57) })
            guard index % 1000 == 0 else { continue }
            let uuid = try #require(UUID(uuidString: String(decoding: text, as: UTF8.self)))
            #expect(uuid.uuid.6 >> 4 == 4 && uuid.uuid.8 >> 6 == 2)
            #expect(IdentifierForms.isUUID(text))
        }
        #expect(keys.count == 1_000_000)
        #expect(pattern.capacity == 1 << 62)
        #expect(pattern.value(index: 5, seed: 1) != pattern.value(index: 5, seed: 2))
    }

    @Test("that count begin where they are told, in their steps and with their zeros")
    func sequences() throws {
        let plain = try IdentifierPattern("{sequence}")
        #expect((0..<3).map { plain.value(index: $0, seed: 7) } == ["1", "2", "3"])
        #expect(plain.value(index: 99_999) == "100000")
        let padded = try IdentifierPattern(
            "INV-{sequence}/x", sequence: IdentifierSequence(start: 95, step: 5, digits: 3))
        #expect((0..<2).map { padded.value(index: $0) } == ["INV-095/x", "INV-100/x"])
        #expect(padded.capacity == 181)
        #expect(padded.value(index: 180) == "INV-995/x")
        let checked = try IdentifierPattern("7{sequence}{luhn}")
        let values = (0..<1200).map { checked.value(index: $0) }
        #expect(values.allSatisfy(passesLuhn) && Set(values).count == 1200)
        #expect(values[0].hasPrefix("71") && values[1199].hasPrefix("71200"))
    }

    @Test(
        "are refused where they contradict themselves",
        arguments: [
            "{luhn}{luhn}", "{sequence}{sequence}", "[0-9]{sequence}", "{uuid}{sequence}",
            "{uuid}{2}", "{Luhn}", "{uui}", "4{luhn",
        ])
    func refused(pattern: String) {
        #expect(throws: SchemaError.self) { _ = try IdentifierPattern(pattern) }
    }

    @Test(
        "are refused in a schema that tells how to count and has nothing that counts",
        arguments: [
            #""pattern": "[0-9]{4}", "sequence": {"start": 4}"#, #""sequence": {"start": -1}"#,
            #""sequence": {"step": 0}"#, #""sequence": {"digits": 19}"#, #""sequence": true"#,
            #""sequence": {"start": 100, "digits": 2}"#, #""sequence": {"stop": 5}"#,
        ])
    func refusedInSchema(properties: String) {
        let text =
            #"{"name": "id", "semblance": {"role": "identifier", \#(properties)}},"#
            + #"{"name": "b", "type": "boolean"}"#
        #expect(throws: SchemaError.self) { _ = try schema(text) }
        #expect(throws: SchemaError.self) {
            _ = try schema(#"{"name": "b", "type": "boolean", "semblance": {"sequence": {}}}"#)
        }
    }

    @Test("are written in CSV and in JSON Lines, as numbers where they are numbers")
    func written() throws {
        let table = try schema(
            #"{"name": "n", "type": "integer", "semblance": {"role": "identifier", "sequence": {"start": 8, "step": 3}}},"#
                + #"{"name": "u", "semblance": {"role": "identifier", "pattern": "{uuid}"}},"#
                + #"{"name": "q", "semblance": {"role": "identifier", "pattern": "\"{sequence}"}},"#
                + #"{"name": "b", "type": "boolean", "constraints": {"required": true}}"#)
        let codes = [UInt16](repeating: 1, count: 3)
        var csv: [UInt8] = []
        var lines: [UInt8] = []
        for (format, isCSV) in [(TableFormat.csv, true), (.jsonl, false)] {
            var output: [UInt8] = []
            TableWriter(format: format, schema: table, seed: 3).append(
                codes: codes, positions: [0, 0, 0], rowCount: 3, firstRow: 0, to: &output)
            if isCSV { csv = output } else { lines = output }
        }
        let rows = String(decoding: csv, as: UTF8.self).split(separator: "\n")
        #expect(rows.map { $0.prefix(2) } == ["8,", "11", "14"])
        #expect(rows[2].hasSuffix(#","""3",true"#))
        let objects = String(decoding: lines, as: UTF8.self).split(separator: "\n")
        #expect(objects[1].hasPrefix(#"{"n":11,"u":""#))
        #expect(objects[1].hasSuffix(#","q":"\"2","b":true}"#))
        let uuids = rows.map { $0.split(separator: ",")[1] }
        #expect(Set(uuids).count == 3)
        #expect(zip(uuids, objects).allSatisfy { $1.contains($0) })
    }
}
