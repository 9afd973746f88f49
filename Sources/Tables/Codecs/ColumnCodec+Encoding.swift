// SPDX-License-Identifier: Apache-2.0

extension ColumnCodec {
    /// The cell that a text belongs to.
    ///
    /// - Parameter text: The field's bytes, without quotes or escapes.
    /// - Returns: The cell, or -1 when the schema says that such a text is refused. Constant time
    ///   up to the length of the text and the logarithm of the number of bins; allocates nothing.
    public func encode(_ text: borrowing Span<UInt8>) -> Int {
        encode(text, from: 0, to: text.count)
    }

    /// The cell that a part of a buffer belongs to, or -1.
    func encode(_ text: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int {
        switch kind {
        case .text, .boolean: encodeKey(text, from: start, to: end)
        case .integers: encodeInteger(text, from: start, to: end)
        case .decimal(let decimals):
            if let grid {
                encodeDecimal(text, from: start, to: end, decimals: decimals, grid: grid)
            } else {
                otherCode
            }
        case .moment(let format):
            if let grid {
                encodeMoment(text, from: start, to: end, format: format, grid: grid)
            } else {
                otherCode
            }
        }
    }

    /// The cell of an absent value, or -1.
    var codeOfAbsent: Int { missingCode >= 0 ? missingCode : otherCode }

    /// The cell of a value that a format marks as a boolean; the texts of other types decide.
    func encode(boolean value: Bool) -> Int {
        if kind == .boolean { return value ? 1 : 0 }
        let text = Array((value ? "true" : "false").utf8)
        return encode(text.span)
    }

    @inline(__always)
    func encodeKey(_ text: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int {
        let found = keys.find(text, from: start, to: end)
        if found >= 0 { return Int(keyCodes[found]) }
        return missing.contains(text, from: start, to: end) ? codeOfAbsent : otherCode
    }

    @inline(__always)
    func encodeInteger(_ text: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int {
        if missing.contains(text, from: start, to: end) { return codeOfAbsent }
        let number = FixedPoint.parse(text, from: start, to: end, decimals: 0)
        return number.form == .exact ? code(ofListed: number.value) : otherCode
    }

    /// The cell of a whole number by the list of them.
    func code(ofListed number: Int64) -> Int {
        var low = 0
        var count = sortedIntegers.count
        while count > 1 {
            let half = count / 2
            if sortedIntegers[low + half].value <= number { low += half }
            count -= half
        }
        let (value, code) = sortedIntegers[low]
        return value == number ? Int(code) : otherCode
    }

    /// The cell of a number.
    ///
    /// A plain number in a bin needs no look at the missing values: the schema has none inside the
    /// domain.
    @inline(__always)
    func encodeDecimal(
        _ text: borrowing Span<UInt8>, from start: Int, to end: Int, decimals: Int, grid: BinGrid
    ) -> Int {
        let value = FixedPoint.parsePlain(text, from: start, to: end, decimals: decimals)
        let code = grid.tabulatedCode(of: value)
        if code >= 0 { return code }
        return encodeAnyDecimal(text, from: start, to: end, decimals: decimals, grid: grid)
    }

    @inline(never)
    private func encodeAnyDecimal(
        _ text: borrowing Span<UInt8>, from start: Int, to end: Int, decimals: Int, grid: BinGrid
    ) -> Int {
        if missing.contains(text, from: start, to: end) { return codeOfAbsent }
        let number = FixedPoint.parse(text, from: start, to: end, decimals: decimals)
        switch number.form {
        case .exact: return placed(grid.code(of: number.value, isExact: true))
        case .truncated where type != .integer:
            return placed(grid.code(of: number.value, isExact: false))
        default: return otherCode
        }
    }

    @inline(__always)
    func encodeMoment(
        _ text: borrowing Span<UInt8>, from start: Int, to end: Int, format: TimeFormat,
        grid: BinGrid
    ) -> Int {
        let value = format.parse(text, from: start, to: end)
        let code = grid.tabulatedCode(of: value)
        if code >= 0 { return code }
        if missing.contains(text, from: start, to: end) { return codeOfAbsent }
        guard value != TimeFormat.invalid else { return otherCode }
        return placed(grid.code(of: value, isExact: true))
    }

    /// What becomes of a code that the grid found, with its codes for below and above.
    @inline(__always)
    private func placed(_ code: Int) -> Int {
        if code >= 0 { return code }
        guard outside == .clamp else { return otherCode }
        return code == BinGrid.below ? 0 : valueCount - 1
    }
}
