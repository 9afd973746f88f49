// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The SSH wire format (RFC 4251 §5): 32-bit lengths before byte strings.
struct WireWriter {
    var bytes: [UInt8] = []

    mutating func append(_ value: UInt32) {
        for shift in [24, 16, 8, 0] {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
        }
    }

    mutating func append(string: some Collection<UInt8>) {
        append(UInt32(string.count))
        bytes.append(contentsOf: string)
    }

    mutating func append(text: String) { append(string: Array(text.utf8)) }
}

/// Reads the SSH wire format; every read is checked against what is left.
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        let value = rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        rest = rest.dropFirst(4)
        return value
    }

    mutating func string() -> [UInt8]? {
        guard let count = number(), Int(count) <= rest.count else { return nil }
        let bytes = Array(rest.prefix(Int(count)))
        rest = rest.dropFirst(Int(count))
        return bytes
    }

    mutating func fixed(_ expected: String) -> Bool {
        guard rest.starts(with: expected.utf8) else { return false }
        rest = rest.dropFirst(expected.utf8.count)
        return true
    }
}

/// Base64 between marker lines, as OpenSSH writes keys and signatures.
enum Armor {
    static func wrapped(_ bytes: [UInt8], name: String) -> String {
        let text = Data(bytes).base64EncodedString()
        var lines = ["-----BEGIN \(name)-----"]
        var start = text.startIndex
        while start < text.endIndex {
            let end = text.index(start, offsetBy: 70, limitedBy: text.endIndex) ?? text.endIndex
            lines.append(String(text[start..<end]))
            start = end
        }
        return (lines + ["-----END \(name)-----", ""]).joined(separator: "\n")
    }

    static func unwrapped(_ text: String, name: String) -> [UInt8]? {
        let lines = text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        guard lines.first == "-----BEGIN \(name)-----", lines.last == "-----END \(name)-----",
            let data = Data(base64Encoded: lines.dropFirst().dropLast().joined())
        else { return nil }
        return [UInt8](data)
    }
}
