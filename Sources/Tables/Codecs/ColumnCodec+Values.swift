// SPDX-License-Identifier: Apache-2.0

extension ColumnCodec {
    /// The number that is written at a position of a cell: in units of the last decimal, or in steps of the
    /// format of a date or time.
    ///
    /// - Parameters:
    ///   - code: A cell, `0..<cellCount`.
    ///   - position: A position in the cell, `0..<positions(in: code)`.
    /// - Returns: The number, or nil for texts, booleans, missing and other.
    public func number(_ code: Int, at position: Int) -> Int64? {
        guard code != missingCode, code != otherCode else { return nil }
        switch kind {
        case .text, .boolean: return nil
        case .integers: return integers[code]
        case .decimal, .moment:
            guard let grid else { return nil }
            return code < valueCount
                ? grid.value(inBin: code, at: position) : grid.specials[code - valueCount]
        }
    }
}
