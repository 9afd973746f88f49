// SPDX-License-Identifier: Apache-2.0

public import GraphicalModels

/// Makes invented units out of the rows of a block, so that joins and sums by unit look like those of the real
/// table.
///
/// Rows of a unit agree on the columns that are declared the same for all records of a unit. Post-processing of
/// noisy answers: spends nothing.
public struct UnitGrouping: Sendable {
    /// How many records units have.
    public let shares: UnitShares
    /// The attributes that are the same in all records of a unit.
    public let constant: [Int]
    /// Cells of each attribute.
    private let sizes: [Int]

    /// Which rows a unit has.
    public struct Groups: Sendable, Equatable {
        /// Rows in the order in which they are written: those of a unit one after the other.
        public internal(set) var order: [Int32] = []
        /// Where each unit ends in `order`, ascending.
        public internal(set) var ends: [Int32] = []
        /// Units, as indices into `ends`, whose rows do not agree on the constant attributes; ascending.
        public internal(set) var disagreeing: [Int32] = []
    }

    /// Prepares grouping.
    ///
    /// - Parameters:
    ///   - shares: How many records units have.
    ///   - constant: The attributes that are the same in all records of a unit.
    ///   - sizes: Cells of each attribute.
    public init(shares: UnitShares, constant: [Int], sizes: [Int]) {
        precondition(constant.allSatisfy(sizes.indices.contains))
        self.shares = shares
        self.constant = constant
        self.sizes = sizes
    }

    /// Divides the rows of a block among units.
    ///
    /// Rows are sorted by the cells of the constant attributes. Units, the largest first, take rows of one
    /// combination of cells, which is drawn in proportion to the rows that it has left; those for which no
    /// combination has enough rows left take what remains in that order, so that their rows agree as far as
    /// possible. Then units are put in an order uniform among all.
    ///
    /// - Parameters:
    ///   - codes: Rows, column-major with stride `rowCount`.
    ///   - rowCount: The number of rows.
    ///   - generator: A public generator; equal rows and generator give equal units.
    /// - Returns: The units. Complexity: O(n log n + n · different numbers of records) for n rows.
    public func groups(
        of codes: [UInt16], rowCount: Int, using generator: inout SeededGenerator
    ) -> Groups {
        let (rows, starts) = classes(of: codes, rowCount: rowCount)
        let wanted = shares.sizes(ofUnitsIn: rowCount, using: &generator)
        // Rows of each combination from `next` on are free, up to the start of the next one.
        var next = Array(starts.dropLast())
        var units: [[Int32]] = []
        var homeless: [Int] = []
        var index = 0
        while index < wanted.count {
            let size = wanted[index]
            var count = 0
            while index < wanted.count, wanted[index] == size {
                index += 1
                count += 1
            }
            var weights = PrefixWeights(
                next.indices.map {
                    starts[$0 + 1] - next[$0] >= size ? starts[$0 + 1] - next[$0] : 0
                }
            )
            for _ in 0..<count {
                guard weights.total > 0 else {
                    homeless.append(size)
                    continue
                }
                let draw = generator.next().multipliedFullWidth(by: UInt64(weights.total)).high
                let own = weights.place(of: Int(draw))
                units.append(Array(rows[next[own]..<next[own] + size]))
                next[own] += size
                let left = starts[own + 1] - next[own]
                weights.set(own, to: left >= size ? left : 0)
            }
        }
        let agreeing = units.count
        let rest = next.indices.flatMap { rows[next[$0]..<starts[$0 + 1]] }
        var taken = 0
        homeless.shuffle(using: &generator)
        for size in homeless {
            units.append(Array(rest[taken..<taken + size]))
            taken += size
        }
        var order = Array(units.indices)
        order.shuffle(using: &generator)
        var groups = Groups()
        groups.order.reserveCapacity(rowCount)
        for (place, unit) in order.enumerated() {
            groups.order += units[unit]
            groups.ends.append(Int32(groups.order.count))
            if unit >= agreeing { groups.disagreeing.append(Int32(place)) }
        }
        return groups
    }

    /// Rows sorted by their cells of the constant attributes, and where each combination of cells begins, with
    /// the number of rows at the end.
    private func classes(of codes: [UInt16], rowCount: Int) -> (rows: [Int32], starts: [Int]) {
        precondition(rowCount < 1 << 31)
        var keys = [UInt64](repeating: 0, count: rowCount)
        var range: UInt64 = 1
        for attribute in constant {
            let size = UInt64(sizes[attribute])
            if range > UInt64.max / size {
                // Ranks of the combinations so far take no more values than there are rows.
                let ranks = Dictionary(
                    uniqueKeysWithValues: Set(keys).sorted().enumerated().map {
                        ($1, UInt64($0))
                    })
                keys = keys.map { ranks[$0] ?? 0 }
                range = UInt64(rowCount)
            }
            let column = attribute * rowCount
            for row in keys.indices { keys[row] = keys[row] * size + UInt64(codes[column + row]) }
            range *= size
        }
        let rows = keys.indices.map(Int32.init).sorted { one, other in
            let (first, second) = (keys[Int(one)], keys[Int(other)])
            return first != second ? first < second : one < other
        }
        var starts: [Int] = []
        for place in rows.indices
        where place == 0 || keys[Int(rows[place])] != keys[Int(rows[place - 1])] {
            starts.append(place)
        }
        return (rows, starts + [rowCount])
    }
}

/// Weights from which a place is drawn in proportion: a binary indexed tree (Fenwick 1994).
private struct PrefixWeights {
    private var tree: [Int]
    private var weights: [Int]
    private(set) var total: Int

    init(_ weights: [Int]) {
        self.weights = weights
        tree = [0] + weights
        total = weights.reduce(0, +)
        for index in 1..<max(1, tree.count) {
            let parent = index + (index & -index)
            if parent < tree.count { tree[parent] += tree[index] }
        }
    }

    /// The place whose weights reach past a number below the total.
    func place(of number: Int) -> Int {
        var rest = number
        var place = 0
        var step = 1
        while step * 2 < tree.count { step *= 2 }
        while step > 0 {
            if place + step < tree.count, tree[place + step] <= rest {
                place += step
                rest -= tree[place]
            }
            step /= 2
        }
        return place
    }

    mutating func set(_ place: Int, to weight: Int) {
        let change = weight - weights[place]
        weights[place] = weight
        total += change
        var index = place + 1
        while index < tree.count {
            tree[index] += change
            index += index & -index
        }
    }
}
