// SPDX-License-Identifier: Apache-2.0

/// Draws rows from a Gaussian copula with little variance in each column.
///
/// In a block, correlated normal numbers put the rows in an order for each column, and the column's cells are dealt
/// out along it by systematic sampling with a random offset (Madow 1949): every count is its expectation
/// rounded down or up.
public struct CopulaSampler: Sendable {
    private let model: GaussianCopula
    private var seed: UInt64

    /// Prepares a sampler.
    ///
    /// - Parameters:
    ///   - model: The model; each attribute has at most 65,536 cells.
    ///   - seed: A public seed; equal seeds give equal rows.
    public init(model: GaussianCopula, seed: UInt64) {
        precondition(model.densities.allSatisfy { $0.count <= 1 << 16 }, "a code has sixteen bits")
        self.model = model
        self.seed = seed
    }

    /// The same sampler with another seed.
    ///
    /// - Parameter seed: A public seed.
    /// - Returns: A sampler of the same model. Complexity: O(1).
    public func reseeded(_ seed: UInt64) -> CopulaSampler {
        var sampler = self
        sampler.seed = seed
        return sampler
    }

    /// One block of rows.
    ///
    /// - Parameters:
    ///   - index: The block; blocks are independent of each other.
    ///   - rowCount: Rows of the block, under 2^31.
    /// - Returns: Codes in column-major order with stride `rowCount`; the same for equal seed, index and
    ///   count, whatever thread asks. Complexity: O(rows × (attributes² + attributes · log rows)).
    public func block(_ index: Int, rowCount: Int) -> [UInt16] {
        precondition(rowCount <= Int(Int32.max), "a block has under 2^31 rows")
        var generator = SeededGenerator(seed: seed, stream: UInt64(index))
        let attributes = model.densities.indices
        var rows = [UInt16](repeating: 0, count: rowCount * attributes.count)
        var normals: [[Double]] = []
        for attribute in attributes {
            normals.append(Self.normals(rowCount, &generator))
            let offset = generator.unit()
            guard model.densities[attribute].count > 1, rowCount > 0 else { continue }
            var values = [Double](repeating: 0, count: rowCount)
            for (factor, column) in zip(model.root[attribute], normals) where factor != 0 {
                Numbers.add(factor, column, to: &values)
            }
            deal(
                model.densities[attribute], along: Self.order(values),
                column: attribute * rowCount, offset: offset, in: &rows)
        }
        return rows
    }

    private static func normals(_ count: Int, _ generator: inout SeededGenerator) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(count + 7)
        while values.count < count {
            var lanes = Lanes()
            // Never 0: half a step up.
            for lane in lanes.indices { lanes[lane] = generator.unit() + 0x1p-54 }
            let normals = NormalLaw.quantiles(lanes)
            for lane in normals.indices { values.append(normals[lane]) }
        }
        return Array(values[..<count])
    }

    /// Rows by ascending values.
    ///
    /// The upper bits of a number's pattern, turned so that patterns are in the order of numbers, with the row
    /// behind them: all different, so that any sort gives one order.
    private static func order(_ values: [Double]) -> [Int] {
        let rowBits = 64 - values.count.leadingZeroBitCount
        let mask = (UInt64(1) << UInt64(rowBits)) - 1
        var keys = values.enumerated().map { row, value in
            let bits = value.bitPattern
            let ordered = value < 0 || bits >> 63 == 1 ? ~bits : bits | 1 << 63
            return ordered & ~mask | UInt64(row)
        }
        keys.sort()
        return keys.map { Int($0 & mask) }
    }

    /// Deals cells out to rows in an order.
    private func deal(
        _ density: [Double], along order: [Int], column: Int, offset: Double,
        in rows: inout [UInt16]
    ) {
        let last = density.lastIndex { $0 > 0 } ?? 0
        let count = Double(order.count)
        var cell = 0
        var reached = density[0] * count
        var target = offset
        for row in order {
            while reached <= target, cell < last {
                cell += 1
                reached += density[cell] * count
            }
            rows[column + row] = UInt16(cell)
            target += 1
        }
    }
}
