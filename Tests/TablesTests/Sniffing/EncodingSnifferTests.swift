// SPDX-License-Identifier: Apache-2.0

import Streams
import Testing

@testable import Tables

@Suite("The encoding of a text")
struct EncodingSnifferTests {
    @Test("is UTF-8 when only its end is cut, and not when the text is whole")
    func cuts() {
        let text = Array("a,Zoë".utf8)
        #expect(EncodingSniffer.detect(text, isCut: false).encoding == .utf8)
        let cut = Array(text.dropLast())
        #expect(EncodingSniffer.detect(cut, isCut: true).encoding == .utf8)
        #expect(EncodingSniffer.detect(cut, isCut: false).encoding == .windows1252)
        #expect(EncodingSniffer.detect([0x61, 0xE9, 0x0A], isCut: false).encoding == .windows1252)
        #expect(EncodingSniffer.detect([0x61, 0x81, 0x0A], isCut: false).encoding == .latin1)
        #expect(EncodingSniffer.detect([], isCut: false).encoding == .utf8)
    }
}
