// SPDX-License-Identifier: Apache-2.0

/// Splits delimited text into records and fields, after RFC 4180.
///
/// A pure machine: bytes in, bounds out, no input or output. When a record goes on beyond the
/// bytes at hand, the scanner says where it began and is called again with more of it.
///
/// Records end with LF or CRLF, or with the input (a last CR is then part of the line end). A
/// quote has a meaning only as the first byte of a field; later ones are plain characters. A
/// blank line is skipped, unless the table has one column, where it is an empty field.
struct CSVScanner {
    let delimiter: UInt8
    let quote: UInt8
    /// The byte that makes the next one plain, and the one that begins a line to skip; a byte of quotes or
    /// line ends stands for none, which never gets here.
    private let escape: UInt8
    private let comment: UInt8
    /// Fields that a record must have.
    let columnCount: Int
    /// The slot that each column's field goes to, or -1 for a column nobody wants.
    let slots: [Int]
    /// Physical line on which the next record begins.
    var line: Int

    private let ceiling: UInt8

    /// Makes a scanner.
    ///
    /// - Parameters:
    ///   - format: Delimiter and quote.
    ///   - slots: For each column of the file the slot of its fields, or -1.
    ///   - line: Physical line on which the next record begins.
    init(format: TableFormat, slots: [Int], line: Int) {
        delimiter = format.delimiter
        quote = format.quote
        escape = format.escape ?? 0x0A
        comment = format.comment ?? 0x0A
        columnCount = slots.count
        self.slots = slots
        self.line = line
        ceiling = max(format.delimiter, format.escape ?? 0, 0x0D)
    }

    /// Why a field ended.
    private enum Stop {
        case delimiter, lineEnd, needsMore, unclosed
        case bad(String)
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
        var outcome = ScanOutcome.full
        while batch.rowCount < batch.limit {
            batch.starts[batch.rowCount] = next
            if next == bytes.count {
                return isFinal ? .end : .needsMore(from: next)
            }
            if columnCount > 1, skipBlankLine(bytes, &next, isFinal: isFinal) { continue }
            if comment != 0x0A, bytes[next] == comment {
                guard skipLine(bytes, &next, isFinal: isFinal) else {
                    return .needsMore(from: next)
                }
                continue
            }
            guard scanRecord(bytes, &next, isFinal: isFinal, &batch, &outcome) else {
                return outcome
            }
        }
        return .full
    }

    /// What the first record of a file turned out to be.
    enum Header {
        case names([[UInt8]], next: Int)
        case needsMore
        case bad(String)
    }

    /// Reads the first record as the names of the columns.
    ///
    /// - Parameters:
    ///   - bytes: The buffer.
    ///   - start: Index of the header's first byte.
    ///   - isFinal: Whether the input ends where the buffer ends.
    mutating func scanHeader(
        _ bytes: borrowing Span<UInt8>, from start: Int, isFinal: Bool
    ) -> Header {
        var names: [[UInt8]] = []
        var index = start
        while comment != 0x0A, index < bytes.count, bytes[index] == comment {
            guard skipLine(bytes, &index, isFinal: isFinal) else { return .needsMore }
        }
        var lineCount = 1
        while true {
            var (first, last, isEscaped) = (index, index, false)
            let stop = scanField(
                bytes, &index, &first, &last, &isEscaped, &lineCount, isFinal: isFinal)
            switch stop {
            case .delimiter, .lineEnd:
                var name: [UInt8] = []
                if isEscaped {
                    Self.unescape(
                        bytes, from: first, to: last, quote: quote, escape: escape, into: &name)
                } else {
                    name = (first..<last).map { bytes[$0] }
                }
                names.append(name)
                guard case .lineEnd = stop else { continue }
                line += lineCount
                return .names(names, next: index)
            case .needsMore: return .needsMore
            case .unclosed: return .bad("a quote is not closed before the end of the file")
            case .bad(let reason): return .bad(reason)
            }
        }
    }

