// SPDX-License-Identifier: Apache-2.0

/// How one clique's new attributes follow from its separator.
struct SamplingStep: Sendable {
    /// Attribute and stride of each separator attribute in the separator's table.
    let context: [(attribute: Int, stride: Int)]
    let contextCount: Int
    /// The new attributes.
    let fresh: [Int]
    /// Cells of a context.
    let width: Int
    /// For each context the probabilities of its cells added up; infinite from its last possible cell on,
    /// so that rounding never leads behind it.
    private let reached: [Double]
    /// For each context and each of `width` equal parts of [0, 1) the first cell that reaches beyond the
    /// part's beginning, so that a draw finds its cell in constant time (Chen and Asau 1974).
    private let guide: [Int32]
    /// For each cell of a context the codes of the new attributes, one after the other.
    let codes: [UInt16]

    /// - Parameters:
    ///   - node: The clique.
    ///   - table: Its marginal.
    ///   - domain: Cells of each attribute.
    init(_ node: JunctionTree.Node, table: [Double], domain: Domain) {
        var context: [(attribute: Int, stride: Int)] = []
        var stride = 1
        for attribute in node.separator.attributes.reversed() {
            context.append((attribute, stride))
            stride *= domain.sizes[attribute]
        }
        self.context = context
        contextCount = stride
        let fresh = node.clique.subtracting(node.separator)
        self.fresh = fresh.attributes
        let starts = Self.cells(of: node.separator, in: node.clique, domain)
        let offsets = Self.cells(of: fresh, in: node.clique, domain)
        width = offsets.count
        precondition(table.count <= Int(Int32.max), "a table has under 2^31 cells")
        var reached: [Double] = []
        var guide: [Int32] = []
        reached.reserveCapacity(table.count)
        guide.reserveCapacity(table.count)
        for start in starts {
            Self.add(offsets.map { table[start + $0] }, to: &reached, &guide)
        }
        self.reached = reached
        self.guide = guide
        codes = Self.codes(fresh, domain)
    }

    /// Appends one context.
    private static func add(
        _ weights: [Double], to reached: inout [Double], _ guide: inout [Int32]
    ) {
        let first = reached.count
        let sum = weights.reduce(0, +)
        let last = weights.lastIndex { $0 > 0 } ?? 0
        var below = 0.0
        for (cell, weight) in weights.enumerated() {
            below += weight
            reached.append(cell >= last ? .infinity : below / sum)
        }
        var cell = 0
        for part in weights.indices {
            let beginning = Double(part) / Double(weights.count)
            while reached[first + cell] <= beginning { cell += 1 }
            guide.append(Int32(cell))
        }
    }

    /// Where each cell of a part of a clique lies in the clique's table, all else at code 0.
    private static func cells(of part: Clique, in clique: Clique, _ domain: Domain) -> [Int] {
        var cells = [0]
        for attribute in part.attributes {
            let stride = clique.attributes.drop { $0 <= attribute }
                .reduce(1) { $0 * domain.sizes[$1] }
            cells = cells.flatMap { cell in
                (0..<domain.sizes[attribute]).map { cell + $0 * stride }
            }
        }
        return cells
    }

    private static func codes(_ fresh: Clique, _ domain: Domain) -> [UInt16] {
        let strides = cells(of: fresh, in: fresh, domain)
        let sizes = fresh.attributes.map { domain.sizes[$0] }
        var codes: [UInt16] = []
        codes.reserveCapacity(strides.count * sizes.count)
        for cell in strides {
            var rest = cell
            var row: [UInt16] = []
            for size in sizes.reversed() {
                row.append(UInt16(rest % size))
                rest /= size
            }
            codes += row.reversed()
        }
        return codes
    }

    /// Writes the cells of a group of rows in ascending order: systematic sampling with one offset
    /// (Madow 1949), so that each cell comes as often as expected, rounded down or up.
    ///
    /// - Parameters:
    ///   - group: The context that the rows share.
    ///   - offset: Uniform on [0, 1).
    ///   - cells: Gets the cells.
    ///   - range: Where, as many as there are rows, at least one.
    /// - Returns: Whether there is more than one cell among them.
    ///   Complexity: O(rows), whatever the context's cells.
    @inline(__always)
    func draw(_ group: Int, offset: Double, into cells: inout [UInt32], _ range: Range<Int>) -> Bool
    {
        let first = group * width
        let rows = range.count
        let start = range.lowerBound
        let count = Double(rows)
        if rows < width / 2 {
            let parts = Double(width)
            for row in 0..<rows {
                let target = (Double(row) + offset) / count
                var cell = Int(guide[first + min(Int(target * parts), width - 1)])
                while reached[first + cell] <= target { cell += 1 }
                cells[start + row] = UInt32(cell)
            }
        } else {
            var row = 0
            for cell in 0..<width {
                let end = reached[first + cell] * count - offset
                let next = end < count ? max(row, Int(end.rounded(.up))) : rows
                while row < next {
                    cells[start + row] = UInt32(cell)
                    row += 1
                }
                if row == rows { break }
            }
        }
        return rows > 1 && cells[start] != cells[start + rows - 1]
    }
}
