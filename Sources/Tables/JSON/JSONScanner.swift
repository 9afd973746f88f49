// SPDX-License-Identifier: Apache-2.0

/// Why a text is not JSON, and where.
struct JSONFault: Error, Equatable {
    /// Offset of the offending byte.
    let offset: Int
    /// What is wrong there; never quotes the text.
    let reason: String
}

/// A strict RFC 8259 scanner over bytes: finds values and checks them without building anything.
///
/// The scanner is an index; the bytes are handed to each call, so that it can be a plain value.
/// UTF-8 is not checked here: the caller checks the whole text once (`UTF8Validity`).
struct JSONScanner {
    /// Containers may nest this deep; deeper input is refused instead of exhausting the stack.
    static let maximumDepth = 512

    /// Index of the next byte to read.
    var index: Int
    /// Index after the last byte.
    let end: Int

    /// Bounds of a string between its quotes.
    struct StringRange {
        let start: Int
        let end: Int
        let hasEscapes: Bool
    }

    init(from start: Int, to end: Int) {
        index = start
        self.end = end
    }

    mutating func skipWhitespace(_ bytes: borrowing Span<UInt8>) {
        while index < end {
            let byte = bytes[index]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            index += 1
        }
    }

    /// The next byte, or 0 at the end (a NUL byte begins no JSON token, so it needs no other mark).
    func peek(_ bytes: borrowing Span<UInt8>) -> UInt8 { index < end ? bytes[index] : 0 }

    mutating func expect(
        _ byte: UInt8, _ bytes: borrowing Span<UInt8>, _ reason: String
    ) throws(JSONFault) {
        guard peek(bytes) == byte else { throw JSONFault(offset: index, reason: reason) }
        index += 1
    }

    /// Scans a string whose opening quote is the next byte.
    mutating func scanString(_ bytes: borrowing Span<UInt8>) throws(JSONFault) -> StringRange {
        try expect(UInt8(ascii: "\""), bytes, "expected a string in double quotes")
        let start = index
        var hasEscapes = false
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                return StringRange(start: start, end: index - 1, hasEscapes: hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try skipEscape(bytes)
                continue
            }
            guard byte >= 0x20 else {
                throw JSONFault(offset: index, reason: "a control character in a string")
            }
            index += 1
        }
        throw JSONFault(offset: start - 1, reason: "a string without a closing quote")
    }

    private mutating func skipEscape(_ bytes: borrowing Span<UInt8>) throws(JSONFault) {
        index += 1
        switch peek(bytes) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 1
        case UInt8(ascii: "u"):
            index += 1
            for _ in 0..<4 {
                guard Self.hexValue(peek(bytes)) != nil else {
                    throw JSONFault(offset: index, reason: "\\u needs four hexadecimal digits")
                }
                index += 1
            }
        default:
            throw JSONFault(offset: index, reason: "an unknown escape in a string")
        }
    }

    /// Scans a number and checks its grammar.
    mutating func scanNumber(_ bytes: borrowing Span<UInt8>) throws(JSONFault) {
        if peek(bytes) == UInt8(ascii: "-") { index += 1 }
        if peek(bytes) == UInt8(ascii: "0") {
            index += 1
        } else {
            try scanDigits(bytes)
        }
        if peek(bytes) == UInt8(ascii: ".") {
            index += 1
            try scanDigits(bytes)
        }
        if peek(bytes) | 0x20 == UInt8(ascii: "e") {
            index += 1
            let sign = peek(bytes)
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index += 1 }
            try scanDigits(bytes)
        }
    }

    private mutating func scanDigits(_ bytes: borrowing Span<UInt8>) throws(JSONFault) {
        let start = index
        while index < end, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        guard index > start else { throw JSONFault(offset: index, reason: "expected a digit") }
    }

    /// Scans `true`, `false` or `null`.
    mutating func scanWord(
        _ word: StaticString, _ bytes: borrowing Span<UInt8>
    ) throws(JSONFault) {
        let start = index
        // In bounds: the pointer is a literal's, of the length that it says.
        let letters = unsafe UnsafeBufferPointer(
            start: word.utf8Start, count: word.utf8CodeUnitCount)
        for place in letters.indices {
            guard peek(bytes) == (unsafe letters[place]) else {
                throw JSONFault(offset: start, reason: "expected a JSON value")
            }
            index += 1
        }
    }

    /// Skips one whole value, checking all of it.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - depth: How many containers are open around the value.
    mutating func skipValue(
        _ bytes: borrowing Span<UInt8>, depth: Int = 0
    ) throws(JSONFault) {
        switch peek(bytes) {
        case UInt8(ascii: "\""): _ = try scanString(bytes)
        case UInt8(ascii: "t"): try scanWord("true", bytes)
        case UInt8(ascii: "f"): try scanWord("false", bytes)
        case UInt8(ascii: "n"): try scanWord("null", bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber(bytes)
        case UInt8(ascii: "["): try skipArray(bytes, depth: depth + 1)
        case UInt8(ascii: "{"): try skipObject(bytes, depth: depth + 1)
        default: throw JSONFault(offset: index, reason: "expected a JSON value")
        }
    }

    /// Refuses containers nested deeper than the limit.
    func checkDepth(_ depth: Int) throws(JSONFault) {
        guard depth <= Self.maximumDepth else {
            throw JSONFault(offset: index, reason: "more than \(Self.maximumDepth) nested values")
        }
    }

    private mutating func skipArray(
        _ bytes: borrowing Span<UInt8>, depth: Int
    ) throws(JSONFault) {
        try checkDepth(depth)
        index += 1
        skipWhitespace(bytes)
        if peek(bytes) == UInt8(ascii: "]") {
            index += 1
            return
        }
        while true {
            skipWhitespace(bytes)
            try skipValue(bytes, depth: depth)
            if try isLast(closing: UInt8(ascii: "]"), bytes) { return }
        }
    }

    private mutating func skipObject(
        _ bytes: borrowing Span<UInt8>, depth: Int
    ) throws(JSONFault) {
        try checkDepth(depth)
        index += 1
        skipWhitespace(bytes)
        if peek(bytes) == UInt8(ascii: "}") {
            index += 1
            return
        }
        while true {
            skipWhitespace(bytes)
            _ = try scanString(bytes)
            try scanColon(bytes)
            try skipValue(bytes, depth: depth)
            if try isLast(closing: UInt8(ascii: "}"), bytes) { return }
        }
    }

    /// Scans the colon between a name and its value, and the whitespace around it.
    mutating func scanColon(_ bytes: borrowing Span<UInt8>) throws(JSONFault) {
        skipWhitespace(bytes)
        try expect(UInt8(ascii: ":"), bytes, "expected a colon after a name")
        skipWhitespace(bytes)
    }

    /// Scans the comma or the closing bracket after an element.
    ///
    /// - Returns: Whether the container was closed.
    mutating func isLast(
        closing: UInt8, _ bytes: borrowing Span<UInt8>
    ) throws(JSONFault) -> Bool {
        skipWhitespace(bytes)
        let byte = peek(bytes)
        guard byte == closing || byte == UInt8(ascii: ",") else {
            throw JSONFault(offset: index, reason: "expected a comma or a closing bracket")
        }
        index += 1
        return byte == closing
    }

    /// Checks that nothing but whitespace is left.
    mutating func scanEnd(_ bytes: borrowing Span<UInt8>) throws(JSONFault) {
        skipWhitespace(bytes)
        guard index == end else { throw JSONFault(offset: index, reason: "text after the value") }
    }

    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
