// SPDX-License-Identifier: Apache-2.0

/// Turns pieces of text into codes: a worker's own scratch memory and the loops over its columns.
///
/// Regular text, which is nearly all text, is indexed at once and then encoded a column at a time.
/// A piece in which some record has another number of fields is split by the scanner instead.
struct PieceDecoder: ~Copyable {
    private let plan: ReadPlan
    private let aside: BadRecords
    private var misses = MissList(capacity: 0)
    private var missCapacity = 0
    /// Bounds of fields that a scanner split, one less at the start, as `FieldPlaces` wants them.
    private var bounds = WordMemory()
    private var faults: [Int: TableError] = [:]
    /// Values of open columns, until it is known which records are good.
    private var open: [OpenColumn]
    private var template: JSONTemplate
    /// How often in a row the template did not fit.
    private var misfits = 0

    init(plan: ReadPlan, aside: BadRecords) {
        self.plan = plan
        self.aside = aside
        open = plan.open.map { _ in OpenColumn() }
        // Nested values are left to the scanner.
        template = JSONTemplate(slotNames: plan.paths.flatNames ?? [])
    }

    /// Where the fields of the records at hand lie.
    private enum Source {
        /// Every `columns`-th position ends a record.
        case index(columns: Int, slotColumns: [Int])
        /// `bounds` has two numbers a slot.
        case bounds
    }

    /// Encodes a piece.
    ///
    /// - Parameters:
    ///   - piece: The records; its buffer may get unescaped texts.
    ///   - isExact: Whether the scanner shall split all text.
    ///   - block: Where the codes go.
    ///   - full: Called with the block when it is full; must empty it.
    mutating func decode(
        _ piece: inout TextPiece, isExact: Bool, into block: inout CodeBlock,
        full: (inout CodeBlock) throws(TableError) -> Void
    ) throws(TableError) {
        switch piece.kind {
        case .batch(let outcome):
            try encodeBatch(&piece, into: &block, full: full)
            try settle(outcome, piece)
        case .text where plan.format.kind == .jsonl:
            try splitLines(&piece, isExact: isExact, into: &block, full: full)
        case .text:
            if let rows = indexed(&piece) {
                let columns = piece.columnNames.count
                var slotColumns = Array(repeating: 0, count: plan.slotNames.count)
                for (column, slot) in piece.slots.enumerated() where slot >= 0 {
                    slotColumns[slot] = column
                }
                try encode(
                    piece, .index(columns: columns, slotColumns: slotColumns), rows: rows,
                    into: &block, full: full)
            } else {
                try splitText(&piece, into: &block, full: full)
            }
        }
    }

    /// Takes the index of a piece.
    ///
    /// - Returns: How many records it has, or nil when not all of them have as many fields as the
    ///   file has columns.
    private func indexed(_ piece: inout TextPiece) -> Int? {
        let columns = piece.columnNames.count
        guard let records = piece.index.records(piece.buffer, columns: columns) else { return nil }
        if piece.index.found.returns { piece.index.cutReturns(piece.buffer, columns: columns) }
        return records
    }

    /// Splits a piece of delimited text a record after the other.
    private mutating func splitText(
        _ piece: inout TextPiece, into block: inout CodeBlock,
        full: (inout CodeBlock) throws(TableError) -> Void
    ) throws(TableError) {
        var machine = CSVScanner(format: plan.format, slots: piece.slots, line: piece.line)
        var next = TextBuffer.lead
        while true {
            piece.batch.removeAll(limit: piece.batch.capacity)
            let outcome = piece.scan(&machine, from: next)
            next = piece.batch.starts[piece.batch.rowCount]
            if case .bad(let record) = outcome { next = record.next }
            piece.unescape(format: plan.format)
            try encodeBatch(&piece, into: &block, full: full)
            try settle(outcome, piece)
            if case .end = outcome { return }
        }
    }

    /// Splits a piece of JSON Lines: by the template as far as it fits, else by the scanner.
    private mutating func splitLines(
        _ piece: inout TextPiece, isExact: Bool, into block: inout CodeBlock,
        full: (inout CodeBlock) throws(TableError) -> Void
    ) throws(TableError) {
        var machine = JSONLinesScanner(paths: plan.paths, line: piece.line)
        var next = TextBuffer.lead
        while true {
            if template.isKnown, !isExact {
                machine.line += try takeByTemplate(
                    &piece, from: &next, line: machine.line, into: &block, full: full)
            }
            // One record at first; more at a time the longer the template has not fitted.
            let limit = isExact ? piece.batch.capacity : 1 << min(misfits, 10)
            piece.batch.removeAll(limit: limit)
            let outcome = piece.scan(&machine, from: next)
            // One record in another shape is no reason to give the shape up.
            if piece.batch.rowCount > 0, !isExact, plan.paths.flatNames != nil,
                misfits > 0 || !template.isKnown
            {
                let last = piece.batch.rowCount - 1
                let end = piece.batch.starts[last + 1]
                template.learn(piece.buffer.array(from: piece.batch.starts[last], to: end))
            }
            misfits += 1
            next = piece.batch.starts[piece.batch.rowCount]
            if case .bad(let record) = outcome { next = record.next }
            piece.unescape(format: plan.format)
            try encodeBatch(&piece, into: &block, full: full)
            try settle(outcome, piece)
            if case .end = outcome { return }
        }
    }

