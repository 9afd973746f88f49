// SPDX-License-Identifier: Apache-2.0

/// Writes synthetic records as CSV or JSON Lines.
///
/// The columns are the schema's fields in its order, without identifiers that have no pattern. CSV
/// has LF line ends and quotes where RFC 4180 asks for them; in JSON numbers stand bare, booleans
/// are `true` and `false`, and a missing value is `null`. The same input gives the same bytes.
public struct TableWriter: Sendable {
    /// How the bins of a column become text.
    private enum Style: UInt8 {
        case number, moment, dressed, identifier, derived
    }

    /// What the loop over records must know of a column.
    private struct Column: Sendable {
        var style: Style
        /// Attribute index of a measured column.
        var attribute: Int
        /// Index of the column's first cell in `cells`.
        var firstCell: Int
        var cellCount: Int
        var decimals: Int
        /// Whether bins are put in double quotes.
        var isQuoted: Bool
        /// Whether an identifier is the same in all records of a unit.
        var isOfUnit = false
        /// Bounds of the text before each field in `texts`.
        var prefix: Range<Int>
        /// The most bytes that a field can take, its prefix included.
        var maximumLength: Int
    }

    /// What is written for a cell: a text, or a value of its bin.
    private struct Cell: Sendable {
        /// Bounds in `texts`, the text before the field included; empty bounds before 0 mark a bin.
        var start: Int32
        var end: Int32
        /// Positions of the cell.
        var positions: Int32
        /// First value of a bin without special values and with a step of 1, or else `Int64.min`.
        var base: Int64
    }

    /// How the table is written.
    public let format: TableFormat
    /// Names of the columns that are written, in order.
    public let columnNames: [String]
    /// The first bytes of the file: the CSV header, or nothing.
    public let header: [UInt8]

    private let columns: [Column]
    private let cells: [Cell]
    private let texts: [UInt8]
    private let codecs: [ColumnCodec]
    private let numberings: [IdentifierNumbering?]
    private let sums: [DerivedField?]
    /// Whether a column's type is a number, so that its texts may stand bare in JSON.
    private let isNumeric: [Bool]
    /// Whether identifiers need neither quotes nor escapes inside.
    private let isPlain: [Bool]
    private let maximumLength: Int

    /// Prepares to write.
    ///
    /// - Parameters:
    ///   - format: How the table is written.
    ///   - schema: Its columns.
    ///   - seed: Chooses the order of invented identifiers.
    ///   - unitColumn: The identifier of the privacy unit, if it has one; like those that are declared to be
    ///     the same in all records of a unit it follows the numbers of units.
    public init(
        format: TableFormat, schema: Schema, seed: UInt64, unitColumn: String? = nil
    ) {
        self.format = format
        let fields = schema.fields.filter(\.isReleased)
        let isAlone = fields.count == 1
        isNumeric = fields.map { $0.type == .integer || $0.type == .number }
        columnNames = fields.map(\.name)
        codecs = schema.codecs
        var texts: [UInt8] = []
        var cells: [Cell] = []
        var columns: [Column] = []
        for (index, field) in fields.enumerated() {
            let prefix = Self.prefix(field.name, isFirst: index == 0, format: format)
            var column = Column(
                style: .identifier, attribute: -1, firstCell: cells.count, cellCount: 0,
                decimals: 0, isQuoted: false, prefix: texts.count..<(texts.count + prefix.count),
                maximumLength: prefix.count)
            texts += prefix
            if let codec = field.codec {
                column.attribute = schema.attribute(named: field.name) ?? 0
                column.cellCount = codec.cellCount
                Self.style(&column, codec, format: format)
                for code in 0..<codec.cellCount {
                    let cell = Self.cell(
                        code, codec, prefix: prefix, format: format, isAlone: isAlone,
                        texts: &texts)
                    column.maximumLength = max(
                        column.maximumLength, Int(cell.end - cell.start))
                    cells.append(cell)
                }
            } else if let pattern = field.pattern {
                column.maximumLength += pattern.maximumLength * 2 + 2
                column.isOfUnit = field.name == unitColumn || field.unit.isConstant
            } else if field.derived != nil {
                column.style = .derived
                column.maximumLength += DerivedField.maximumLength(field, format: format)
            }
            columns.append(column)
        }
        let seeds = fields.indices.map { IndexPermutation.mixed(seed &+ UInt64($0)) }
        sums = fields.map { DerivedField($0, schema: schema, format: format) }
        numberings = fields.enumerated().map { $1.pattern?.numbering(seed: seeds[$0]) }
        isPlain = fields.map { $0.pattern.map { FieldText.isPlain($0, in: format) } ?? false }
        self.texts = texts
        self.cells = cells
        self.columns = columns
        // A closing brace and a line feed.
        maximumLength = columns.reduce(2) { $0 + $1.maximumLength }
        var header: [UInt8] = []
        if format.kind == .csv, format.header {
            for (index, name) in columnNames.enumerated() {
                if index > 0 { header.append(format.delimiter) }
                FieldText.appendCSV(
                    Array(name.utf8), format: format, isAlone: isAlone, to: &header)
            }
            header.append(0x0A)
        }
        self.header = header
    }

