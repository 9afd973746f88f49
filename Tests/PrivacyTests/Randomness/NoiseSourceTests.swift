// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Privacy

@Suite("Randomness of the operating system")
struct NoiseSourceTests {
    private static let wide = Rational(1 << 40)

    @Test("no two of two hundred sources ever give the same word")
    func streams() throws {
        var words: Set<UInt64> = []
        for _ in 0..<200 {
            var source = try NoiseSource()
            for _ in 0..<100 { words.insert(source.bits(64)) }
        }
        // A repetition among 20,000 fair words comes once in 10^11 runs.
        #expect(words.count == 20_000)
    }

    @Test("two sources never give the same noise")
    func noise() throws {
        let plan = try GaussianPlan(sensitivity: 1, sigma2: Self.wide)
        var first = try NoiseSource()
        var second = try NoiseSource()
        var one = [Int64](repeating: 0, count: 100)
        var other = one
        first.addGaussian(plan, to: &one)
        second.addGaussian(plan, to: &other)
        let same = zip(one, other).count { $0 == $1 }
        // Equal by chance once in 3.7 million draws: three among a hundred once in 10^14 runs.
        #expect(same < 3)
    }

    @Test("every bit is fair, at every place of a read of any width")
    func fair() throws {
        var source = try NoiseSource()
        for width in [1, 3, 7, 31, 33, 63, 64] {
            var ones = [Int](repeating: 0, count: width)
            let reads = 20_000
            var highest: UInt64 = 0
            for _ in 0..<reads {
                let value = source.bits(width)
                highest |= value
                for place in 0..<width { ones[place] += Int(value >> UInt64(place) & 1) }
            }
            #expect(width == 64 || highest < 1 << UInt64(width))
            for count in ones {
                // 202 places of 20,000 fair bits pass 6.5 standard deviations once in 6 × 10^7 runs.
                #expect(abs(Double(2 * count - reads)) < 6.5 * Double(reads).squareRoot())
            }
        }
    }

    @Test("reading one bit at a time and many at a time uses each bit once")
    func mixedReads() throws {
        var source = try NoiseSource()
        var ones = 0
        var bits = 0
        for round in 0..<20_000 {
            ones += source.bit() ? 1 : 0
            let width = round % 65
            ones += source.bits(width).nonzeroBitCount
            bits += 1 + width
        }
        // Seven standard deviations, once in 10^11 runs.
        #expect(abs(Double(2 * ones - bits)) < 7 * Double(bits).squareRoot())
    }
}
