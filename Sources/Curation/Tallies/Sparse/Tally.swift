// SPDX-License-Identifier: Apache-2.0

/// Exact counts of a clique's cells, kept as what takes less memory: every cell's count, or the cells
/// that occur.
///
/// Which of the two it is follows from the counts alone, so equal counts are equal values.
struct Tally: Sendable, Equatable {
    enum Storage: Equatable {
        case dense([Int64])
        case sparse([CellCount])
    }

    private(set) var storage: Storage
    /// Cells of the clique, those that do not occur included.
    let cells: Int

    /// A tally of entries with ascending keys, all below `cells`, and no count of 0.
    init(cells: Int, entries: [CellCount]) {
        self.cells = cells
        guard Self.isDense(entries: entries.count, cells: cells) else {
            storage = .sparse(entries)
            return
        }
        var counts = [Int64](repeating: 0, count: cells)
        for entry in entries { counts[Int(entry.key)] = entry.count }
        storage = .dense(counts)
    }

    /// A tally of counts in row-major order.
    init(_ counts: [Int64]) {
        let entries = Self.entries(of: counts)
        cells = counts.count
        storage =
            Self.isDense(entries: entries.count, cells: cells)
            ? .dense(counts) : .sparse(entries)
    }

    /// An entry takes twice the memory of a count; where both take the same, counts are faster.
    private static func isDense(entries: Int, cells: Int) -> Bool { 2 * entries >= cells }

    /// The cells that occur among counts in row-major order, with ascending keys.
    static func entries(of counts: [Int64]) -> [CellCount] {
        counts.indices.filter { counts[$0] != 0 }.map {
            CellCount(key: UInt64($0), count: counts[$0])
        }
    }

    /// The cells that occur, with ascending keys.
    var entries: [CellCount] {
        switch storage {
        case .dense(let counts): Self.entries(of: counts)
        case .sparse(let entries): entries
        }
    }

    /// Every cell's count, row-major; only for cliques whose cells fit in memory.
    var counts: [Int64] {
        switch storage {
        case .dense(let counts): return counts
        case .sparse(let entries):
            var counts = [Int64](repeating: 0, count: cells)
            for entry in entries { counts[Int(entry.key)] = entry.count }
            return counts
        }
    }

    /// Adds the counts of another tally of the same clique.
    mutating func add(_ other: Tally) {
        precondition(cells == other.cells)
        switch (storage, other.storage) {
        case (.sparse(let one), .sparse(let two)):
            self = Tally(cells: cells, entries: one.merged(with: two))
        case (.dense(var counts), _):
            // Leaves `counts` the only owner, so that it is changed in place.
            storage = .sparse([])
            other.add(to: &counts)
            storage = .dense(counts)
        case (.sparse, .dense(var counts)):
            add(to: &counts)
            storage = .dense(counts)
        }
    }

    private func add(to counts: inout [Int64]) {
        switch storage {
        case .dense(let others):
            for index in counts.indices { counts[index] += others[index] }
        case .sparse(let entries):
            for entry in entries { counts[Int(entry.key)] += entry.count }
        }
    }

    /// The entries of a smaller clique, after merging cells.
    ///
    /// - Parameters:
    ///   - clique: Attributes of the smaller clique, ascending.
    ///   - own: Attributes of this one, ascending; all of the smaller clique are among them.
    ///   - sizes: Cells of each attribute.
    ///   - recoding: Merges cells; nil for none.
    /// - Returns: For each entry of this tally its cell in the smaller clique, in no order.
    func projected(
        to clique: [Int], from own: [Int], sizes: [Int], recoding: Recoding?
    ) -> [CellCount] {
        // What a code of each attribute moves in the smaller clique; 0 for those that are not in it.
        var steps = [UInt64](repeating: 0, count: own.count)
        var step: UInt64 = 1
        for attribute in clique.reversed() {
            if let place = own.firstIndex(of: attribute) { steps[place] = step }
            step *= UInt64((recoding?.sizes ?? sizes)[attribute])
        }
        return entries.map { entry in
            var rest = entry.key
            var key: UInt64 = 0
            for place in own.indices.reversed() {
                let size = UInt64(sizes[own[place]])
                let code = rest % size
                rest /= size
                key += steps[place] * UInt64(recoding?.maps[own[place]][Int(code)] ?? UInt16(code))
            }
            return CellCount(key: key, count: entry.count)
        }
    }
}
