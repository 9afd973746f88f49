// SPDX-License-Identifier: Apache-2.0

import GraphicalModels

/// Rows of several models in exact numbers, mixed evenly: how a table is balanced.
///
/// Row r of n belongs to the class into whose part of `0..<n` the number `r · m mod n` falls, with m about
/// 0.618 n and prime to n. Multiples of the golden section are spread evenly, so every block has its share of
/// each class, and as the numbers are all different the whole table has exactly the counts. Inside a block
/// classes are in random order.
public struct Strata: Sendable {
    private let models: [FittedSynthesizer]
    /// Behind the last number of each class.
    private let ends: [Int]
    private let step: Int

    /// How many rows there are.
    public var rowCount: Int { ends.last ?? 0 }

    /// Prepares to mix.
    ///
    /// - Parameter classes: For each class its model and how many rows it gets; more than one row together.
    public init(_ classes: [(model: FittedSynthesizer, count: Int)]) {
        models = classes.map(\.model)
        var ends: [Int] = []
        for (_, count) in classes { ends.append((ends.last ?? 0) + count) }
        self.ends = ends
        let rows = ends.last ?? 0
        precondition(rows >= 1, "a table has a row")
        var step = max(1, Int((Double(rows) * 0.618_033_988_749_894_8).rounded()))
        while Self.divisor(step, rows) != 1 { step += 1 }
        self.step = step
    }

    private static func divisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : divisor(second, first % second)
    }

    /// How many rows of a table each class gets.
    ///
    /// - Parameters:
    ///   - shares: The classes' shares, which sum to 1.
    ///   - rowCount: How many rows the table has.
    /// - Returns: Counts that sum to `rowCount`, each its share rounded down or up; the largest remainders are
    ///   rounded up.
    public static func counts(_ shares: [Double], rowCount: Int) -> [Int] {
        let exact = shares.map { $0 * Double(rowCount) }
        var counts = exact.map { Int($0.rounded(.down)) }
        let order = shares.indices.sorted { one, other in
            let first = exact[one] - exact[one].rounded(.down)
            let second = exact[other] - exact[other].rounded(.down)
            return first != second ? first > second : one < other
        }
        let missing = max(0, rowCount - counts.reduce(0, +))
        for index in order.prefix(missing) { counts[index] += 1 }
        return counts
    }

    /// One block of rows in the original cells.
    ///
    /// - Parameters:
    ///   - block: The block; blocks are independent of each other.
    ///   - first: Number of its first row in the table.
    ///   - count: Rows of the block, those of the table at most.
    ///   - seed: A public seed.
    /// - Returns: Codes in column-major order with stride `count`. Complexity: O(count × attributes).
    public func rows(block: Int, first: Int, count: Int, seed: UInt64) -> [UInt16] {
        var classes = (first..<first + count).map { row in
            let number = Int(
                UInt64(rowCount).dividingFullWidth(
                    UInt64(row).multipliedFullWidth(by: UInt64(step))
                ).remainder)
            return ends.partitioned(above: number)
        }
        var generator = SeededGenerator(seed: seed, stream: 1 << 50 | UInt64(block))
        classes.shuffle(using: &generator)
        var places = [[Int]](repeating: [], count: models.count)
        for (row, index) in classes.enumerated() { places[index].append(row) }
        let width = models[0].densities.count
        var codes = [UInt16](repeating: 0, count: count * width)
        for (index, rows) in places.enumerated() where !rows.isEmpty {
            // Classes with one seed would be drawn with the same random numbers.
            var own = SeededGenerator(seed: seed, stream: 1 << 51 | UInt64(index))
            let drawn = models[index].rows(block: block, count: rows.count, seed: own.next())
            for attribute in 0..<width {
                for (place, row) in rows.enumerated() {
                    codes[attribute * count + row] = drawn[attribute * rows.count + place]
                }
            }
        }
        return codes
    }
}

extension [Int] {
    /// The first index whose number is above another, of ascending ones.
    fileprivate func partitioned(above number: Int) -> Int {
        var low = 0, high = count - 1
        while low < high {
            let middle = (low + high) / 2
            if self[middle] > number { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
