// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Privacy

@Suite("Randomness of the operating system")
struct ForkSafetyTests {
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

    @Test("a word is wiped from memory when it is taken")
    func wiped() throws {
        var source = try NoiseSource()
        for _ in 0..<10 { _ = source.bits(64) }
        let taken = source.next
        #expect(taken == 10)
        let left = (0..<taken).count { unsafe source.words[$0] != 0 }
        #expect(left == 0)
        let fresh = (taken..<NoiseSource.wordCount).count { unsafe source.words[$0] == 0 }
        // One of 502 fair words is zero once in 10^16 runs.
        #expect(fresh == 0)
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

    @Test("parent and child of a fork draw different noise from one source")
    func fork() async {
        await #expect(processExitsWith: .success) {
            guard let plan = try? GaussianPlan(sensitivity: 1, sigma2: Rational(1 << 40)),
                var source = try? NoiseSource()
            else { exit(2) }
            _ = source.gaussian(plan)
            var ends: [Int32] = [0, 0]
            // In bounds: pipe(2) writes two numbers.
            guard unsafe pipe(&ends) == 0, let symbol = unsafe dlsym(nil, "fork") else { exit(3) }
            // Swift hides fork(2); this is its C signature.
            let fork = unsafe unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)
            let child = fork()
            var draws = [Int64](repeating: 0, count: 8)
            source.addGaussian(plan, to: &draws)
            let size = draws.count * MemoryLayout<Int64>.stride
            if child == 0 {
                // In bounds: the size is that of the array.
                _ = unsafe write(ends[1], &draws, size)
                _exit(0)
            }
            var theirs = [Int64](repeating: 0, count: 8)
            var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            // In bounds: one descriptor, and the size is that of the array.
            guard unsafe poll(&waiting, 1, 20_000) == 1,
                unsafe read(ends[0], &theirs, size) == size
            else {
                kill(child, SIGKILL)
                exit(4)
            }
            // All eight equal by chance once in 10^52.
            exit(theirs == draws ? 5 : 0)
        }
    }
}
