// SPDX-License-Identifier: Apache-2.0

import Streams

/// Guesses how a text is encoded, from its first bytes.
enum EncodingSniffer {
    /// Bytes that Windows-1252 has no character for.
    private static let undefined: Set<UInt8> = [0x81, 0x8D, 0x8F, 0x90, 0x9D]

    /// Guesses an encoding.
    ///
    /// A byte order mark decides. Without one, zero bytes in every other place mean UTF-16, and bytes
    /// that are well-formed UTF-8 are UTF-8: other encodings hardly ever look like it. What is left is a
    /// one-byte encoding of western Europe, where Windows-1252 gives the bytes 80...9F to printed
    /// characters and Latin-1 to control characters that no table has.
    ///
    /// - Parameters:
    ///   - bytes: The beginning of a text.
    ///   - isCut: Whether the text goes on, so that a last character may be cut.
    /// - Returns: The encoding, and whether a byte order mark says so.
    /// - Complexity: O(n).
    static func detect(_ bytes: [UInt8], isCut: Bool) -> (encoding: TextEncoding, isMarked: Bool) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, true) }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return (.utf16, true)
        }
        let pairs = bytes.count / 2
        let first = (0..<pairs).count { bytes[2 * $0] == 0 }
        let second = (0..<pairs).count { bytes[2 * $0 + 1] == 0 }
        // Delimiters, digits and line ends have a zero byte in UTF-16, whatever the language.
        if second * 4 > pairs, first * 16 < pairs { return (.utf16LittleEndian, false) }
        if first * 4 > pairs, second * 16 < pairs { return (.utf16BigEndian, false) }
        let fault = UTF8Validity.firstFault(in: bytes.span, from: 0, to: bytes.count)
        // A character has at most four bytes, so a fault in the last three may be a cut.
        if fault.map({ isCut && $0 + 3 >= bytes.count && bytes[$0] >= 0xC2 }) ?? true {
            return (.utf8, false)
        }
        return (bytes.contains(where: undefined.contains) ? .latin1 : .windows1252, false)
    }
}
