// SPDX-License-Identifier: Apache-2.0

/// What becomes of a value that no cell of the declared domain holds.
enum Outside: String, Sendable {
    /// It goes to a cell of its own.
    case other
    /// It goes to the nearest bin; only values that have an order can.
    case clamp
    /// The record is bad.
    case refuse
}

/// How the texts of one column become cell codes, and codes become texts again.
///
/// Cells are numbered from 0: the declared values or bins in order (a boolean has false, then
/// true), the special values, the missing cell unless the column is required, and the cell of
/// everything else unless `outside` is `clamp` or `refuse`. A text that does not read as the
/// column's type counts as outside the domain; `clamp` cannot place it and refuses it, as it does
/// a missing value of a required column.
///
/// A codec is made from the schema alone: it holds nothing that depends on records.
public struct ColumnCodec: Sendable {
    /// What the cells are made of.
    enum Kind: Sendable, Equatable {
        case text
        case boolean
        case integers
        case decimal(decimals: Int)
        case moment(TimeFormat)
    }

    let kind: Kind
    let type: FieldType
    let outside: Outside
    let isRequired: Bool
    let missing: MissingValues

    /// How many cells hold declared values or bins.
    let valueCount: Int
    /// Code of the missing cell, or -1.
    let missingCode: Int
    /// Code of the cell of everything else, or -1.
    let otherCode: Int

    /// Declared texts with their codes: enum values, or the texts for false and true.
    let keys: ByteKeyTable
    /// Code of the key at each index of `keys`.
    let keyCodes: [UInt16]
    /// The values of an integer enum in the order of their codes.
    let integers: [Int64]
    /// The values of an integer enum ascending, each with its code.
    let sortedIntegers: [(value: Int64, code: UInt16)]
    /// The bins of numbers, dates and times; nil for an enum or a boolean.
    let grid: BinGrid?
    /// Where values lie inside bins.
    var placing = Placing()
    /// What is written for each cell that holds one text only; empty for a bin.
    let atoms: [[UInt8]]
    let labels: [String]

    /// How many cells the column has, 1...65,000.
    public var cellCount: Int { labels.count }

    /// A short public name of a cell for people: "40-44", "F", "2024-01", "missing", "other".
    ///
    /// - Parameter code: A cell, `0..<cellCount`.
    public func label(_ code: Int) -> String { labels[code] }

    /// Whether a cell stands for a missing value.
    ///
    /// - Parameter code: A cell, `0..<cellCount`.
    public func isMissing(_ code: Int) -> Bool { code == missingCode }

    /// Whether a cell stands for everything outside the declared domain.
    ///
    /// - Parameter code: A cell, `0..<cellCount`.
    public func isOther(_ code: Int) -> Bool { code == otherCode }

    /// Whether the value cells have an order: true for numbers, dates and times, binned or
    /// listed; false for strings and booleans.
    public var isOrdered: Bool {
        switch kind {
        case .text, .boolean: false
        case .integers, .decimal, .moment: true
        }
    }

    /// How many of the first cells are bins of neighbouring numbers, dates or times, ascending; 0 for listed
    /// values.
    public var orderedCells: Int { isOrdered && grid != nil ? valueCount : 0 }

    /// The number in the middle of a cell: of a bin its centre, of a special or listed number the
    /// number itself, of false and true 0 and 1, of a date or time the count of the format's
    /// smallest steps (seconds, days, months or years).
    ///
    /// - Parameter code: A cell, `0..<cellCount`.
    /// - Returns: The number, or nil for texts, missing and other.
    public func midpoint(_ code: Int) -> Double? {
        guard code != missingCode, code != otherCode else { return nil }
        switch kind {
        case .text: return nil
        case .boolean: return Double(code)
        case .integers: return Double(integers[code])
        case .decimal, .moment:
            guard let grid else { return nil }
            var unit = 1.0
            if case .decimal(let decimals) = kind { unit = Double(FixedPoint.powers[decimals]) }
            guard code < valueCount else { return Double(grid.specials[code - valueCount]) / unit }
            return (Double(grid.starts[code]) + Double(grid.ends[code])) / 2 / unit
        }
    }
}