    private static func prefix(
        _ name: String, isFirst: Bool, format: TableFormat
    ) -> [UInt8] {
        guard format.kind == .jsonl else { return isFirst ? [] : [format.delimiter] }
        var prefix = [isFirst ? UInt8(ascii: "{") : UInt8(ascii: ",")]
        JSONValue.writeString(Array(name.utf8), to: &prefix)
        prefix.append(UInt8(ascii: ":"))
        return prefix
    }

    private static func style(
        _ column: inout Column, _ codec: ColumnCodec, format: TableFormat
    ) {
        column.style = .number
        if case .decimal(let decimals) = codec.kind { column.decimals = decimals }
        if case .moment = codec.kind {
            column.style = .moment
            column.isQuoted = format.kind == .jsonl
        }
        if codec.grid != nil, !codec.isPlain(in: format) { column.style = .dressed }
        if codec.grid != nil {
            column.maximumLength += codec.maximumGridLength * (column.style == .dressed ? 6 : 1) + 2
        }
    }

    private static func cell(
        _ code: Int, _ codec: ColumnCodec, prefix: [UInt8], format: TableFormat, isAlone: Bool,
        texts: inout [UInt8]
    ) -> Cell {
        guard let grid = codec.grid, code < codec.valueCount else {
            let start = texts.count
            // What comes before it is copied with it.
            texts += prefix
            texts += codec.fieldText(code, format: format, isAlone: isAlone)
            return Cell(
                start: Int32(start), end: Int32(texts.count), positions: 1, base: .min)
        }
        let positions = grid.positions(inBin: code)
        let isWhole = Int64(positions) == grid.ends[code] - grid.starts[code] + 1
        return Cell(
            start: -1, end: -1, positions: Int32(positions),
            base: isWhole ? grid.starts[code] : .min)
    }

    /// Appends records.
    ///
    /// - Parameters:
    ///   - codes: Codes of all measured columns, column-major: `codes[attribute * rowCount + row]`.
    ///   - positions: For each code the position in its cell, in the same order.
    ///   - rowCount: How many records there are.
    ///   - firstRow: Number of the first record in the whole table; identifiers follow from it.
    ///   - units: The number of each record's unit; empty where each record is a unit.
    ///   - output: Where the bytes are appended. Linear in the records.
    public func append(
        codes: [UInt16], positions: [Int32], rowCount: Int, firstRow: UInt64,
        units: [UInt64] = [], to output: inout [UInt8]
    ) {
        precondition(codes.count == codecs.count * rowCount && positions.count == codes.count)
        precondition(units.isEmpty || units.count == rowCount)
        // Room is made for some records at a time, each at its longest; the rest is given back at the end.
        let step = max(1, (256 << 10) / maximumLength)
        var row = 0
        var index = output.count
        while row < rowCount {
            let end = min(rowCount, row + step)
            let missing = index + (end - row) * maximumLength - output.count
            if missing > 0 { output.append(contentsOf: [UInt8](repeating: 0, count: missing)) }
            write(
                row..<end, codes, positions, rowCount: rowCount, firstRow: firstRow, units: units,
                into: &output, at: &index)
            row = end
        }
        output.removeLast(output.count - index)
    }

