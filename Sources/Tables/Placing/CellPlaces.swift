// SPDX-License-Identifier: Apache-2.0

/// Where the values of a column lie inside its cells: a public distribution over the positions of each.
///
/// It follows from the schema: uniform, or after the shape of each bin, the weights of weekdays, and habits
/// of round numbers. Random bits become positions by whole numbers alone, in a few steps without search, and
/// the probability of any range of positions is known exactly, so that a detector can weigh what it finds.
public struct CellPlaces: Sendable {
    private struct Cell {
        var width: Int32
        /// Index of the bin's quantiles, or -1.
        var shape: Int32
        /// Bounds in `rulers`; empty where every position is a tick.
        var firstRuler: Int32
        var lastRuler: Int32
    }

    private var cells: [Cell] = []
    private var quantiles = Quantiles()
    private var rulers: [PlaceRuler] = []
    /// For each ruler the share of it and those before it in its cell, in units of 2⁻¹⁶.
    private var shares: [UInt32] = []

    /// The low bits, which choose among the rulers of a cell.
    private static let shareBits: UInt64 = 16
    private static let shareMask: UInt64 = 1 << shareBits - 1

    /// Prepares to place the values of a column.
    ///
    /// - Parameter codec: The column. Complexity: O(cells).
    public init(codec: ColumnCodec) {
        var known: [Shaped: Int32] = [:]
        for code in 0..<codec.cellCount {
            var cell = Cell(
                width: Int32(codec.positions(in: code)), shape: -1,
                firstRuler: Int32(rulers.count), lastRuler: Int32(rulers.count))
            if cell.width > 1, let grid = codec.grid {
                if code < codec.placing.shapes.count, codec.placing.shapes[code] != .uniform {
                    let shape = codec.placing.shapes[code]
                    let shaped = Shaped(shape: shape, ratio: codec.ratio(ofBin: code))
                    let index =
                        known[shaped]
                        ?? Int32(quantiles.add(shape.quantiles(ratio: shaped.ratio)))
                    known[shaped] = index
                    cell.shape = index
                }
                addRulers(codec.placing, grid.values(ofBin: code))
                cell.lastRuler = Int32(rulers.count)
            }
            cells.append(cell)
        }
    }

    private struct Shaped: Hashable {
        let shape: BinShape
        let ratio: Double?
    }

    private mutating func addRulers(_ placing: Placing, _ bin: BinValues) {
        let days = placing.weekdays.flatMap { PlaceRuler($0, of: bin) }
        let habits = placing.habits.compactMap { habit in
            PlaceRuler(habit, of: bin).map { (ruler: $0, share: UInt32(habit.share)) }
        }
        guard days != nil || !habits.isEmpty else { return }
        var reached: UInt32 = 0
        for habit in habits {
            reached += habit.share
            rulers.append(habit.ruler)
            shares.append(reached)
        }
        rulers.append(days ?? PlaceRuler(of: bin))
        shares.append(1 << UInt32(Self.shareBits))
    }

    /// How many positions a cell has.
    ///
    /// - Parameter code: A cell.
    public func width(of code: Int) -> Int { Int(cells[code].width) }

    /// The position that some bits choose.
    ///
    /// - Parameters:
    ///   - code: A cell.
    ///   - bits: 64 uniform bits.
    /// - Returns: A position of the cell, with the column's distribution.
    public func position(in code: Int, bits: UInt64) -> Int { place(code, bits) }

    /// The positions of a part of the values of a table.
    ///
    /// - Parameters:
    ///   - codes: Cells.
    ///   - start: Index of the first cell of this column.
    ///   - bits: 64 uniform bits for each value of this column.
    ///   - positions: As long as `codes`; gets a position for each value of this column.
    public func place(
        _ codes: [UInt16], from start: Int, bits: [UInt64], into positions: inout [Int32]
    ) {
        precondition(codes.count == positions.count && start + bits.count <= codes.count)
        let codes = codes.span
        let bits = bits.span
        var output = positions.mutableSpan
        for index in bits.indices {
            let position = place(Int(codes[start + index]), bits[index])
            output[start + index] = Int32(truncatingIfNeeded: position)
        }
    }

    @inline(__always)
    private func place(_ code: Int, _ bits: UInt64) -> Int {
        let cell = cells[code]
        guard cell.lastRuler > cell.firstRuler else {
            return Int(quantiles.tick(bits, of: UInt64(cell.width), shape: Int(cell.shape)))
        }
        return placeOnRuler(cell, bits)
    }

    private func placeOnRuler(_ cell: Cell, _ bits: UInt64) -> Int {
        var index = Int(cell.firstRuler)
        let choice = UInt32(bits & Self.shareMask)
        while shares[index] <= choice { index += 1 }
        let tick = quantiles.tick(
            bits & ~Self.shareMask, of: rulers[index].count, shape: Int(cell.shape))
        return rulers[index].position(at: tick)
    }

    /// The probability of a range of positions.
    ///
    /// - Parameters:
    ///   - positions: Positions of the cell.
    ///   - code: The cell.
    /// - Returns: The share of the 2⁶⁴ bits that choose one of them, rounded once.
    public func probability(of positions: ClosedRange<Int>, in code: Int) -> Double {
        let patterns =
            patterns(below: positions.upperBound + 1, code)
            - patterns(below: positions.lowerBound, code)
        return Double(patterns) / 0x1p64
    }

    /// How many of the 2⁶⁴ bit patterns choose a position below one.
    private func patterns(below position: Int, _ code: Int) -> UInt128 {
        let cell = cells[code]
        let shape = Int(cell.shape)
        guard cell.lastRuler > cell.firstRuler else {
            let tick = UInt64(max(0, min(position, Int(cell.width))))
            return quantiles.patterns(below: tick, of: UInt64(cell.width), shape: shape)
        }
        var sum: UInt128 = 0
        var before: UInt32 = 0
        for index in Int(cell.firstRuler)..<Int(cell.lastRuler) {
            let ruler = rulers[index]
            let below = quantiles.patterns(
                below: ruler.ticks(below: position), of: ruler.count, shape: shape)
            // Of the high bits alone, as the low ones chose the ruler.
            let high = (below + UInt128(Self.shareMask)) >> UInt128(Self.shareBits)
            sum += high * UInt128(shares[index] - before)
            before = shares[index]
        }
        return sum
    }
}

extension ColumnCodec {
    /// End over start of a bin of positive numbers that is so wide that its values crowd after a power law
    /// rather than an exponential; nil for others.
    func ratio(ofBin bin: Int) -> Double? {
        guard let grid, case .decimal = kind, grid.starts[bin] > 0,
            grid.ends[bin] / 2 >= grid.starts[bin]
        else { return nil }
        return Double(grid.ends[bin] + 1) / Double(grid.starts[bin])
    }
}
