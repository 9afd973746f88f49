// SPDX-License-Identifier: Apache-2.0

extension ColumnCodec {
    /// How many different texts a cell can be written as: the grid values of a bin, and 1 for
    /// every other cell.
    ///
    /// A grid value is a number with exactly the declared decimals, or a date or time in the
    /// declared format. A bin of more than 2^31 - 1 grid values has evenly spaced ones of them.
    ///
    /// - Parameter code: A cell, `0..<cellCount`.
    /// - Returns: At least 1 and at most `Int32.max`.
    public func positions(in code: Int) -> Int {
        guard let grid, code < valueCount else { return 1 }
        return grid.positions(inBin: code)
    }

    /// Appends the text at a position of a cell, without quotes or escapes.
    ///
    /// A missing cell is written as the first of the schema's missing values (the empty text if
    /// it is among them). The cell of everything else is written as the declared `otherValue`,
    /// or as `__other__` for strings, or else as a missing value. Every text except that last
    /// one encodes to the cell it was written for.
    ///
    /// - Parameters:
    ///   - code: A cell, `0..<cellCount`.
    ///   - position: A position in the cell, `0..<positions(in: code)`.
    ///   - output: Where the bytes are appended.
    public func append(code: Int, position: Int, to output: inout [UInt8]) {
        guard let grid, code < valueCount else {
            output.append(contentsOf: atoms[code])
            return
        }
        precondition(position >= 0 && position < grid.positions(inBin: code))
        var index = output.count
        output.append(contentsOf: repeatElement(0, count: maximumGridLength))
        var span = output.mutableSpan
        writeGridValue(grid.value(inBin: code, at: position), into: &span, at: &index)
        output.removeLast(output.count - index)
    }

    /// The position of a text in a cell: the inverse of `append`.
    ///
    /// - Parameters:
    ///   - text: The field's bytes, without quotes or escapes.
    ///   - code: A cell, `0..<cellCount`.
    /// - Returns: The position, or nil when the cell cannot be written as this text. A number is
    ///   compared by value, so `5.0` is found where `5.00` was written.
    public func position(of text: borrowing Span<UInt8>, in code: Int) -> Int? {
        guard let grid, code < valueCount else {
            return matchesAtom(text, code: code) ? 0 : nil
        }
        let value: Int64
        switch kind {
        case .decimal(let decimals):
            let number = FixedPoint.parse(text, from: 0, to: text.count, decimals: decimals)
            guard number.form == .exact else { return nil }
            value = number.value
        case .moment(let format):
            value = format.parse(text, from: 0, to: text.count)
        default: return nil
        }
        return grid.position(of: value, inBin: code)
    }

    private func matchesAtom(_ text: borrowing Span<UInt8>, code: Int) -> Bool {
        if code != otherCode { return encode(text) == code }
        let atom = atoms[code]
        guard atom.count == text.count else { return false }
        for index in atom.indices where atom[index] != text[index] { return false }
        return true
    }

    /// Longest text of a grid value.
    var maximumGridLength: Int {
        if case .moment(let format) = kind { return max(32, format.maximumLength) }
        return 32
    }

    /// Writes a value of the grid; the buffer must have room for `maximumGridLength` bytes.
    @inline(__always)
    func writeGridValue(
        _ value: Int64, into output: inout MutableSpan<UInt8>, at index: inout Int
    ) {
        switch kind {
        case .moment(let format): format.write(value, into: &output, at: &index)
        case .decimal(let decimals):
            FixedPoint.write(value, decimals: decimals, into: &output, at: &index)
        default: FixedPoint.write(value, decimals: 0, into: &output, at: &index)
        }
    }

    /// The text of a grid value, for labels and documents.
    func gridText(_ value: Int64) -> String {
        Self.gridText(value, kind: kind)
    }

    /// The text of a grid value of a kind of cells.
    static func gridText(_ value: Int64, kind: Kind) -> String {
        var bytes: [UInt8]
        var index = 0
        switch kind {
        case .moment(let format):
            bytes = Array(repeating: 0, count: max(32, format.maximumLength))
            var span = bytes.mutableSpan
            format.write(value, into: &span, at: &index)
        case .decimal(let decimals):
            bytes = Array(repeating: 0, count: 32)
            var span = bytes.mutableSpan
            FixedPoint.write(value, decimals: decimals, into: &span, at: &index)
        default: return String(value)
        }
        return String(decoding: bytes[..<index], as: UTF8.self)
    }
}