    /// Takes the records that have the template's shape.
    ///
    /// - Returns: How many there were.
    private mutating func takeByTemplate(
        _ piece: inout TextPiece, from next: inout Int, line: Int, into block: inout CodeBlock,
        full: (inout CodeBlock) throws(TableError) -> Void
    ) throws(TableError) -> Int {
        let slots = plan.slotNames.count
        let capacity = piece.batch.capacity
        bounds.reserve(2 * slots * capacity)
        piece.buffer.reserve(2 * (piece.end - TextBuffer.lead))
        var spare = piece.end
        var taken = 0
        while true {
            var rows = 0
            while rows < capacity, next < piece.end {
                // In bounds: there is room for `capacity` records, and a line feed ends the text.
                let behind = unsafe template.take(
                    piece.buffer.base, from: next, end: piece.end, spare: &spare,
                    into: bounds.base + 2 * slots * rows)
                if behind == 0 { break }
                piece.batch.starts[rows] = next
                piece.batch.lines[rows] = line + taken + rows
                rows += 1
                next = behind
            }
            piece.batch.starts[rows] = next
            piece.batch.rowCount = rows
            taken += rows
            if rows > 0 {
                misfits = 0
                try encode(piece, .bounds, rows: rows, into: &block, full: full)
            }
            if rows < capacity { return taken }
        }
    }

    /// Does what the scanner's outcome asks for: a malformed record is set aside.
    private func settle(
        _ outcome: ScanOutcome, _ piece: borrowing TextPiece
    ) throws(TableError) {
        switch outcome {
        case .bad(let record):
            // A batch that was split elsewhere has its places moved; its faulty record has not.
            let error = TableError(
                .badRecord, file: piece.name, line: record.line,
                column: record.column.map { piece.columnNames[$0] }, detail: record.reason)
            try aside.setAside(piece.buffer.array(from: record.start, to: record.end), error)
        case .unclosedQuote(let line, let column):
            throw TableError(
                .badRecord, file: piece.name, line: line,
                column: column.map { piece.columnNames[$0] },
                detail: "found a quote that is not closed before the end of the file; "
                    + "close it, or check the quote character")
        default: return
        }
    }

    private mutating func encodeBatch(
        _ piece: inout TextPiece, into block: inout CodeBlock,
        full: (inout CodeBlock) throws(TableError) -> Void
    ) throws(TableError) {
        let count = piece.batch.rowCount * piece.batch.slotCount * 2
        bounds.reserve(count)
        for place in stride(from: 0, to: count, by: 2) {
            let start = piece.batch.bounds[place]
            switch start {
            case RecordBatch.absent: setMark(place, TextBuffer.absent)
            case RecordBatch.isTrue: setMark(place, TextBuffer.isTrue)
            case RecordBatch.isFalse: setMark(place, TextBuffer.isFalse)
            default:
                bounds.set(start &- 1, at: place)
                bounds.set(piece.batch.bounds[place + 1], at: place + 1)
            }
        }
        try encode(piece, .bounds, rows: piece.batch.rowCount, into: &block, full: full)
    }

    private mutating func setMark(_ place: Int, _ offset: Int) {
        bounds.set(UInt32(offset - 1), at: place)
        bounds.set(UInt32(offset + 1), at: place + 1)
    }

    /// Encodes records into the block, as many at a time as it has room for.
    private mutating func encode(
        _ piece: borrowing TextPiece, _ source: Source, rows: Int, into block: inout CodeBlock,
        full: (inout CodeBlock) throws(TableError) -> Void
    ) throws(TableError) {
        var done = 0
        while done < rows {
            let count = min(rows - done, block.layout.capacity - block.rowCount)
            if missCapacity < count {
                misses = MissList(capacity: count)
                missCapacity = count
            }
            for attribute in plan.codecs.indices {
                encodeColumn(attribute, piece, source, from: done, count: count, into: &block)
            }
            for column in plan.open.indices {
                readOpen(column, piece, source, from: done, count: count)
            }
            if plan.unitSlot >= 0 { checkUnits(piece, source, from: done, count: count) }
            try settleFaults(piece, source, from: done)
            append(piece, source, from: done, count: count, to: &block)
            done += count
            if block.rowCount == block.layout.capacity { try full(&block) }
        }
    }

