// SPDX-License-Identifier: Apache-2.0

/// The values that the cells of a column can be written as.
struct ValueCells: Sendable {
    let codec: ColumnCodec
    /// Whether a cell stands for values: not for missing or other ones.
    let isKnown: [Bool]
    /// Smallest and largest value of each cell; 0 for texts and what is unknown.
    let low: [Int64], high: [Int64]

    /// Whether values are numbers, dates or times.
    var isNumeric: Bool { codec.isOrdered }
    /// Decimals of a value's unit.
    var decimals: Int {
        if case .decimal(let decimals) = codec.kind { return decimals }
        return 0
    }
    /// The step of dates and times; nil for others.
    var step: Granularity? {
        if case .moment(let format) = codec.kind { return format.step }
        return nil
    }

    init(_ codec: ColumnCodec) {
        self.codec = codec
        let cells = 0..<codec.cellCount
        isKnown = cells.map { !codec.isMissing($0) && !codec.isOther($0) }
        low = cells.map { codec.number($0, at: 0) ?? 0 }
        high = cells.map { codec.number($0, at: codec.positions(in: $0) - 1) ?? 0 }
    }

    /// Whether every value of a cell has a position of its own.
    var isWhole: Bool {
        guard let grid = codec.grid else { return true }
        return grid.starts.indices.allSatisfy { grid.ends[$0] - grid.starts[$0] < Int64(Int32.max) }
    }

    /// The position of a value in a cell; nil where the cell cannot be written so.
    func position(of value: Int64, in code: Int) -> Int? {
        guard let grid = codec.grid, code < codec.valueCount else {
            return value == low[code] ? 0 : nil
        }
        return grid.position(of: value, inBin: code)
    }

    /// The nearest value of a cell from a number on, upwards or downwards; the number is within the cell's
    /// bounds.
    func reachable(_ number: Int64, in code: Int, upwards: Bool) -> Int64 {
        var value = number
        // Special values inside a bin are few, and the bounds themselves are reachable.
        while position(of: value, in: code) == nil, low[code] < value, value < high[code] {
            value += upwards ? 1 : -1
        }
        return value
    }
}
