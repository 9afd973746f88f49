// SPDX-License-Identifier: Apache-2.0

/// For each cell of a clique, the cell of a smaller clique that it falls into.
struct CellMap: Sendable {
    let cells: [Int32]
    let targetCount: Int
    var sourceCount: Int { cells.count }

    /// Builds the map.
    ///
    /// Complexity: O(cells of the source).
    init(from source: Clique, to target: Clique, domain: Domain) {
        precondition(target.isSubset(of: source), "a projection drops attributes")
        var strides = [Int](repeating: 0, count: source.attributes.count)
        var stride = 1
        for attribute in target.attributes.reversed() {
            if let position = source.attributes.firstIndex(of: attribute) {
                strides[position] = stride
            }
            stride *= domain.sizes[attribute]
        }
        targetCount = stride
        precondition(domain.cellCount(of: source) <= Int(Int32.max), "a table has under 2^31 cells")
        // Grow the map attribute by attribute: each step repeats it with one more offset.
        var cells: [Int32] = [0]
        for (position, attribute) in source.attributes.enumerated() {
            var grown: [Int32] = []
            grown.reserveCapacity(cells.count * domain.sizes[attribute])
            for base in cells {
                for code in 0..<domain.sizes[attribute] {
                    grown.append(base + Int32(code * strides[position]))
                }
            }
            cells = grown
        }
        self.cells = cells
    }

    /// Whether every cell is its own target.
    var isIdentity: Bool { targetCount == cells.count }

    /// For each target cell, the sum of the entries that fall into it.
    func sums(of values: [Double]) -> [Double] {
        precondition(values.count == cells.count)
        if isIdentity { return values }
        var sums = [Double](repeating: 0, count: targetCount)
        for cell in cells.indices { sums[Int(cells[cell])] += values[cell] }
        return sums
    }

    /// For each target cell, the least of the entries that fall into it.
    func minima(of values: [Double]) -> [Double] {
        precondition(values.count == cells.count)
        var least = [Double](repeating: .infinity, count: targetCount)
        for cell in cells.indices {
            let target = Int(cells[cell])
            if values[cell] < least[target] { least[target] = values[cell] }
        }
        return least
    }

    /// Adds to each entry `factor` times the target's value.
    func spread(_ values: [Double], times factor: Double = 1, onto table: inout [Double]) {
        precondition(table.count == cells.count && values.count == targetCount)
        if isIdentity {
            for cell in table.indices { table[cell] += factor * values[cell] }
        } else {
            for cell in table.indices { table[cell] += factor * values[Int(cells[cell])] }
        }
    }

    /// Multiplies each entry by the target's value.
    func scale(_ table: inout [Double], by values: [Double]) {
        precondition(table.count == cells.count && values.count == targetCount)
        for cell in table.indices { table[cell] *= values[Int(cells[cell])] }
    }
}
