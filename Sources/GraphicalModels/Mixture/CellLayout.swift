// SPDX-License-Identifier: Apache-2.0

/// Where the cells of each attribute lie when those of all attributes are put side by side.
struct CellLayout: Sendable {
    /// First place of each attribute, and one behind the last.
    let offsets: [Int]
    /// Places rounded up for vectors; those behind the last cell hold 0.
    let width: Int

    init(sizes: [Int]) {
        var offsets = [0]
        for size in sizes { offsets.append(offsets[offsets.count - 1] + size) }
        self.offsets = offsets
        width = (offsets[sizes.count] + 15) / 16 * 16
    }

    var attributes: Range<Int> { 0..<(offsets.count - 1) }

    /// The places of an attribute's cells.
    func range(_ attribute: Int) -> Range<Int> { offsets[attribute]..<offsets[attribute + 1] }

    /// Numbers of each attribute's cells side by side, and zeros behind them.
    func joined(_ values: [[Double]]) -> [Float] {
        let all = values.flatMap { $0 }
        precondition(all.count == offsets[attributes.count], "one number a cell")
        return all.map { Float($0) } + [Float](repeating: 0, count: width - all.count)
    }
}
