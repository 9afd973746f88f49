// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GraphicalModels

@Suite("Projection")
struct ProjectionTests {
    /// For each cell its target, one cell at a time.
    private func targets(_ sizes: [Int], _ isKept: [Bool]) -> [Int] {
        (0..<sizes.reduce(1, *)).map { cell in
            var rest = cell
            var target = 0
            var stride = 1
            for (size, isKept) in zip(sizes, isKept).reversed() {
                if isKept {
                    target += rest % size * stride
                    stride *= size
                }
                rest /= size
            }
            return target
        }
    }

    private func expectEqual(_ sizes: [Int], _ isKept: [Bool], workers: Int) {
        let map = targets(sizes, isKept)
        let projection = Projection(sizes: sizes, isKept: isKept)
        let crew = Crew(workers: workers)
        #expect(projection.sourceCount == map.count)
        #expect(projection.targetCount == (map.max() ?? 0) + 1)
        // Whole numbers, whose sums are exact in any order.
        let table = map.indices.map { Double(($0 &* 7919) % 1009) - 400 }
        var sums = [Double](repeating: 0, count: projection.targetCount)
        var tops = [Double](repeating: -.infinity, count: projection.targetCount)
        for (cell, target) in map.enumerated() {
            sums[target] += table[cell]
            tops[target] = max(tops[target], table[cell])
        }
        #expect(projection.reduce(Sum.self, table, crew: crew) == sums)
        #expect(projection.reduce(Maximum.self, table, crew: crew) == tops)
        let values = (0..<projection.targetCount).map { Double($0 % 31) + 1 }
        var spread = table
        projection.spread(Addition.self, values, onto: &spread, crew: crew)
        #expect(spread == map.indices.map { table[$0] + values[map[$0]] })
        spread = table
        projection.spread(Multiplication.self, values, onto: &spread, crew: crew)
        #expect(spread == map.indices.map { table[$0] * values[map[$0]] })
        projection.spread(Assignment.self, values, onto: &spread, crew: crew)
        #expect(spread == map.map { values[$0] })
        spread = table
        projection.spread(Subtraction.self, tops, onto: &spread, crew: crew)
        #expect(spread == map.indices.map { table[$0] - tops[map[$0]] })
    }

    @Test("every way to keep attributes of many shapes agrees with a walk cell by cell")
    func shapes() {
        var generator = SeededGenerator(seed: 41, stream: 0)
        for _ in 0..<300 {
            let count = Int.random(in: 0...5, using: &generator)
            let sizes = (0..<count).map { _ in
                Int.random(in: 1...(count > 3 ? 5 : 12), using: &generator)
            }
            expectEqual(sizes, sizes.map { _ in Bool.random(using: &generator) }, workers: 1)
        }
    }

    @Test("long and narrow blocks agree too")
    func narrow() {
        for width in 1...9 {
            for isKept in [[true, false], [false, true], [true, true], [false, false]] {
                expectEqual([37, width], isKept, workers: 1)
                expectEqual([width, 37], isKept, workers: 1)
                expectEqual([3, 37, width], [false] + isKept, workers: 1)
                expectEqual([3, 37, width], [true] + isKept, workers: 1)
            }
        }
    }

    @Test("tables large enough for several threads agree", arguments: [1, 2, 5])
    func large(workers: Int) {
        let sizes = [7, 64, 10, 32]
        for isKept in [
            [true, false, true, false], [false, true, false, true], [false, false, true, false],
            [true, true, false, true],
        ] {
            expectEqual(sizes, isKept, workers: workers)
        }
    }

    @Test("sums of fractions are the same to the last bit with any number of threads")
    func bits() {
        var generator = SeededGenerator(seed: 42, stream: 0)
        let projection = Projection(sizes: [9, 50, 7, 64], isKept: [false, true, false, true])
        let table = (0..<projection.sourceCount).map { _ in generator.unit() }
        let one = projection.reduce(Sum.self, table, crew: Crew(workers: 1))
        #expect(projection.reduce(Sum.self, table, crew: Crew(workers: 2)) == one)
        #expect(projection.reduce(Sum.self, table, crew: Crew(workers: 7)) == one)
    }
}