    private mutating func encodeColumn(
        _ attribute: Int, _ piece: borrowing TextPiece, _ source: Source, from first: Int,
        count: Int, into block: inout CodeBlock
    ) {
        let encoder: ColumnEncoder
        switch source {
        case .index: encoder = plan.quickEncoders[attribute]
        case .bounds: encoder = plan.bareEncoders[attribute]
        }
        let column = unsafe block.codes + block.layout.offsets[attribute]
        let row = block.rowCount
        let places = unsafe places(piece, source, slot: attribute, from: first)
        // In bounds: the block has room for `count` more records.
        if block.layout.isNarrow(attribute) {
            unsafe encoder.encode(
                places, rows: count, into: (column + row).assumingMemoryBound(to: UInt8.self),
                misses: &misses)
        } else {
            unsafe encoder.encode(
                places, rows: count,
                into: (column + 2 * row).assumingMemoryBound(to: UInt16.self), misses: &misses)
        }
        for index in 0..<misses.count {
            let missed = misses[index]
            let (text, isMark) = bareText(piece, source, slot: attribute, row: first + missed)
            let code = encoder.slowCode(text.span)
            if code >= 0 {
                block.set(code, column: attribute, row: row + missed)
            } else if faults[missed] == nil {
                faults[missed] = refusal(
                    encoder.codec, attribute, text, isMark: isMark, piece,
                    line: line(piece, source, row: first + missed))
            }
        }
    }
}

extension PieceDecoder {
    /// Where a column's fields lie, from a record on; valid until the next piece.
    @inline(__always)
    @unsafe
    private func places(
        _ piece: borrowing TextPiece, _ source: Source, slot: Int, from first: Int
    ) -> FieldPlaces {
        let text = unsafe UnsafePointer(piece.buffer.base)
        switch source {
        case .index(let columns, let slotColumns):
            let column = slotColumns[slot]
            // In bounds: position -1 is the byte before the text.
            let ends = unsafe piece.index.ends + first * columns + column
            if column == 0, piece.index.hasCutReturns {
                return unsafe FieldPlaces(
                    text: text, starts: piece.index.recordStarts + first, startStride: 1,
                    ends: ends,
                    endStride: columns)
            }
            return unsafe FieldPlaces(
                text: text, starts: ends - 1, startStride: columns, ends: ends,
                endStride: columns)
        case .bounds:
            let slots = plan.slotNames.count
            let place = unsafe bounds.base + (first * slots + slot) * 2
            return unsafe FieldPlaces(
                text: text, starts: UnsafePointer(place), startStride: 2 * slots,
                ends: UnsafePointer(place + 1), endStride: 2 * slots)
        }
    }

    /// Bounds of one field.
    private func range(
        _ piece: borrowing TextPiece, _ source: Source, slot: Int, row: Int
    ) -> (start: Int, end: Int) {
        unsafe places(piece, source, slot: slot, from: row).bounds(0)
    }

    /// A field without quotes and escapes, and whether it is a mark for a value without a text.
    private func bareText(
        _ piece: borrowing TextPiece, _ source: Source, slot: Int, row: Int
    ) -> (text: [UInt8], isMark: Bool) {
        let range = range(piece, source, slot: slot, row: row)
        let text = piece.buffer.array(from: range.start, to: range.end)
        if range.start < TextBuffer.lead { return (text, true) }
        guard case .index = source, text.count >= 2, text[0] == plan.format.quote else {
            return (text, false)
        }
        var bare: [UInt8] = []
        CSVScanner.unescape(
            text.span, from: 1, to: text.count - 1, quote: plan.format.quote, into: &bare)
        return (bare, false)
    }

    /// Physical line on which a record begins.
    private func line(_ piece: borrowing TextPiece, _ source: Source, row: Int) -> Int {
        switch source {
        case .bounds: return piece.batch.lines[row]
        case .index:
            let start = recordStart(piece, source, row)
            return piece.line + piece.buffer.feeds(from: TextBuffer.lead, to: start)
        }
    }

    private func recordStart(_ piece: borrowing TextPiece, _ source: Source, _ row: Int) -> Int {
        switch source {
        case .bounds: return piece.batch.starts[row]
        case .index(let columns, _):
            return unsafe piece.index.hasCutReturns
                ? Int(piece.index.recordStarts[row]) + 1
                : Int(piece.index.ends[row * columns - 1]) + 1
        }
    }

