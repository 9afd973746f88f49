// SPDX-License-Identifier: Apache-2.0

import Curation
import GraphicalModels
import Privacy
import Testing

@testable import Synthesis

/// Noise of known standard deviation, the same in each run of the tests.
private func noise(_ count: Int, sigma: Double, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed, stream: 0)
    return (0..<count).map { _ in
        // Twelve uniform numbers have variance 1.
        sigma * ((0..<12).reduce(-6) { sum, _ in sum + generator.unit() })
    }
}

@Suite("Estimates of columns")
struct ColumnDensitiesTests {
    @Test("average neighbours where noise explains their differences, and keep steps and peaks")
    func shrinkage() {
        let sigma = 30.0
        // A plain, a step, and a peak of one cell.
        let truth = (0..<90).map { cell in
            (cell < 40 ? 200.0 : 900.0) + (cell == 60 ? 3000 : 0)
        }
        let noisy = zip(truth, noise(90, sigma: sigma, seed: 1)).map { $0 + $1 }
        let found = HaarShrinkage.denoised(noisy[...], sigma: sigma)
        func error(_ values: [Double]) -> Double {
            zip(values, truth).reduce(0) { $0 + abs($1.0 - $1.1) }
        }
        #expect(error(found) < 0.5 * error(noisy))
        #expect(abs(found[60] - 3900) < 5 * sigma)
        #expect(abs(found[39] - 200) < 5 * sigma && abs(found[40] - 900) < 5 * sigma)
    }

    @Test(
        "change nothing where there is no noise, whatever the number of cells",
        arguments: [1, 2, 3, 24, 37, 128])
    func withoutNoise(count: Int) {
        let values = (0..<count).map { Double(($0 * 7919) % 101) }
        let found = HaarShrinkage.denoised(values[...], sigma: 0)
        for (one, other) in zip(found, values) { #expect(abs(one - other) < 1e-9) }
    }

    @Test("sum to the number of records and are not negative")
    func sums() throws {
        let cells = noise(40, sigma: 20, seed: 2).map { Int64($0.rounded()) + 10 }
        for ordered in [0, 30, 40] {
            let counts = ColumnDensities.counts(
                [try NoisyTotalsTests.marginal(cells, sigma2: 400)], orderedCells: [ordered],
                total: 400)[0]
            #expect(counts.count == 40 && counts.allSatisfy { $0 >= 0 })
            #expect(abs(counts.reduce(0, +) - 400) < 1e-6)
        }
    }

    @Test("light cells of an order are merged with their neighbours, others with each other")
    func merging() throws {
        let cells: [Int64] = [5, 5, 900, 3, 4, 5, 600, 2, 700, 1, 2]
        let noisy = try NoisyTotalsTests.marginal(cells, sigma2: 1)
        // The least bin is 0.8 √(total · pairSigma), or twice pairSigma.
        let merging = Compression(
            [noisy], counts: [cells.map(Double.init)], orderedCells: [8], pairSigma: 5, total: 20)
        #expect(merging.recoding.maps == [[0, 0, 1, 2, 2, 2, 3, 4, 5, 6, 6]])
        #expect(merging.recoding.sizes == [7])
        #expect(merging.members[0][0].map(\.code) == [0, 1])
        #expect(merging.merged(cells.map(Double.init), of: 0) == [10, 900, 12, 600, 2, 700, 3])
    }
}
