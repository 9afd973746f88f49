// SPDX-License-Identifier: Apache-2.0

extension TextEncoding {
    /// The beginning of a text as UTF-8, without a byte order mark.
    ///
    /// - Parameters:
    ///   - bytes: The text in this encoding; a last character that is cut is left out.
    ///   - name: The text's name, for messages.
    /// - Throws: `StreamError` with kind `corrupt` where bytes are not of this encoding.
    /// - Complexity: O(n).
    public func beginning(_ bytes: [UInt8], name: String) throws(StreamError) -> [UInt8] {
        var actual = self
        if self == .utf16 { actual = .utf16LittleEndian }
        if bytes.starts(with: [0xFF, 0xFE]) { actual = .utf16LittleEndian }
        if bytes.starts(with: [0xFE, 0xFF]) { actual = .utf16BigEndian }
        var text = bytes
        if actual == .utf16LittleEndian || actual == .utf16BigEndian {
            text.removeLast(text.count % 2)
            // The first half of a surrogate pair means nothing without the second one.
            let high = actual == .utf16LittleEndian ? text.count - 1 : text.count - 2
            if text.count >= 2, text[high] & 0xFC == 0xD8 { text.removeLast(2) }
        }
        if actual != .utf8 {
            let stage = TranscodingStage(BytesStage(text), from: actual, name: name)
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            text.removeAll(keepingCapacity: true)
            while true {
                let count = try stage.read(into: &buffer)
                if count == 0 { break }
                text += buffer[..<count]
            }
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if text.starts(with: mark) { text.removeFirst(mark.count) }
        return text
    }
}

/// Bytes that are in memory already.
private final class BytesStage: ByteStage {
    private let bytes: [UInt8]
    private var used = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    override var consumed: Int { used }

    override func read(into buffer: inout [UInt8]) throws(StreamError) -> Int {
        let count = min(bytes.count - used, buffer.count)
        for index in 0..<count { buffer[index] = bytes[used + index] }
        used += count
        return count
    }
}
