// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

@Suite("Quantiles of a shape")
struct QuantilesTests {
    private static let gains = [
        (0, 0), (1, -1), (64, 64), (-200, 90), (700, -700), (1024, 1024), (-1024, -1024),
        (-1024, 1024),
    ]

    @Test("ascend strictly from 0 to 1, in wide bins too", arguments: gains)
    func ascend(first: Int, second: Int) {
        for ratio: Double? in [nil, 2, 7.8125, 1e6, 1e15] {
            let knots = BinShape(first: first, second: second).quantiles(ratio: ratio)
            #expect(knots.first == 0 && knots.last == 65_536)
            #expect(zip(knots, knots.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test("of a uniform shape are even, whatever the width of the bin")
    func uniform() {
        for ratio: Double? in [nil, 2, 100] {
            let knots = BinShape.uniform.quantiles(ratio: ratio)
            for (index, knot) in knots.enumerated() {
                #expect(abs(Int(knot) - index * 2048) <= 1)
            }
        }
    }

    @Test("follow an exponential: e⁻⁴ over a bin puts its median at 0.17 of it")
    func exponential() {
        let knots = BinShape(first: -128, second: -128).quantiles(ratio: nil)
        // 1 − e^(−4x) is half of 1 − e⁻⁴ at x = 0.16866.
        let median = Double(knots[16]) / 65_536
        #expect(abs(median - 0.16866) < 2e-4)
    }

    @Test("follow a power law in a wide bin: x⁻² from 1 to 8 has its median at 16/9")
    func powerLaw() {
        // Over each half of the logarithm the density falls by the factor 8.
        let gain = Int((-2.0794415 * 64).rounded())
        let knots = BinShape(first: gain, second: gain).quantiles(ratio: 8)
        let median = 1 + 7 * Double(knots[16]) / 65_536
        #expect(abs(median - 16.0 / 9) < 5e-3)
    }

    @Test(
        "the bits below a tick are exactly those that choose a smaller one",
        arguments: [1, 2, 3, 31, 1000, 65_537, 1 << 31 - 1, 1 << 57] as [UInt64])
    func inverse(count: UInt64) {
        var quantiles = Quantiles()
        let shapes =
            [-1]
            + Self.gains.map { quantiles.add(BinShape(first: $0, second: $1).quantiles(ratio: 9)) }
        var random = SeededGenerator(seed: count)
        for shape in shapes {
            #expect(quantiles.patterns(below: 0, of: count, shape: shape) == 0)
            #expect(quantiles.patterns(below: count, of: count, shape: shape) == 1 << 64)
            for _ in 0..<200 {
                let tick = UInt64.random(in: 0..<count, using: &random)
                let below = quantiles.patterns(below: tick, of: count, shape: shape)
                if below < 1 << 64 {
                    #expect(quantiles.tick(UInt64(below), of: count, shape: shape) >= tick)
                }
                if below > 0 {
                    #expect(quantiles.tick(UInt64(below - 1), of: count, shape: shape) < tick)
                }
            }
            #expect(quantiles.tick(.max, of: count, shape: shape) == count - 1)
        }
    }
}
