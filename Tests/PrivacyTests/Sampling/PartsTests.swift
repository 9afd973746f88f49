// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import Testing

@testable import Privacy

@Suite("Noise on many threads")
struct PartsTests {
    @Test(
        "the parts of a span are all of it, once",
        arguments: [0, 1, 65_535, 65_536, 131_072, 131_073, 400_001], [1, 2, 3, 8])
    func partition(count: Int, threads: Int) throws {
        var source = try NoiseSource()
        var cells = [Int64](repeating: 0, count: count)
        var span = cells.mutableSpan
        source.forEachPart(of: &span, threads: threads) { part, _ in
            for index in part.indices { part[index] += 1 }
        }
        #expect(cells.allSatisfy { $0 == 1 })
    }

    @Test("each thread has a generator of its own, and none of them is the caller's")
    func generators() throws {
        var source = try NoiseSource()
        var cells = [Int64](repeating: 0, count: 1 << 19)
        var span = cells.mutableSpan
        source.forEachPart(of: &span, threads: 4) { part, source in
            for index in part.indices { part[index] = Int64(bitPattern: source.bits(64)) }
        }
        // A repetition among 2^19 words comes once in 10^8 runs.
        #expect(Set(cells).count == cells.count)
    }

    // False alarms: once in 6·10^7 runs each, see `ChiSquare.isPlausible`.
    @Test("noise of many threads is the noise of one, on top of the counts")
    func noise() throws {
        var source = try NoiseSource()
        let gaussian = try GaussianPlan(sensitivity: 1, sigma2: 9)
        let laplace = try LaplacePlan(sensitivity: 1, scale: 2)
        let start = [Int64](repeating: 1000, count: 300_000)
        var (first, second) = (start, start)
        source.addGaussian(gaussian, to: &first)
        source.addLaplace(laplace, to: &second)
        let normal = Reference.gaussian(sigma2: 9, farthest: 40)
        #expect(
            ChiSquare(observed: tally(first.map { $0 - 1000 }), probabilities: normal).isPlausible)
        let heavy = Reference.laplace(scale: 2, farthest: 80)
        #expect(
            ChiSquare(observed: tally(second.map { $0 - 1000 }), probabilities: heavy).isPlausible)
        // Halves come from different threads: they must not be the same draws.
        let same = (0..<150_000).count { first[$0] == first[$0 + 150_000] }
        // About 1/(2·3·√π) of independent draws agree: 14,100 of 150,000, with a deviation of 113.
        #expect(abs(same - 14_105) < 900)
    }
}
