// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

/// The loops over a column of numbers against `FixedPoint` and `BinGrid`, which read a byte and a bin at a
/// time.
@Suite("The loops over numbers")
struct NumberLoopTests {
    /// Texts near the edges of what the loops take.
    private static let edges = [
        "0", "-0", "7", "-7", "12345678", "-12345678", "123456789", "1.5", "-1.5", "1234567.8",
        "0.0000001", "12.345678", "1.2345678", "1.", ".5", "-.5", "-", ".", "", "1.2.3", "1..2",
        "--1",
        "1-", "+1", "1e3", "1 ", " 1", "00012.50", "9999999.9", "99999999", "1234.56.", "12a4",
        "1/2", "1:2",
        "\"5\"", "\"5.5\"", "\"\"", "-\u{1}", "१२", "0.00", "100", "100.0", "100.00", "99.999",
    ]

    /// Texts of a seed: numbers of all lengths, and what looks like one.
    private func texts(seed: Int) -> [String] {
        var random = SeededGenerator(seed: UInt64(seed))
        // Not always a multiple of four, which the vectors take at a time.
        return (0..<397 + seed % 8).map { _ in
            switch Int.random(in: 0..<10, using: &random) {
            case 0: return Self.edges.randomElement(using: &random) ?? ""
            case 1:
                let letters = Array("0123456789.-")
                let count = Int.random(in: 0...11, using: &random)
                return String((0..<count).map { _ in letters.randomElement(using: &random) ?? "0" })
            default:
                let digits = Int.random(in: 1...9, using: &random)
                var text = String(
                    Int.random(in: 0..<Int(FixedPoint.powers[digits]), using: &random))
                if Bool.random(using: &random), text.count > 1 {
                    let place = Int.random(in: 1..<text.count, using: &random)
                    text.insert(".", at: text.index(text.startIndex, offsetBy: place))
                }
                return Bool.random(using: &random) ? text : "-" + text
            }
        }
    }

    private static let domains: [(decimals: Int, domain: String)] = [
        (0, #""minimum": 0, "maximum": 99"#),
        (0, #""minimum": -5000, "maximum": 100000, "bins": 13"#),
        (1, #""minimum": -1000, "maximum": 100000, "bins": 100"#),
        (
            2,
            #""minimum": 0, "maximum": 99999, "edges": [0, 1, 2, 5, 10, 20, 50, 100, 1000, 99999]"#
        ),
        (2, #""minimum": 0, "maximum": 99999, "bins": 20, "special": [0, 99.99]"#),
        (3, #""minimum": -180, "maximum": 180, "bins": 24"#),
        (7, #""minimum": -9, "maximum": 9, "bins": 5"#),
        (9, #""minimum": -5, "maximum": 1000, "bins": 7"#),
        (2, #""minimum": -1, "maximum": 3, "bins": 200"#),
        (
            4,
            #""minimum": 0, "maximum": 1000000, "edges": [0, 0.0001, 0.0002, 0.0003, 0.0004, 1000000]"#
        ),
    ]

    @Test("give the codes that the slow way gives, or leave the field to it", arguments: 0..<80)
    func twins(seed: Int) throws {
        let (decimals, domain) = Self.domains[seed % Self.domains.count]
        let type = decimals == 0 ? "integer" : "number\", \"format\": \"default"
        let places = decimals == 0 ? "" : "\"decimals\": \(decimals), "
        let codec = try codec(
            "\"type\": \"\(type)\", \"semblance\": {\(places)\"domain\": {\(domain)}}")
        let grid = try #require(codec.grid)
        let bins = BinFinder(grid)
        try #require(bins.isQuick)
        let texts = texts(seed: seed)
        // Columns beside it, so that places are not one behind the other.
        let stride = 1 + seed % 3
        let line = String(repeating: ",x", count: stride - 1) + ","
        let joined = Array(texts.map { $0 + line }.joined().utf8)
        var buffer = TextBuffer(capacity: joined.count)
        buffer.copy(joined[...], to: TextBuffer.lead)
        // One place before the first field, and the end of each.
        var ends = [UInt32(TextBuffer.lead - 1)]
        for text in texts {
            for field in [text] + Array(repeating: "x", count: stride - 1) {
                ends.append(ends[ends.count - 1] + UInt32(field.utf8.count) + 1)
            }
        }

        for isPortable in [false, true] {
            var codes = [UInt8](repeating: 0xFF, count: texts.count)
            var misses = MissList(capacity: texts.count)
            unsafe ends.withUnsafeBufferPointer { ends in
                unsafe codes.withUnsafeMutableBufferPointer { codes in
                    guard let first = ends.baseAddress, let target = codes.baseAddress else {
                        return
                    }
                    let fields = unsafe FieldPlaces(
                        text: UnsafePointer(buffer.base), starts: first, startStride: stride,
                        ends: first + 1, endStride: stride)
                    unsafe bins.encode(
                        fields, rows: texts.count, decimals: decimals, into: target,
                        misses: &misses, isPortable: isPortable)
                }
            }
            let missed = Set((0..<misses.count).map { misses[$0] })
            #expect(missed.count == misses.count)
            for (row, text) in texts.enumerated() {
                let bytes = Array(text.utf8)
                let slow = FixedPoint.parse(
                    bytes.span, from: 0, to: bytes.count, decimals: decimals)
                let code = slow.form == .exact ? grid.code(of: slow.value, isExact: true) : -1
                if !missed.contains(row) {
                    #expect(Int(codes[row]) == code, "\(text) with \(decimals) decimals")
                }
                if code >= 0, isShortAndPlain(text, decimals: decimals) {
                    #expect(!missed.contains(row), "\(text) with \(decimals) decimals")
                }
            }
        }
    }

    /// Whether the loops promise to take a text that is inside the bins.
    private func isShortAndPlain(_ text: String, decimals: Int) -> Bool {
        let bare = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = bare.split(separator: ".", omittingEmptySubsequences: false)
        let digits = parts.joined()
        return parts.count <= 2 && parts.allSatisfy { !$0.isEmpty } && digits.count <= 8
            && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && (parts.count == 1 || parts[1].count <= decimals)
    }
}