    private func write(
        _ rows: Range<Int>, _ codes: [UInt16], _ positions: [Int32], rowCount: Int,
        firstRow: UInt64, units: [UInt64], into output: inout [UInt8], at index: inout Int
    ) {
        var span = output.mutableSpan
        let texts = self.texts.span
        let cells = self.cells.span
        let columns = self.columns.span
        let codes = codes.span
        let positions = positions.span
        let isObject = format.kind == .jsonl
        for row in rows {
            for place in columns.indices {
                let column = columns[place]
                guard column.style != .derived else {
                    Self.copy(
                        texts, column.prefix.lowerBound, column.prefix.upperBound, &span, &index)
                    sums[place]?.write(into: &span, at: &index) { attribute in
                        let item = attribute * rowCount + row
                        return codecs[attribute].number(Int(codes[item]), at: Int(positions[item]))
                    }
                    continue
                }
                guard column.style != .identifier else {
                    Self.copy(
                        texts, column.prefix.lowerBound, column.prefix.upperBound, &span, &index)
                    let number =
                        column.isOfUnit && !units.isEmpty ? units[row] : firstRow + UInt64(row)
                    writeIdentifier(place, number, into: &span, at: &index)
                    continue
                }
                let item = column.attribute * rowCount + row
                let code = Int(codes[item])
                precondition(code < column.cellCount)
                let cell = cells[column.firstCell + code]
                guard cell.start < 0 else {
                    Self.copy(texts, Int(cell.start), Int(cell.end), &span, &index)
                    continue
                }
                Self.copy(texts, column.prefix.lowerBound, column.prefix.upperBound, &span, &index)
                let position = positions[item]
                precondition(position >= 0 && position < cell.positions)
                let value =
                    cell.base > .min
                    ? cell.base + Int64(position)
                    : value(column.attribute, code, at: Int(position))
                if column.style == .number {
                    FixedPoint.write(value, decimals: column.decimals, into: &span, at: &index)
                } else {
                    writeMoment(value, column, into: &span, at: &index)
                }
            }
            if isObject {
                span[index] = UInt8(ascii: "}")
                index += 1
            }
            span[index] = 0x0A
            index += 1
        }
    }

    @inline(__always)
    private static func copy(
        _ texts: borrowing Span<UInt8>, _ start: Int, _ end: Int,
        _ output: inout MutableSpan<UInt8>, _ index: inout Int
    ) {
        var from = start
        while from < end {
            output[index] = texts[from]
            index += 1
            from += 1
        }
    }

    @inline(__always)
    private static func put(
        _ byte: UInt8, _ output: inout MutableSpan<UInt8>, _ index: inout Int
    ) {
        output[index] = byte
        index += 1
    }

    @inline(never)
    private func value(_ attribute: Int, _ code: Int, at position: Int) -> Int64 {
        codecs[attribute].grid?.value(inBin: code, at: position) ?? 0
    }

    private func writeMoment(
        _ value: Int64, _ column: Column, into output: inout MutableSpan<UInt8>,
        at index: inout Int
    ) {
        guard column.style == .moment else {
            writeDressed(value, column, into: &output, at: &index)
            return
        }
        if column.isQuoted {
            output[index] = UInt8(ascii: "\"")
            index += 1
        }
        if case .moment(let time) = codecs[column.attribute].kind {
            time.write(value, into: &output, at: &index)
        }
        if column.isQuoted {
            output[index] = UInt8(ascii: "\"")
            index += 1
        }
    }

    /// Writes a value whose text may hold delimiters, quotes or characters to escape.
    private func writeDressed(
        _ value: Int64, _ column: Column, into output: inout MutableSpan<UInt8>,
        at index: inout Int
    ) {
        let text = Array(codecs[column.attribute].gridText(value).utf8)
        var dressed: [UInt8] = []
        if format.kind == .csv {
            FieldText.appendCSV(text, format: format, isAlone: false, to: &dressed)
        } else {
            JSONValue.writeString(text, to: &dressed)
        }
        Self.copy(dressed.span, 0, dressed.count, &output, &index)
    }

    private func writeIdentifier(
        _ place: Int, _ number: UInt64, into output: inout MutableSpan<UInt8>,
        at index: inout Int
    ) {
        if isPlain[place], format.kind == .csv || !isNumeric[place] {
            let quotes = format.kind == .jsonl
            if quotes { Self.put(UInt8(ascii: "\""), &output, &index) }
            numberings[place]?.write(number, into: &output, at: &index)
            if quotes { Self.put(UInt8(ascii: "\""), &output, &index) }
            return
        }
        var text: [UInt8] = []
        numberings[place]?.append(index: number, to: &text)
        var dressed: [UInt8] = []
        if format.kind == .csv {
            FieldText.appendCSV(text, format: format, isAlone: false, to: &dressed)
        } else if isNumeric[place], FieldText.isJSONNumber(text) {
            dressed = text
        } else {
            JSONValue.writeString(text, to: &dressed)
        }
        Self.copy(dressed.span, 0, dressed.count, &output, &index)
    }
}