    /// Appends a field with its doubled quotes made single and its escape bytes left out.
    ///
    /// - Parameters:
    ///   - bytes: The buffer; the byte before a field in quotes is its opening quote.
    ///   - start: Index of the field's first byte.
    ///   - end: Index after its last one.
    ///   - quote: The byte around a field.
    ///   - escape: The byte that makes the next one plain, or nil.
    ///   - output: Where the bytes are appended.
    static func unescape(
        _ bytes: borrowing Span<UInt8>, from start: Int, to end: Int, quote: UInt8,
        escape: UInt8? = nil, into output: inout [UInt8]
    ) {
        // Outside quotes two quotes are two plain characters.
        let isQuoted = start > 0 && bytes[start - 1] == quote
        var index = start
        while index < end {
            if let escape, escape != 0x0A, bytes[index] == escape, index + 1 < end {
                output.append(bytes[index + 1])
                index += 2
                continue
            }
            output.append(bytes[index])
            index += isQuoted && bytes[index] == quote ? 2 : 1
        }
    }

    /// Moves behind the next line feed; false when it is beyond the buffer.
    private mutating func skipLine(
        _ bytes: borrowing Span<UInt8>, _ next: inout Int, isFinal: Bool
    ) -> Bool {
        var index = next
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
        guard index < bytes.count || isFinal else { return false }
        next = min(index + 1, bytes.count)
        line += 1
        return true
    }

    private mutating func skipBlankLine(
        _ bytes: borrowing Span<UInt8>, _ next: inout Int, isFinal: Bool
    ) -> Bool {
        if bytes[next] == 0x0A {
            next += 1
        } else if bytes[next] == 0x0D, next + 1 < bytes.count, bytes[next + 1] == 0x0A {
            next += 2
        } else if bytes[next] == 0x0D, next + 1 == bytes.count, isFinal {
            next += 1
        } else {
            return false
        }
        line += 1
        return true
    }

    /// Splits one record; on success moves `next` behind it and adds it to the batch.
    @inline(__always)
    private mutating func scanRecord(
        _ bytes: borrowing Span<UInt8>, _ next: inout Int, isFinal: Bool,
        _ batch: inout RecordBatch, _ outcome: inout ScanOutcome
    ) -> Bool {
        let start = next
        let row = batch.rowCount
        var place = row * batch.slotCount * 2
        let base = place
        var column = 0
        var index = start
        var lineCount = 1
        while true {
            var first = index
            var last = index
            var isEscaped = false
            let fieldLine = line + lineCount - 1
            let stop = scanField(
                bytes, &index, &first, &last, &isEscaped, &lineCount, isFinal: isFinal)
            switch stop {
            case .delimiter, .lineEnd:
                if column < columnCount {
                    let slot = slots[column]
                    if slot >= 0 {
                        place = base + slot * 2
                        batch.bounds[place] = UInt32(truncatingIfNeeded: first)
                        batch.bounds[place + 1] = UInt32(truncatingIfNeeded: last)
                        if isEscaped { batch.escaped.append(place) }
                    }
                }
                column += 1
                if case .delimiter = stop { continue }
            case .needsMore:
                batch.dropEscapes(ofRow: row)
                outcome = .needsMore(from: start)
                return false
            case .unclosed:
                batch.dropEscapes(ofRow: row)
                outcome = .unclosedQuote(
                    line: fieldLine, column: column < columnCount ? column : nil)
                return false
            case .bad(let reason):
                batch.dropEscapes(ofRow: row)
                outcome = recover(
                    bytes, from: start, at: index, lineCount: lineCount, column: column,
                    reason: reason, isFinal: isFinal)
                return false
            }
            break
        }
        guard column == columnCount else {
            batch.dropEscapes(ofRow: row)
            let record = BadRecord(
                start: start, end: index, next: index, line: line, column: nil,
                reason: "found \(column) fields, expected \(columnCount); correct it, or set "
                    + "source.quarantine")
            line += lineCount
            outcome = .bad(record)
            return false
        }
        batch.lines[row] = line
        line += lineCount
        next = index
        batch.rowCount += 1
        batch.starts[row + 1] = index
        return true
    }

