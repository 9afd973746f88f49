// SPDX-License-Identifier: Apache-2.0

import Evaluation
import GraphicalModels
import Testing

@Suite("The area under a noisy curve")
struct RankCurveTests {
    /// The definition, pair by pair.
    private func bruteForce(_ positives: [Int], _ negatives: [Int]) -> Double {
        var wins = 0.0
        for (high, a) in positives.enumerated() {
            for (low, c) in negatives.enumerated() {
                let worth = high > low ? 1.0 : high == low ? 0.5 : 0
                wins += Double(a * c) * worth
            }
        }
        return wins / Double(positives.reduce(0, +) * negatives.reduce(0, +))
    }

    @Test("equals the share of pairs ranked rightly")
    func definition() throws {
        let positives = [3, 10, 40, 7, 60], negatives = [30, 20, 10, 5, 2]
        let curve = RankCurve(
            positives: positives.map(Double.init), negatives: negatives.map(Double.init),
            positiveVariance: 0, negativeVariance: 0)
        let area = try #require(curve.area())
        #expect(abs(area.value - bruteForce(positives, negatives)) < 1e-12)
        #expect(area.lower < area.value && area.value < area.upper)
    }

    @Test("is one half for equal histograms and one for separated ones")
    func extremes() throws {
        let equal = RankCurve(
            positives: [50, 50, 50], negatives: [20, 20, 20], positiveVariance: 0,
            negativeVariance: 0)
        #expect(abs(try #require(equal.area()).value - 0.5) < 1e-12)
        let apart = RankCurve(
            positives: [0, 0, 50], negatives: [50, 0, 0], positiveVariance: 0, negativeVariance: 0)
        #expect(try #require(apart.area()).value == 1)
    }

    @Test("is not assessed where noise could have made the totals")
    func hidden() {
        let faint = RankCurve(
            positives: [30, 30], negatives: [500, 500], positiveVariance: 900, negativeVariance: 900
        )
        #expect(faint.area() == nil)
        let empty = RankCurve(
            positives: [0], negatives: [0], positiveVariance: 0, negativeVariance: 0)
        #expect(empty.area() == nil)
        let negative = RankCurve(
            positives: [-40, 10], negatives: [500, 500], positiveVariance: 1, negativeVariance: 1)
        #expect(negative.area() == nil)
    }

    /// False alarm: 400 intervals of 99% miss more than 20 times with probability below 1e-8
    /// (binomial tail).
    @Test("has a 99% interval that covers the truth under noise and sampling")
    func coverage() throws {
        var generator = SeededGenerator(seed: 11, stream: 0)
        let shape = [0.05, 0.15, 0.3, 0.3, 0.2], other = [0.25, 0.3, 0.25, 0.15, 0.05]
        func draw(_ shape: [Double], _ count: Int) -> [Double] {
            var bins = [Double](repeating: 0, count: shape.count)
            for _ in 0..<count {
                var u = Double.random(in: 0..<1, using: &generator)
                var bin = 0
                while bin < shape.count - 1, u >= shape[bin] {
                    u -= shape[bin]
                    bin += 1
                }
                bins[bin] += 1
            }
            // Noise of variance 100: a sum of 1,200 uniform steps of ±1/2 around 0 has variance 100.
            return bins.map { bin in
                bin
                    + (0..<1200).reduce(0.0) { sum, _ in
                        sum + Double.random(in: -0.5..<0.5, using: &generator)
                    }
            }
        }
        var truth = 0.0
        for (high, a) in shape.enumerated() {
            for (low, c) in other.enumerated() {
                truth += a * c * (high > low ? 1 : high == low ? 0.5 : 0)
            }
        }
        var misses = 0
        for _ in 0..<400 {
            let curve = RankCurve(
                positives: draw(shape, 800), negatives: draw(other, 1500), positiveVariance: 100,
                negativeVariance: 100)
            let area = try #require(curve.area())
            if truth < area.lower || truth > area.upper { misses += 1 }
        }
        #expect(misses <= 20)
    }
}

@Suite("Score bins")
struct ScoreBinsTests {
    @Test("are distinct, ascending and about equally full")
    func quantiles() {
        let scores = (0..<1000).map { Int64($0 * 7 % 1000) }
        let thresholds = ScoreBins.thresholds(scores, bins: 10)
        #expect(thresholds == [100, 200, 300, 400, 500, 600, 700, 800, 900])
        #expect(ScoreBins.histogram(scores, thresholds: thresholds).allSatisfy { $0 == 100 })
    }

    @Test("collapse to one bin when every score is equal")
    func constant() {
        #expect(ScoreBins.thresholds([5, 5, 5], bins: 8).isEmpty)
        #expect(ScoreBins.thresholds([], bins: 8).isEmpty)
        #expect(ScoreBins.histogram([5, 5, 5], thresholds: []) == [3])
    }

    @Test("keep infinite and missing weights inside the table's range")
    func fixedPoint() {
        #expect(ScoreBins.fixedPoint(.infinity) == 64 * 4096)
        #expect(ScoreBins.fixedPoint(-.infinity) == -64 * 4096)
        #expect(ScoreBins.fixedPoint(1) == 4096)
    }
}
