// SPDX-License-Identifier: Apache-2.0

/// Splits JSON Lines into records and fields: one object a line, strictly RFC 8259.
///
/// A pure machine like `CSVScanner`. A key that is absent and a value that is `null` are both
/// missing. Names must not repeat within a record, nor wanted names within a nested object. Values of columns that nobody wants are
/// checked and skipped. Lines of nothing but whitespace are skipped.
struct JSONLinesScanner {
    /// Names of the record's members: the wanted ones first, then strangers.
    private var names: ByteKeyTable
    private let paths: JSONPaths
    private let slotCount: Int
    /// For each name the record in which it was seen last, to find repeated names.
    private var seen: [Int] = []
    /// The same for the wanted names of nested containers, by their marks.
    private var seenMarks: [Int]
    private var record = 0
    /// The wanted column whose value is being scanned, for messages.
    private var current: Int?
    /// Physical line of the next record.
    var line: Int

    /// Names that no column has are remembered only up to this many, so that records with ever
    /// new names do not fill the memory.
    private static let maximumNames = 65_536

    /// Makes a scanner.
    ///
    /// - Parameters:
    ///   - paths: Where the wanted values lie.
    ///   - line: Physical line of the next record.
    init(paths: JSONPaths, line: Int) {
        names = paths.nodes[0].keys
        self.paths = paths
        slotCount = paths.slotCount
        seen = Array(repeating: 0, count: names.count)
        seenMarks = Array(repeating: 0, count: paths.markCount)
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
                    let name = try scanName(bytes, &scanner)
                    try scanner.scanColon(bytes)
                    if name < paths.nodes[0].targets.count {
                        let target = paths.nodes[0].targets[name]
                        try scanTarget(bytes, &scanner, target, depth: 1, base: base, &batch)
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

    /// Scans a wanted value, or the container that has some.
    private mutating func scanTarget(
        _ bytes: borrowing Span<UInt8>, _ scanner: inout JSONScanner, _ target: JSONPaths.Target,
        depth: Int, base: Int, _ batch: inout RecordBatch
    ) throws(JSONFault) {
        switch target {
        case .slot(let slot):
            current = slot
            try scanValue(bytes, &scanner, place: base + slot * 2, &batch)
            current = nil
        case .node(let node):
            try scanContainer(bytes, &scanner, node, depth: depth + 1, base: base, &batch)
        }
    }

    /// Scans a container with wanted values in it; where it is null they are missing.
    private mutating func scanContainer(
        _ bytes: borrowing Span<UInt8>, _ scanner: inout JSONScanner, _ node: Int, depth: Int,
        base: Int, _ batch: inout RecordBatch
    ) throws(JSONFault) {
        let opening = scanner.peek(bytes)
        if opening == UInt8(ascii: "n") {
            try scanner.scanWord("null", bytes)
            return
        }
        guard opening == UInt8(ascii: "{") || opening == UInt8(ascii: "[") else {
            throw JSONFault(
                offset: scanner.index,
                reason: "found a plain value, expected an object or a list with wanted values in it"
            )
        }
        try scanner.checkDepth(depth)
        let isObject = opening == UInt8(ascii: "{")
        let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        scanner.index += 1
        scanner.skipWhitespace(bytes)
        if scanner.peek(bytes) == closing {
            scanner.index += 1
            return
        }
        var element = 0
        repeat {
            scanner.skipWhitespace(bytes)
            let key =
                isObject
                ? try scanKey(bytes, &scanner, node: node)
                : paths.nodes[node].keys.find(Array(String(element).utf8))
            element += 1
            if key >= 0 {
                let target = paths.nodes[node].targets[key]
                try scanTarget(bytes, &scanner, target, depth: depth, base: base, &batch)
            } else {
                try scanner.skipValue(bytes, depth: depth)
            }
        } while try !scanner.isLast(closing: closing, bytes)
    }

    /// Scans the name of a nested member and the colon behind it.
    ///
    /// - Returns: Its place among the wanted ones, or -1; a wanted name must not repeat, since nobody
    ///   could tell which value is meant.
    private mutating func scanKey(
        _ bytes: borrowing Span<UInt8>, _ scanner: inout JSONScanner, node: Int
    ) throws(JSONFault) -> Int {
        let start = scanner.index
        let range = try scanner.scanString(bytes)
        let key: Int
        if range.hasEscapes {
            var name: [UInt8] = []
            try JSONScanner.decode(range, in: bytes, into: &name)
            key = paths.nodes[node].keys.find(name)
        } else {
            key = paths.nodes[node].keys.find(bytes, from: range.start, to: range.end)
        }
        try scanner.scanColon(bytes)
        guard key >= 0 else { return -1 }
        let mark = paths.nodes[node].marks[key]
        guard seenMarks[mark] != record else {
            throw JSONFault(offset: start, reason: "the same name twice in one object")
        }
        seenMarks[mark] = record
        return key
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
        names = paths.nodes[0].keys
        seen = Array(repeating: 0, count: names.count)
    }
}
