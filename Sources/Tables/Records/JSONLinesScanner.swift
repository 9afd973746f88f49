// SPDX-License-Identifier: Apache-2.0

/// Splits JSON Lines into records and fields: one object a line, strictly RFC 8259.
///
/// A pure machine like `CSVScanner`. A key that is absent and a value that is `null` are both
/// missing. Names must not repeat within a record. Values of columns that nobody wants are
/// checked and skipped. Lines of nothing but whitespace are skipped.
struct JSONLinesScanner {
    /// Names of the wanted columns; the index of a name is its slot.
    private var names: ByteKeyTable
    private let slotCount: Int
    /// For each name the record in which it was seen last, to find repeated names.
    private var seen: [Int] = []
    private var record = 0
    /// The wanted column whose value is being scanned, for messages.
    private var current: Int?
    /// Physical line of the next record.
    var line: Int

    /// Names that no column has are remembered only up to this many, so that records with ever
    /// new names do not fill the memory.
    private static let maximumNames = 65_536

    init(slotNames: [String], line: Int) {
        names = ByteKeyTable(slotNames.map { Array($0.utf8) })
        slotCount = slotNames.count
        seen = Array(repeating: 0, count: slotNames.count)
        self.line = line
    }

    /// A fault inside one record.
    private struct RecordFault: Error {
        var slot: Int?
        var reason: String
    }

    /// Splits records until the batch is full or the bytes give out.
    ///
    /// - Parameters:
    ///   - bytes: The buffer.
    ///   - start: Index of the first byte of the next record.
    ///   - isFinal: Whether the input ends where the buffer ends.
    ///   - batch: Where the bounds are added.
    mutating func scan(
        _ bytes: borrowing Span<UInt8>, from start: Int, isFinal: Bool,
        into batch: inout RecordBatch
    ) -> ScanOutcome {
        var next = start
        while batch.rowCount < batch.limit {
            batch.starts[batch.rowCount] = next
            if next == bytes.count { return isFinal ? .end : .needsMore(from: next) }
            var end = next
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            guard end < bytes.count || isFinal else { return .needsMore(from: next) }
            let begin = next
            next = min(end + 1, bytes.count)
            let thisLine = line
            line += 1
            var scanner = JSONScanner(from: begin, to: end)
            scanner.skipWhitespace(bytes)
            if scanner.index == end { continue }
            do throws(RecordFault) {
                try scanRecord(bytes, &scanner, from: begin, &batch)
            } catch {
                batch.dropEscapes(ofRow: batch.rowCount)
                return .bad(
                    BadRecord(
                        start: begin, end: next, next: next, line: thisLine, column: error.slot,
                        reason: error.reason))
            }
            batch.lines[batch.rowCount] = thisLine
            batch.rowCount += 1
            batch.starts[batch.rowCount] = next
        }
        return .full
    }

    private mutating func scanRecord(
        _ bytes: borrowing Span<UInt8>, _ scanner: inout JSONScanner, from start: Int,
        _ batch: inout RecordBatch
    ) throws(RecordFault) {
        if UTF8Validity.firstFault(in: bytes, from: scanner.index, to: scanner.end) != nil {
            throw RecordFault(reason: "found invalid UTF-8, expected JSON in UTF-8")
        }
        let base = batch.rowCount * slotCount * 2
        for slot in 0..<slotCount { batch.bounds[base + slot * 2] = RecordBatch.absent }
        record += 1
        current = nil
        if names.count > Self.maximumNames { forgetStrangers() }
        do throws(JSONFault) {
            guard scanner.peek(bytes) == UInt8(ascii: "{") else {
                throw JSONFault(offset: scanner.index, reason: "expected an object in braces")
            }
            scanner.index += 1
            scanner.skipWhitespace(bytes)
            if scanner.peek(bytes) == UInt8(ascii: "}") {
                scanner.index += 1
            } else {
                repeat {
                    scanner.skipWhitespace(bytes)
                    let slot = try scanName(bytes, &scanner)
                    try scanner.scanColon(bytes)
                    if slot < slotCount {
                        current = slot
                        try scanValue(bytes, &scanner, place: base + slot * 2, &batch)
                        current = nil
                    } else {
                        try scanner.skipValue(bytes, depth: 1)
                    }
                } while try !scanner.isLast(closing: UInt8(ascii: "}"), bytes)
            }
            try scanner.scanEnd(bytes)
        } catch {
            let column = error.offset - start + 1
            throw RecordFault(
                slot: current, reason: "not a JSON record at byte \(column): \(error.reason)")
        }
    }

    /// Scans a member's name and notes that it was seen.
    private mutating func scanName(
        _ bytes: borrowing Span<UInt8>, _ scanner: inout JSONScanner
    ) throws(JSONFault) -> Int {
        let start = scanner.index
        let range = try scanner.scanString(bytes)
        let slot: Int
        if range.hasEscapes {
            var name: [UInt8] = []
            try JSONScanner.decode(range, in: bytes, into: &name)
            slot = names.insert(name.span, from: 0, to: name.count)
        } else {
            slot = names.insert(bytes, from: range.start, to: range.end)
        }
        if slot == seen.count { seen.append(0) }
        guard seen[slot] != record else {
            throw JSONFault(offset: start, reason: "the same name twice in one object")
        }
        seen[slot] = record
        return slot
    }

    /// Scans a wanted value and notes its bounds.
    private func scanValue(
        _ bytes: borrowing Span<UInt8>, _ scanner: inout JSONScanner, place: Int,
        _ batch: inout RecordBatch
    ) throws(JSONFault) {
        let start = scanner.index
        switch scanner.peek(bytes) {
        case UInt8(ascii: "\""):
            let range = try scanner.scanString(bytes)
            batch.bounds[place] = UInt32(truncatingIfNeeded: range.start)
            batch.bounds[place + 1] = UInt32(truncatingIfNeeded: range.end)
            if range.hasEscapes {
                // Decoded once to find faults, so that decoding the batch later cannot fail.
                var text: [UInt8] = []
                try JSONScanner.decode(range, in: bytes, into: &text)
                batch.escaped.append(place)
            }
        case UInt8(ascii: "t"):
            try scanner.scanWord("true", bytes)
            batch.bounds[place] = RecordBatch.isTrue
        case UInt8(ascii: "f"):
            try scanner.scanWord("false", bytes)
            batch.bounds[place] = RecordBatch.isFalse
        case UInt8(ascii: "n"):
            try scanner.scanWord("null", bytes)
            batch.bounds[place] = RecordBatch.absent
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            throw JSONFault(
                offset: start, reason: "found a nested value, expected a string or a number")
        default:
            try scanner.skipValue(bytes)
            batch.bounds[place] = UInt32(truncatingIfNeeded: start)
            batch.bounds[place + 1] = UInt32(truncatingIfNeeded: scanner.index)
        }
    }

    private mutating func forgetStrangers() {
        names = ByteKeyTable((0..<slotCount).map { names.key($0) })
        seen = Array(repeating: 0, count: slotCount)
    }
}
