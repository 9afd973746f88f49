// SPDX-License-Identifier: Apache-2.0

/// Well-formedness of UTF-8 as Unicode defines it (Table 3-7: no overlong forms, no surrogates).
enum UTF8Validity {
    /// Finds the first byte that does not belong to a well-formed sequence.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - start: Index of its first byte.
    ///   - end: Index after its last byte.
    /// - Returns: The index of the offending sequence's first byte, or nil for well-formed text.
    static func firstFault(in bytes: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var index = start
        while index < end {
            let lead = bytes[index]
            if lead < 0x80 {
                index += 1
                continue
            }
            let length: Int
            var low: UInt8 = 0x80
            var high: UInt8 = 0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, low) = (3, 0xA0)
            case 0xED: (length, high) = (3, 0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, low) = (4, 0x90)
            case 0xF1...0xF3: length = 4
            case 0xF4: (length, high) = (4, 0x8F)
            default: return index
            }
            guard index + length <= end, bytes[index + 1] >= low, bytes[index + 1] <= high else {
                return index
            }
            for next in (index + 2)..<max(index + length, index + 2)
            where bytes[next] & 0xC0 != 0x80 {
                return index
            }
            index += length
        }
        return nil
    }

    /// Whether a text is well-formed UTF-8 without a NUL byte.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - start: Index of its first byte.
    ///   - end: Index after its last byte.
    static func isCleanText(_ bytes: borrowing Span<UInt8>, from start: Int, to end: Int) -> Bool {
        for index in start..<end where bytes[index] == 0 { return false }
        return firstFault(in: bytes, from: start, to: end) == nil
    }
}
