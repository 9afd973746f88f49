// SPDX-License-Identifier: Apache-2.0

/// Which tables are counted so that all wanted tallies follow from them.
///
/// A record costs one increment for each table, so tables are few and small: columns of few cells are
/// fused into super-columns of at most `fusedCells` codes, every pair of super-columns is counted once, and
/// the pairs of columns are its marginals. Other cliques have tables of their own, unless a larger
/// clique contains them.
struct TallyPlan {
    /// Codes of a super-column: the table of two of them (64 KiB) stays in the second-level cache.
    static let fusedCells = 128

    /// A table that is counted.
    struct Table: Equatable {
        /// Attributes, the first one most significant.
        let attributes: [Int]
        /// Indices of the two super-columns, for a table that is counted as a pair of them.
        let pair: (Int, Int)?
        /// Cells that are counted into; more than the product of sizes for a pair, whose second
        /// super-column is padded to a power of two.
        let cells: Int

        static func == (one: Table, other: Table) -> Bool {
            one.attributes == other.attributes && one.cells == other.cells
        }
    }

    /// Cells of each attribute.
    let sizes: [Int]
    /// Attributes of each super-column.
    let groups: [[Int]]
    let tables: [Table]
    /// For each wanted clique the table that it is a marginal of.
    let sources: [Int]

    /// Plans the counting.
    ///
    /// - Parameters:
    ///   - cliques: Attributes of each wanted tally, ascending and distinct.
    ///   - sizes: Cells of each attribute.
    init(cliques: [[Int]], sizes: [Int]) {
        self.sizes = sizes
        let small = Set(
            cliques.filter { $0.count == 2 }.flatMap(\.self).filter { sizes[$0] <= 256 })
        let groups = Self.fused(small.sorted(), sizes: sizes)
        self.groups = groups
        var groupOf: [Int: Int] = [:]
        for (index, group) in groups.enumerated() {
            for column in group { groupOf[column] = index }
        }

        var tables: [Table] = []
        var sources = [Int](repeating: -1, count: cliques.count)
        var pairTables: [[Int]: Int] = [:]
        // Larger cliques first: smaller ones may be marginals of theirs.
        let order = cliques.indices.sorted { cliques[$0].count > cliques[$1].count }
        for index in order {
            let clique = cliques[index]
            if let found = tables.firstIndex(where: { table in
                table.attributes.count <= 8 && clique.allSatisfy(table.attributes.contains)
            }) {
                sources[index] = found
                continue
            }
            if clique.count == 2, let first = groupOf[clique[0]], let second = groupOf[clique[1]],
                first != second
            {
                let key = [min(first, second), max(first, second)]
                if let found = pairTables[key] {
                    sources[index] = found
                    continue
                }
                pairTables[key] = tables.count
                sources[index] = tables.count
                tables.append(Self.pair(key[0], key[1], groups: groups, sizes: sizes))
                continue
            }
            // Two columns of one super-column, one column, or three and more.
            let shared = clique.count == 2 ? groupOf[clique[0]] : nil
            let attributes =
                shared != nil && shared == groupOf[clique[1]] ? shared.map { groups[$0] } : nil
            sources[index] = tables.count
            let own = attributes ?? clique
            tables.append(
                Table(
                    attributes: own, pair: nil, cells: own.reduce(1) { $0 * sizes[$1] }))
        }
        self.tables = tables
        self.sources = sources
    }

    /// Columns in as few groups as first-fit decreasing finds.
    private static func fused(_ columns: [Int], sizes: [Int]) -> [[Int]] {
        var groups: [(columns: [Int], codes: Int)] = []
        for column in columns.sorted(by: { (sizes[$0], $1) > (sizes[$1], $0) }) {
            if let place = groups.firstIndex(where: { $0.codes * sizes[column] <= fusedCells }) {
                groups[place].columns.append(column)
                groups[place].codes *= sizes[column]
            } else {
                groups.append(([column], sizes[column]))
            }
        }
        return groups.map { $0.columns.sorted() }
    }

    private static func pair(
        _ first: Int, _ second: Int, groups: [[Int]], sizes: [Int]
    ) -> Table {
        let codes = [first, second].map { groups[$0].reduce(1) { $0 * sizes[$1] } }
        return Table(
            attributes: groups[first] + groups[second], pair: (first, second),
            cells: codes[0] << shift(codes[1]))
    }

    /// Bits of the largest of some codes.
    static func shift(_ codes: Int) -> Int {
        var bits = 0
        while 1 << bits < codes { bits += 1 }
        return bits
    }

    /// Codes of a super-column.
    func codes(ofGroup group: Int) -> Int { groups[group].reduce(1) { $0 * sizes[$1] } }

    /// The tally of a clique out of the table it is a marginal of.
    ///
    /// - Parameters:
    ///   - clique: The clique.
    ///   - table: Its table.
    ///   - counts: The table's counters.
    /// - Returns: Row-major cells of the clique.
    func marginal(_ clique: [Int], of table: Table, counts: [Int64]) -> [Int64] {
        if table.attributes == clique, table.pair == nil { return counts }
        var tally = [Int64](repeating: 0, count: clique.reduce(1) { $0 * sizes[$1] })
        // What one step in each attribute of the table moves in the clique; 0 for the others.
        var steps = [Int](repeating: 0, count: table.attributes.count)
        var step = 1
        for attribute in clique.reversed() {
            if let place = table.attributes.firstIndex(of: attribute) { steps[place] = step }
            step *= sizes[attribute]
        }
        let padded = table.pair.map { 1 << Self.shift(codes(ofGroup: $0.1)) }
        let width = table.pair.map { codes(ofGroup: $0.1) } ?? 0
        var digits = [Int](repeating: 0, count: steps.count)
        var target = 0
        var index = 0
        let cells = table.attributes.reduce(1) { $0 * sizes[$1] }
        for cell in 0..<cells {
            if let padded {
                index = cell / width * padded + cell % width
            } else {
                index = cell
            }
            tally[target] += counts[index]
            var place = steps.count - 1
            while place >= 0 {
                digits[place] += 1
                target += steps[place]
                if digits[place] < sizes[table.attributes[place]] { break }
                target -= steps[place] * digits[place]
                digits[place] = 0
                place -= 1
            }
        }
        return tally
    }
}
