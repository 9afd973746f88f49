// SPDX-License-Identifier: Apache-2.0

/// The texts that stand for "no value" in a column.
struct MissingValues: Sendable {
    /// The texts as declared; the first is the one that is written.
    let texts: [String]

    private let keys: ByteKeyTable
    private let hasEmpty: Bool
    /// For each byte, whether a text begins with it: most fields need no further look.
    private let begins: [Bool]

    init(_ texts: [String]) {
        self.texts = texts
        keys = ByteKeyTable(texts.map { Array($0.utf8) })
        hasEmpty = texts.contains("")
        var begins = [Bool](repeating: false, count: 256)
        for text in texts { if let first = text.utf8.first { begins[Int(first)] = true } }
        self.begins = begins
    }

    /// The text that is written for a missing value; the empty text is the plainest.
    var written: String { hasEmpty ? "" : texts.first ?? "" }

    /// Whether one of the texts begins with a byte.
    @inline(__always)
    func mayBegin(_ byte: UInt8) -> Bool { begins[Int(byte)] }

    @inline(__always)
    func contains(_ text: borrowing Span<UInt8>, from start: Int, to end: Int) -> Bool {
        if start == end { return hasEmpty }
        guard begins[Int(text[start])] else { return false }
        return keys.find(text, from: start, to: end) >= 0
    }
}
