// SPDX-License-Identifier: Apache-2.0

/// Encodes one column of many records in one loop, without an allocation or a `String` a field.
///
/// The quick way knows the texts that a column should have; what it does not know goes, field by
/// field, to the column's `ColumnCodec`, which is the reference: both give the same codes.
struct ColumnEncoder: Sendable {
    /// How the fields lie in the buffer.
    enum Texts: Sendable, Equatable {
        /// As in the file: perhaps in quotes, with inner quotes doubled.
        case quoted(UInt8)
        /// Bare, as the slow scanner leaves them.
        case bare
        /// Bare, and values without a text are marks (`TextBuffer.absent` and so on).
        case json
    }

    private enum Way: Sendable {
        case keys
        case number(decimals: Int, bins: BinFinder)
        case day(bins: BinFinder)
        case moment(TimeFormat, bins: BinFinder)
    }

    let codec: ColumnCodec
    private let way: Way
    /// Texts that are looked up: all of them, or those that stand for no value.
    private let keys: FieldKeys
    /// The quote that numbers and dates may stand in, or 0.
    private let quote: UInt8

    /// Prepares a column.
    ///
    /// - Parameters:
    ///   - codec: The column's codec.
    ///   - texts: How its fields will lie in the buffer.
    init(_ codec: ColumnCodec, texts: Texts) {
        self.codec = codec
        switch (codec.kind, codec.grid) {
        case (.decimal(let decimals), let grid?):
            way = .number(decimals: decimals, bins: BinFinder(grid))
        case (.moment(let format), let grid?):
            way =
                format.elements == TimeFormat.isoDate.elements
                ? .day(bins: BinFinder(grid)) : .moment(format, bins: BinFinder(grid))
        default: way = .keys
        }
        var entries: [(text: [UInt8], code: Int)] = []
        if case .json = texts {
            entries = [
                ([TextBuffer.absentByte], codec.codeOfAbsent),
                ([TextBuffer.trueByte], codec.encode(boolean: true)),
                ([TextBuffer.falseByte], codec.encode(boolean: false)),
            ]
        }
        var known: [[UInt8]] = codec.missing.texts.map { Array($0.utf8) }
        if case .keys = way {
            known = (0..<codec.keys.count).map { codec.keys.key($0) } + known
            known += codec.integers.map { Array(String($0).utf8) }
        }
        let quote: UInt8 = if case .quoted(let byte) = texts { byte } else { 0 }
        self.quote = quote
        for text in known {
            let code = codec.encode(text.span)
            if quote == 0 || text.first != quote { entries.append((text, code)) }
            guard quote != 0 else { continue }
            let doubled = text.flatMap { $0 == quote ? [$0, $0] : [$0] }
            entries.append(([quote] + doubled + [quote], code))
        }
        // A text that the schema refuses is left to the codec, which says so.
        keys = FieldKeys(entries.filter { $0.code >= 0 })
    }

    /// Encodes fields of some records.
    ///
    /// - Parameters:
    ///   - places: Where they lie, in a padded buffer.
    ///   - rows: How many there are.
    ///   - codes: Gets the code of each; what it gets for a miss means nothing.
    ///   - misses: Gets the records that the quick way does not know; emptied before.
    @unsafe
    func encode<Code: FixedWidthInteger & UnsignedInteger>(
        _ places: FieldPlaces, rows: Int, into codes: UnsafeMutablePointer<Code>,
        misses: inout MissList
    ) {
        misses.removeAll()
        switch way {
        case .keys:
            unsafe keys.encode(places, rows: rows, into: codes, misses: &misses)
        case .number(let decimals, let bins):
            unsafe encodeNumbers(
                places, rows: rows, into: codes, misses: &misses, decimals: decimals, bins: bins)
        case .day(let bins):
            unsafe each(places, rows, codes, &misses) { text, length in
                unsafe bins.code(of: DayWords.parse(text, length: length))
            }
        case .moment(let format, let bins):
            unsafe each(places, rows, codes, &misses) { text, length in
                let bytes = unsafe UnsafeBufferPointer(
                    start: text.assumingMemoryBound(to: UInt8.self), count: length)
                let span = unsafe Span(_unsafeElements: bytes)
                return bins.code(of: format.parse(span, from: 0, to: length))
            }
        }
    }

    @inline(__always)
    @unsafe
    private func encodeNumbers<Code: FixedWidthInteger & UnsignedInteger>(
        _ places: FieldPlaces, rows: Int, into codes: UnsafeMutablePointer<Code>,
        misses: inout MissList, decimals: Int, bins: BinFinder
    ) {
        unsafe FixedPoint.powers.withUnsafeBufferPointer { powers in
            guard let powers = powers.baseAddress else { return }
            let body = { (text: UnsafeRawPointer, length: Int) -> Int32 in
                let value = unsafe FixedPointWords.parse(
                    text, length: length, decimals: decimals, powers: powers)
                return bins.code(of: value)
            }
            if Code.self == UInt8.self, bins.isQuick {
                let bytes = UnsafeMutableRawPointer(codes)
                unsafe bins.encode(
                    places, rows: rows, decimals: decimals,
                    into: bytes.assumingMemoryBound(to: UInt8.self), misses: &misses)
                // In quotes, of another form, without a value, or outside the bins.
                var kept = 0
                for index in 0..<misses.count {
                    let row = misses[index]
                    let code = unsafe code(places, row, body)
                    unsafe codes[row] = Code(truncatingIfNeeded: code)
                    guard code < 0 else { continue }
                    misses.set(row, at: kept)
                    kept += 1
                }
                misses.setCount(kept)
                return
            }
            unsafe each(places, rows, codes, &misses, body)
        }
    }

    /// The loop over a column of numbers or dates; the body gives a code or -1.
    @inline(__always)
    @unsafe
    private func each<Code: FixedWidthInteger & UnsignedInteger>(
        _ places: FieldPlaces, _ rows: Int, _ codes: UnsafeMutablePointer<Code>,
        _ misses: inout MissList, _ body: (UnsafeRawPointer, Int) -> Int32
    ) {
        for row in 0..<rows {
            let code = unsafe code(places, row, body)
            unsafe codes[row] = Code(truncatingIfNeeded: code)
            if code < 0 { misses.append(row) }
        }
    }

    /// The code of one number or date, or -1.
    @inline(__always)
    @unsafe
    private func code(
        _ places: FieldPlaces, _ row: Int, _ body: (UnsafeRawPointer, Int) -> Int32
    ) -> Int32 {
        var (start, end) = unsafe places.bounds(row)
        if quote != 0, end &- start >= 2, unsafe places.text[start] == quote {
            // Whatever follows, digits are what is looked for.
            start &+= 1
            end &-= 1
        }
        // In bounds: a text buffer is padded.
        let code = unsafe body(UnsafeRawPointer(places.text + start), end &- start)
        if code >= 0 { return code }
        (start, end) = unsafe places.bounds(row)
        return unsafe keys.lookup(
            UnsafeRawPointer(places.text + start), length: end &- start)
    }

    /// The code of one field that the quick way does not know.
    ///
    /// - Parameter text: The field, bare.
    /// - Returns: The code, or -1 when the record is bad: the schema refuses the value, or it found
    ///   no cell of its own and has a NUL byte or is not UTF-8.
    func slowCode(_ text: borrowing Span<UInt8>) -> Int {
        let code = codec.encode(text)
        if code < 0 { return -1 }
        if code == codec.otherCode, !UTF8Validity.isCleanText(text, from: 0, to: text.count) {
            return -1
        }
        return code
    }
}