    /// Scans one field and the delimiter or line end behind it.
    ///
    /// - Parameters:
    ///   - bytes: The buffer.
    ///   - index: Where the field begins; moved behind its delimiter or line end.
    ///   - first: Set to the field's first byte.
    ///   - last: Set to the byte after its last one.
    ///   - isEscaped: Set when the field has doubled quotes.
    ///   - lineCount: Raised by the line ends inside the field.
    ///   - isFinal: Whether the input ends where the buffer ends.
    @inline(__always)
    private func scanField(
        _ bytes: borrowing Span<UInt8>, _ index: inout Int, _ first: inout Int, _ last: inout Int,
        _ isEscaped: inout Bool, _ lineCount: inout Int, isFinal: Bool
    ) -> Stop {
        let end = bytes.count
        if index < end, bytes[index] == quote {
            first = index + 1
            guard skipQuoted(bytes, &index, &isEscaped, &lineCount) else {
                return isFinal ? .unclosed : .needsMore
            }
            if index == end, !isFinal { return .needsMore }
            last = index - 1
            if index < end, bytes[index] != delimiter, bytes[index] != 0x0A, bytes[index] != 0x0D {
                return .bad("found text after a closing quote, expected a delimiter or a line end")
            }
        } else {
            while index < end {
                let byte = bytes[index]
                if byte <= ceiling {
                    if byte == delimiter || byte == 0x0A || byte == 0x0D { break }
                    if byte == escape {
                        guard index + 1 < end else { return isFinal ? .unclosed : .needsMore }
                        isEscaped = true
                        if bytes[index + 1] == 0x0A { lineCount += 1 }
                        index += 1
                    }
                }
                index += 1
            }
            last = index
        }
        guard index < end else { return isFinal ? .lineEnd : .needsMore }
        let byte = bytes[index]
        index += 1
        if byte == delimiter { return .delimiter }
        if byte == 0x0A { return .lineEnd }
        guard index < end else { return isFinal ? .lineEnd : .needsMore }
        guard bytes[index] == 0x0A else {
            return .bad("found a carriage return without a line feed; quote it or use LF line ends")
        }
        index += 1
        return .lineEnd
    }

    /// Moves behind the closing quote.
    ///
    /// - Returns: False when the buffer ends before it.
    private func skipQuoted(
        _ bytes: borrowing Span<UInt8>, _ index: inout Int, _ isEscaped: inout Bool,
        _ lineCount: inout Int
    ) -> Bool {
        let end = bytes.count
        index += 1
        while index < end {
            let byte = bytes[index]
            index += 1
            if byte == quote {
                guard index < end, bytes[index] == quote else { return true }
                isEscaped = true
                index += 1
            } else if byte == 0x0A {
                lineCount += 1
            } else if byte == escape {
                guard index < end else { return false }
                if bytes[index] == 0x0A { lineCount += 1 }
                isEscaped = true
                index += 1
            }
        }
        return false
    }

    /// Skips the rest of a malformed record: up to the next line feed, quoted or not.
    private mutating func recover(
        _ bytes: borrowing Span<UInt8>, from start: Int, at fault: Int, lineCount: Int, column: Int,
        reason: String, isFinal: Bool
    ) -> ScanOutcome {
        var index = max(start, fault - 1)
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
        guard index < bytes.count || isFinal else { return .needsMore(from: start) }
        let next = min(index + 1, bytes.count)
        let record = BadRecord(
            start: start, end: next, next: next, line: line,
            column: column < columnCount ? column : nil, reason: reason)
        line += lineCount
        return .bad(record)
    }
}
