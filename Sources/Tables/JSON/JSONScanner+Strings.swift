// SPDX-License-Identifier: Apache-2.0

extension JSONScanner {
    /// Appends the characters that a scanned string stands for, in UTF-8.
    ///
    /// A surrogate without its partner is refused: UTF-8 has no form for it.
    ///
    /// - Parameters:
    ///   - range: A string that `scanString` accepted.
    ///   - bytes: The text that was scanned.
    ///   - output: Where the decoded bytes are appended.
    static func decode(
        _ range: StringRange, in bytes: borrowing Span<UInt8>, into output: inout [UInt8]
    ) throws(JSONFault) {
        var index = range.start
        while index < range.end {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                output.append(byte)
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = try decodeScalar(at: &index, before: range.end, bytes)
                output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            default: output.append(escape)
            }
        }
    }

    /// Decodes the four digits after `\u`, and the second half of a surrogate pair.
    private static func decodeScalar(
        at index: inout Int, before end: Int, _ bytes: borrowing Span<UInt8>
    ) throws(JSONFault) -> Unicode.Scalar {
        let start = index - 2
        let first = hexUnit(at: index, bytes)
        index += 4
        var value = first
        if first & 0xFC00 == 0xD800, index + 6 <= end, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        {
            let second = hexUnit(at: index + 2, bytes)
            if second & 0xFC00 == 0xDC00 {
                value = 0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF)
                index += 6
            }
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw JSONFault(offset: start, reason: "half of a surrogate pair in a string")
        }
        return scalar
    }

    private static func hexUnit(at index: Int, _ bytes: borrowing Span<UInt8>) -> UInt32 {
        var value: UInt32 = 0
        for offset in 0..<4 { value = value << 4 | (hexValue(bytes[index + offset]) ?? 0) }
        return value
    }
}
