// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

/// The loops with SSE2 against their twins in plain Swift.
@Suite("The scans of delimited text")
struct ScanTwinTests {
    private func buffer(_ text: [UInt8]) -> TextBuffer {
        var buffer = TextBuffer(capacity: text.count)
        buffer.copy(text[...], to: TextBuffer.lead)
        return buffer
    }

    /// Bytes in which quotes, delimiters and line ends are frequent.
    private func text(seed: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(seed))
        let alphabet: [[UInt8]] = [
            Array("ab,\n".utf8), Array("a,\"\n".utf8), Array("a,\"\r\n".utf8),
            Array("abcdefgh\",\n\r".utf8),
        ]
        let letters = alphabet[seed % alphabet.count]
        let count = Int.random(in: 0...300, using: &random)
        return (0..<count).map { _ in letters.randomElement(using: &random) ?? 0 }
    }

    @Test("count the same line feeds", arguments: 0..<100)
    func feeds(seed: Int) {
        let text = text(seed: seed)
        let end = TextBuffer.lead + text.count
        let buffer = buffer(text)
        #expect(buffer.feeds(from: TextBuffer.lead, to: end) == text.count { $0 == 0x0A })
        let last = buffer.lastLine(to: end)
        let expected = (text.lastIndex(of: 0x0A) ?? -1) + 1
        #expect(last.next == TextBuffer.lead + expected)
    }

    @Test("find the same fields", arguments: 0..<500)
    func fields(seed: Int) {
        let text = text(seed: seed)
        let buffer = buffer(text)
        let end = TextBuffer.lead + text.count
        let capacity = text.count + 16
        let fast = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
        let slow = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
        defer {
            unsafe fast.deallocate()
            unsafe slow.deallocate()
        }
        let found = unsafe buffer.index(to: end, delimiter: 0x2C, quote: 0x22, into: fast)
        let twin = buffer.withSpan(to: end) {
            unsafe PortableScan.index(
                $0, from: TextBuffer.lead, delimiter: 0x2C, quote: 0x22, into: slow)
        }
        #expect(found.clean == twin.clean)
        // After a misplaced quote both go on, and nobody uses what they find.
        guard twin.clean else { return }
        #expect(found == twin)
        for index in 0..<twin.count { #expect(unsafe fast[index] == slow[index]) }
        var positions = FieldPositions()
        let last = positions.fill(buffer, to: end, delimiter: 0x2C, quote: 0x22)
        let ends = (0..<twin.count).map { unsafe Int(slow[$0]) }.filter {
            buffer.isLineFeed(at: $0)
        }
        let next = (ends.last ?? TextBuffer.lead - 1) + 1
        #expect(
            last == RecordBoundary(next: next, feeds: buffer.feeds(from: TextBuffer.lead, to: next))
        )
    }

    @Test("look the same codes up as the codec of single texts", arguments: [3, 60, 400])
    func keys(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        func word() -> [UInt8] {
            (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0x61...0x63, using: &random)
            }
        }
        let known: [(text: [UInt8], code: Int)] = (0..<count).map { (text: word(), code: $0 % 200) }
        let keys = FieldKeys(known)
        let reference = ByteKeyTable(known.map(\.text))
        var fields: [[UInt8]] = (0..<3_000).map { round in
            round % 3 == 0 ? word() : known[Int.random(in: 0..<count, using: &random)].text
        }
        // A NUL byte is no padding.
        fields += known.map { $0.text + [0] } + [[0], [0, 0]]
        let text: [UInt8] = Array(fields.joined(separator: [0x2C])) + [0x2C]
        let buffer = buffer(text)
        var positions = FieldPositions()
        _ = positions.fill(
            buffer, to: TextBuffer.lead + text.count, delimiter: 0x2C, quote: 0x22)
        var misses = MissList(capacity: fields.count)
        var codes = [UInt8](repeating: 0, count: fields.count)
        unsafe codes.withUnsafeMutableBufferPointer { codes in
            guard let base = codes.baseAddress else { return }
            unsafe keys.encode(
                FieldPlaces(
                    text: UnsafePointer(buffer.base), starts: positions.ends - 1, startStride: 1,
                    ends: positions.ends, endStride: 1), rows: fields.count, into: base,
                misses: &misses)
        }
        let missed = Set((0..<misses.count).map { misses[$0] })
        for (row, field) in fields.enumerated() {
            let index = reference.find(field)
            #expect(missed.contains(row) == (index < 0))
            if index >= 0 {
                let first = known.first { $0.text == field }?.code
                #expect(first == Int(codes[row]))
            }
        }
    }

    @Test("read numbers as the reader of single bytes does", arguments: 0...6)
    func numbers(decimals: Int) {
        var random = SeededGenerator(seed: UInt64(decimals))
        let letters = Array("0123456789012345678901234567890123456789..--+e x".utf8)
        var plain = 0
        for round in 0..<60_000 {
            var text: [UInt8]
            if round % 2 == 0 {
                let count = Int.random(in: 0...18, using: &random)
                text = (0..<count).map { _ in letters.randomElement(using: &random) ?? 0 }
            } else {
                let digits = Int.random(in: 1...10, using: &random)
                text = (0..<digits).map { _ in UInt8.random(in: 0x30...0x39, using: &random) }
                if Bool.random(using: &random) {
                    text.append(0x2E)
                    for _ in 0..<Int.random(in: 1...7, using: &random) {
                        text.append(UInt8.random(in: 0x30...0x39, using: &random))
                    }
                }
                if Bool.random(using: &random) { text.insert(0x2D, at: 0) }
            }
            let buffer = buffer(text)
            let value = unsafe FixedPoint.powers.withUnsafeBufferPointer { powers in
                guard let base = powers.baseAddress else { return FixedPointWords.notPlain }
                return unsafe FixedPointWords.parse(
                    UnsafeRawPointer(buffer.base + TextBuffer.lead), length: text.count,
                    decimals: decimals, powers: base)
            }
            let twin = FixedPoint.parse(text.span, from: 0, to: text.count, decimals: decimals)
            guard value != FixedPointWords.notPlain else { continue }
            plain += 1
            #expect(twin == FixedPoint(value: value, form: .exact))
        }
        // The quick way must be the usual way, or it is of no use.
        #expect(plain > 10_000)
    }

    @Test("read days as the reader of formats does")
    func days() {
        var random = SeededGenerator(seed: 9)
        for round in 0..<60_000 {
            var text = Array("0000-00-00".utf8)
            for place in [0, 1, 2, 3, 5, 6, 8, 9] {
                text[place] = UInt8.random(in: 0x30...0x39, using: &random)
            }
            if round % 2 == 0 {
                text[5] = UInt8.random(in: 0x30...0x31, using: &random)
                text[8] = UInt8.random(in: 0x30...0x33, using: &random)
            }
            if round % 7 == 0 { text[Int.random(in: 0..<10, using: &random)] = UInt8(round & 0xFF) }
            let buffer = buffer(text)
            let value = unsafe DayWords.parse(
                UnsafeRawPointer(buffer.base + TextBuffer.lead), length: 10)
            #expect(value == TimeFormat.isoDate.parse(text.span, from: 0, to: 10))
        }
    }
}
