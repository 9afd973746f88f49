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

    @Test("find the same last record", arguments: 0..<500)
    func boundaries(seed: Int) {
        let text = text(seed: seed)
        let buffer = buffer(text)
        let end = TextBuffer.lead + text.count
        let fast = buffer.lastRecord(to: end, delimiter: 0x2C, quote: 0x22)
        let slow = buffer.withSpan(to: end) {
            PortableScan.lastRecord($0, from: TextBuffer.lead, delimiter: 0x2C, quote: 0x22)
        }
        #expect(fast.clean == slow.clean)
        if slow.clean { #expect(fast == slow) }
        let feeds = text.count { $0 == 0x0A }
        #expect(buffer.feeds(from: TextBuffer.lead, to: end) == feeds)
    }

    @Test("find the same fields", arguments: 0..<500)
    func fields(seed: Int) {
        let text = text(seed: seed) + [0x0A]
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
