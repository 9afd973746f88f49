// SPDX-License-Identifier: Apache-2.0

extension ColumnCodec {
    /// Encodes one column of a batch of records.
    ///
    /// - Parameters:
    ///   - bytes: The buffer that the bounds point into.
    ///   - batch: Where the fields lie.
    ///   - slot: The column's slot in the batch.
    ///   - codes: Where the codes are stored.
    ///   - offset: Index in `codes` of the first record's code.
    ///   - refused: Gets the rows whose value the schema refuses, or whose text is damaged.
    func encodeColumn(
        _ bytes: [UInt8], batch: borrowing RecordBatch, slot: Int, into codes: inout [UInt16],
        at offset: Int, refused: inout [Int]
    ) {
        let text = bytes.span
        switch kind {
        case .text, .boolean:
            each(text, batch, slot, &codes, offset, &refused) { text, start, end in
                encodeKey(text, from: start, to: end)
            }
        case .integers:
            each(text, batch, slot, &codes, offset, &refused) { text, start, end in
                encodeInteger(text, from: start, to: end)
            }
        case .decimal(let decimals):
            guard let grid else { return }
            each(text, batch, slot, &codes, offset, &refused) { text, start, end in
                encodeDecimal(text, from: start, to: end, decimals: decimals, grid: grid)
            }
        case .moment(let format):
            guard let grid else { return }
            each(text, batch, slot, &codes, offset, &refused) { text, start, end in
                encodeMoment(text, from: start, to: end, format: format, grid: grid)
            }
        }
    }

    @inline(__always)
    private func each(
        _ text: borrowing Span<UInt8>, _ batch: borrowing RecordBatch, _ slot: Int,
        _ codes: inout [UInt16], _ offset: Int, _ refused: inout [Int],
        encode: (borrowing Span<UInt8>, Int, Int) -> Int
    ) {
        let bounds = batch.bounds.span
        var output = codes.mutableSpan
        var place = slot * 2
        let stride = batch.slotCount * 2
        for row in 0..<batch.rowCount {
            let start = bounds[place]
            let code: Int
            if start < RecordBatch.marks {
                let end = Int(bounds[place + 1])
                code = encode(text, Int(start), end)
                if code == otherCode, isDamaged(text, from: Int(start), to: end) {
                    refused.append(row)
                }
            } else {
                code = codeOfMark(start)
                if code < 0 { refused.append(row) }
            }
            output[offset + row] = UInt16(truncatingIfNeeded: code)
            place += stride
        }
    }

    func codeOfMark(_ mark: UInt32) -> Int {
        mark == RecordBatch.absent ? codeOfAbsent : encode(boolean: mark == RecordBatch.isTrue)
    }

    /// Whether a text that found no cell of its own makes the record bad: it does if it is
    /// refused by the schema, is not UTF-8, or holds a NUL byte.
    @inline(never)
    private func isDamaged(
        _ text: borrowing Span<UInt8>, from start: Int, to end: Int
    ) -> Bool {
        otherCode < 0 || !UTF8Validity.isCleanText(text, from: start, to: end)
    }
}
