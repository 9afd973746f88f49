// SPDX-License-Identifier: Apache-2.0

import GraphicalModels

/// Invented records, counted and noised, of a shape that real tables have.
struct Invented {
    let domain: Domain
    let rowCount: Int
    /// Codes, column-major.
    private let codes: [UInt16]

    /// Records in which each attribute follows an earlier one, with noise.
    init(sizes: [Int], rowCount: Int, seed: UInt64) {
        domain = Domain(sizes: sizes)
        self.rowCount = rowCount
        var generator = SeededGenerator(seed: seed, stream: 0)
        var codes = [UInt16](repeating: 0, count: sizes.count * rowCount)
        for (attribute, size) in sizes.enumerated() {
            let leader = attribute == 0 ? 0 : Int(generator.unit() * Double(attribute))
            for row in 0..<rowCount {
                // Skewed, as most attributes are.
                let draw = generator.unit()
                var code = Int(draw * draw * Double(size))
                if attribute > 0, generator.unit() < 0.6 {
                    let led = Double(codes[leader * rowCount + row]) / Double(sizes[leader])
                    code = Int(led * Double(size) + 2 * generator.unit()) % size
                }
                codes[attribute * rowCount + row] = UInt16(code)
            }
        }
        self.codes = codes
    }

    /// A table of counts with noise, roughly normal.
    func measured(_ attributes: [Int], variance: Double, _ generator: inout SeededGenerator)
        -> LinearMeasurement
    {
        let clique = Clique(attributes)
        var counts = [Double](repeating: 0, count: domain.cellCount(of: clique))
        for row in 0..<rowCount {
            let cell = clique.attributes.reduce(0) {
                $0 * domain.sizes[$1] + Int(codes[$1 * rowCount + row])
            }
            counts[cell] += 1
        }
        for cell in counts.indices {
            let noise = (0..<12).reduce(-6) { sum, _ in sum + generator.unit() }
            counts[cell] += variance.squareRoot() * noise
        }
        return LinearMeasurement(clique: clique, values: counts, variance: variance)
    }

    /// Fifteen attributes with the bins of the Adult census table, each alone and in a spanning tree of pairs.
    static func spanningTree() -> (Domain, [LinearMeasurement]) {
        let sizes = [32, 9, 32, 16, 16, 7, 15, 6, 5, 2, 32, 32, 32, 42, 2]
        let table = Invented(sizes: sizes, rowCount: 48_842, seed: 1)
        var generator = SeededGenerator(seed: 2, stream: 0)
        var measurements = sizes.indices.map {
            table.measured([$0], variance: 400, &generator)
        }
        for attribute in 1..<sizes.count {
            let other = Int(generator.unit() * Double(attribute))
            measurements.append(
                table.measured([other, attribute], variance: 2500, &generator))
        }
        return (table.domain, measurements)
    }

    /// Fifteen attributes of twelve cells: every pair inside four overlapping groups, some triples, and each
    /// alone; a tree of 540,000 cells.
    static func wideTree() -> (Domain, [LinearMeasurement]) {
        let table = Invented(
            sizes: [Int](repeating: 12, count: 15), rowCount: 200_000, seed: 3)
        var generator = SeededGenerator(seed: 4, stream: 0)
        var measurements = table.domain.sizes.indices.map {
            table.measured([$0], variance: 400, &generator)
        }
        for group in [Array(0...4), Array(4...8), Array(8...11), Array(11...14)] {
            for first in group {
                for second in group where second > first {
                    measurements.append(
                        table.measured([first, second], variance: 2500, &generator))
                }
            }
            for first in group.dropLast(2).prefix(2) {
                measurements.append(
                    table.measured([first, first + 1, first + 2], variance: 2500, &generator))
            }
        }
        return (table.domain, measurements)
    }
}
