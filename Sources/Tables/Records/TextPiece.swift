// SPDX-License-Identifier: Apache-2.0

/// Some whole records of one file on their way to a worker.
struct TextPiece: ~Copyable {
    /// What is known of the records.
    enum Kind {
        /// Whole records, the last one with its line end; quotes are where they should be.
        case text
        /// The scanner has split them already, and stopped for a reason: the text was irregular.
        case batch(ScanOutcome)
    }

    var buffer: TextBuffer
    /// Where the fields of delimited text lie.
    var index = FieldPositions()
    var batch: RecordBatch
    var kind = Kind.text
    /// Offset behind the text.
    var end = TextBuffer.lead
    /// Physical line on which the first record begins.
    var line = 1
    /// The file's name for messages, and the names of its columns.
    var name = ""
    var columnNames: [String] = []
    /// For each column of a CSV file the slot of its fields, or -1.
    var slots: [Int] = []

    /// Makes room for a piece.
    ///
    /// - Parameters:
    ///   - chunkSize: Bytes of text; more only for a record that is longer.
    ///   - slotCount: Columns that are wanted.
    init(chunkSize: Int, slotCount: Int) {
        buffer = TextBuffer(capacity: chunkSize + 1)
        batch = RecordBatch(slotCount: slotCount, capacity: OpenTable.batchRows)
    }
}

extension TextPiece {
    /// Splits the next records of the text into the batch.
    mutating func scan(_ machine: inout CSVScanner, from start: Int) -> ScanOutcome {
        // The batch is taken out, so that text and batch are not one access.
        var taken = RecordBatch(slotCount: 0, capacity: 0)
        swap(&taken, &batch)
        let outcome = buffer.withSpan(to: end) {
            machine.scan($0, from: start, isFinal: true, into: &taken)
        }
        swap(&taken, &batch)
        return outcome
    }

    /// Splits the next records of JSON Lines into the batch.
    mutating func scan(_ machine: inout JSONLinesScanner, from start: Int) -> ScanOutcome {
        var taken = RecordBatch(slotCount: 0, capacity: 0)
        swap(&taken, &batch)
        let outcome = buffer.withSpan(to: end) {
            machine.scan($0, from: start, isFinal: true, into: &taken)
        }
        swap(&taken, &batch)
        return outcome
    }

    /// Decodes the batch's fields with escapes; their texts go behind the piece's text.
    mutating func unescape(format: TableFormat) {
        var next = end
        for place in batch.escaped {
            let from = Int(batch.bounds[place])
            let to = Int(batch.bounds[place + 1])
            var text: [UInt8] = []
            switch format.kind {
            case .csv:
                buffer.withSpan(to: end) {
                    CSVScanner.unescape(
                        $0, from: from, to: to, quote: format.quote, escape: format.escape,
                        into: &text)
                }
            case .jsonl:
                let range = JSONScanner.StringRange(start: from, end: to, hasEscapes: true)
                // The scanner decoded this text before; it cannot fail now.
                buffer.withSpan(to: end) { try? JSONScanner.decode(range, in: $0, into: &text) }
            }
            buffer.reserve(next + text.count - TextBuffer.lead)
            buffer.copy(text[...], to: next)
            batch.bounds[place] = UInt32(truncatingIfNeeded: next)
            next += text.count
            batch.bounds[place + 1] = UInt32(truncatingIfNeeded: next)
        }
    }
}

extension RecordBatch {
    /// Moves all places by a distance, for a buffer in which the text lies elsewhere.
    mutating func shift(by distance: Int) {
        guard distance != 0 else { return }
        let step = UInt32(distance)
        for index in stride(from: 0, to: rowCount * slotCount * 2, by: 2)
        where bounds[index] < Self.marks {
            bounds[index] += step
            bounds[index + 1] += step
        }
        for row in 0...rowCount { starts[row] += distance }
    }
}

extension ScanOutcome {
    /// The outcome with its places moved by a distance.
    func shifted(by distance: Int) -> ScanOutcome {
        guard case .bad(var record) = self else { return self }
        record.start += distance
        record.end += distance
        record.next += distance
        return .bad(record)
    }
}
