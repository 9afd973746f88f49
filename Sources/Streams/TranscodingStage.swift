// SPDX-License-Identifier: Apache-2.0

/// How a text is encoded.
public enum TextEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    /// With a byte order mark, or else little endian.
    case utf16 = "utf-16"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    case latin1 = "latin-1"
    case windows1252 = "windows-1252"
}

/// Turns a text of another encoding into UTF-8.
final class TranscodingStage: ByteStage {
    private let inner: ByteStage
    private let encoding: TextEncoding
    private let name: String
    private var input = [UInt8](repeating: 0, count: 1 << 16)
    /// Bytes that wait for the rest of their character.
    private var pending: [UInt8] = []
    private var output: [UInt8] = []
    private var used = 0
    /// Offset of the first pending byte in the input.
    private var offset = 0
    private var isAtEnd = false

    /// Characters of windows-1252 in 80...9F; 0 where it has none.
    private static let windows: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
        0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
        0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
    ]

    init(_ inner: ByteStage, from encoding: TextEncoding, name: String) {
        self.inner = inner
        self.encoding = encoding
        self.name = name
    }

    override var consumed: Int { inner.consumed }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        while used == output.count {
            if isAtEnd { return 0 }
            output.removeAll(keepingCapacity: true)
            used = 0
            let count = try inner.read(into: &input)
            isAtEnd = count == 0
            pending += input[..<count]
            try decode()
        }
        let count = min(buffer.count, output.count - used)
        for index in 0..<count { buffer[index] = output[used + index] }
        used += count
        return count
    }

    private func decode() throws(StreamError) {
        switch encoding {
        case .utf8: output += pending
        case .latin1: for byte in pending { append(UInt32(byte)) }
        case .windows1252:
            for (index, byte) in pending.enumerated() {
                guard byte & 0xE0 == 0x80 else {
                    append(UInt32(byte))
                    continue
                }
                let scalar = Self.windows[Int(byte & 0x1F)]
                guard scalar > 0 else { throw fault(at: offset + index) }
                append(UInt32(scalar))
            }
        case .utf16, .utf16LittleEndian, .utf16BigEndian:
            try decodeUTF16()
            return
        }
        offset += pending.count
        pending.removeAll(keepingCapacity: true)
    }

    private func decodeUTF16() throws(StreamError) {
        var index = 0
        while index + 1 < pending.count {
            let unit = unit(at: index)
            guard unit & 0xF800 == 0xD800 else {
                append(unit)
                index += 2
                continue
            }
            guard unit < 0xDC00 else { throw fault(at: offset + index) }
            guard index + 3 < pending.count else { break }
            let low = self.unit(at: index + 2)
            guard low & 0xFC00 == 0xDC00 else { throw fault(at: offset + index) }
            append(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            index += 4
        }
        offset += index
        pending.removeFirst(index)
        if isAtEnd, !pending.isEmpty { throw fault(at: offset) }
    }

    private func unit(at index: Int) -> UInt32 {
        let (first, second) = (UInt32(pending[index]), UInt32(pending[index + 1]))
        return encoding == .utf16BigEndian ? first << 8 | second : second << 8 | first
    }

    private func append(_ scalar: UInt32) {
        func byte(_ bits: UInt32) { output.append(UInt8(truncatingIfNeeded: bits)) }
        if scalar < 0x80 {
            byte(scalar)
        } else if scalar < 0x800 {
            byte(0xC0 | scalar >> 6)
            byte(0x80 | scalar & 0x3F)
        } else if scalar < 0x10000 {
            byte(0xE0 | scalar >> 12)
            byte(0x80 | scalar >> 6 & 0x3F)
            byte(0x80 | scalar & 0x3F)
        } else {
            byte(0xF0 | scalar >> 18)
            byte(0x80 | scalar >> 12 & 0x3F)
            byte(0x80 | scalar >> 6 & 0x3F)
            byte(0x80 | scalar & 0x3F)
        }
    }

    private func fault(at offset: Int) -> StreamError {
        StreamError(
            kind: .corrupt, path: name,
            detail: "byte \(offset + 1) is not \(encoding.rawValue); check source.encoding")
    }
}