    /// Reads the values of an open column; damaged text makes a bad record, as in other columns.
    private mutating func readOpen(
        _ column: Int, _ piece: borrowing TextPiece, _ source: Source, from first: Int, count: Int
    ) {
        open[column].removeAll()
        let domain = plan.open[column]
        for row in 0..<count {
            let (text, isMark) = bareText(
                piece, source, slot: plan.codecs.count + column, row: first + row)
            guard !isMark else {
                let mark = text.first
                guard mark != TextBuffer.absentByte else {
                    open[column].append(.missing, text: [])
                    continue
                }
                let word = Array((mark == TextBuffer.trueByte ? "true" : "false").utf8)
                open[column].append(domain.value(of: word.span), text: word)
                continue
            }
            let value = domain.value(of: text.span)
            open[column].append(value, text: text)
            guard value == .text || value == .other, faults[row] == nil,
                !UTF8Validity.isCleanText(text.span, from: 0, to: text.count)
            else { continue }
            faults[row] = TableError(
                .badRecord, file: piece.name, line: line(piece, source, row: first + row),
                column: plan.openNames[column],
                detail:
                    "found a NUL byte or invalid UTF-8, expected text; correct the record, or set "
                    + "source.quarantine in the release to let it pass")
        }
    }

    /// Refuses records without a unit key.
    private mutating func checkUnits(
        _ piece: borrowing TextPiece, _ source: Source, from first: Int, count: Int
    ) {
        for row in 0..<count where faults[row] == nil {
            let range = range(piece, source, slot: plan.unitSlot, row: first + row)
            if range.start >= TextBuffer.lead, range.end > range.start {
                let byte = unsafe piece.buffer.base[range.start]
                guard plan.unitMissing.mayBegin(byte) || byte == plan.format.quote else {
                    continue
                }
                let (text, _) = bareText(
                    piece, source, slot: plan.unitSlot, row: first + row)
                if !text.isEmpty, !plan.unitMissing.contains(text.span, from: 0, to: text.count) {
                    continue
                }
            }
            faults[row] = TableError(
                .badRecord, file: piece.name, line: line(piece, source, row: first + row),
                column: plan.unitColumn,
                detail: "found no unit key, expected one in every record; fill it in")
        }
    }

    /// Puts bad records aside, in their order.
    private func settleFaults(
        _ piece: borrowing TextPiece, _ source: Source, from first: Int
    ) throws(TableError) {
        guard !faults.isEmpty else { return }
        for row in faults.keys.sorted() {
            guard let fault = faults[row] else { continue }
            let start = recordStart(piece, source, first + row)
            let end = recordStart(piece, source, first + row + 1)
            try aside.setAside(piece.buffer.array(from: start, to: end), fault)
        }
    }

    /// Counts the good records in, after closing the gaps that bad ones left.
    private mutating func append(
        _ piece: borrowing TextPiece, _ source: Source, from first: Int, count: Int,
        to block: inout CodeBlock
    ) {
        let begin = block.rowCount
        if block.open.count < open.count { block.open = open.map { _ in OpenColumn() } }
        for column in open.indices {
            block.open[column].append(open[column]) { faults.isEmpty || faults[$0] == nil }
        }
        guard plan.unitSlot >= 0 || !faults.isEmpty else {
            block.rowCount += count
            return
        }
        for row in 0..<count where faults.isEmpty || faults[row] == nil {
            if block.rowCount < begin + row { block.move(row: begin + row, to: block.rowCount) }
            if plan.unitSlot >= 0 { appendUnit(piece, source, row: first + row, to: &block) }
            block.rowCount += 1
        }
        faults.removeAll(keepingCapacity: true)
    }

    private func appendUnit(
        _ piece: borrowing TextPiece, _ source: Source, row: Int, to block: inout CodeBlock
    ) {
        let range = range(piece, source, slot: plan.unitSlot, row: row)
        let count = range.end - range.start
        // In bounds: the field lies in the buffer.
        let bytes = unsafe UnsafeBufferPointer(start: piece.buffer.base + range.start, count: count)
        if case .index = source, count >= 2, unsafe bytes[0] == plan.format.quote {
            let span = unsafe Span(_unsafeElements: bytes)
            CSVScanner.unescape(
                span, from: 1, to: count - 1, quote: plan.format.quote, into: &block.unitKeys)
        } else {
            unsafe block.unitKeys.append(contentsOf: bytes)
        }
        block.unitEnds.append(block.unitKeys.count)
    }

    /// Says why a field was refused, without quoting it.
    private func refusal(
        _ codec: ColumnCodec, _ attribute: Int, _ text: [UInt8], isMark: Bool,
        _ piece: borrowing TextPiece, line: Int
    ) -> TableError {
        var found = codec.kindFound(text.span)
        if isMark { found = text.first == TextBuffer.absentByte ? "a missing value" : "a boolean" }
        return TableError(
            .badRecord, file: piece.name, line: line, column: plan.attributeNames[attribute],
            detail: "found \(found), expected \(codec.expectation); correct the record, or set "
                + "\"outside\" in the schema or source.quarantine in the release to let it pass")
    }
}
