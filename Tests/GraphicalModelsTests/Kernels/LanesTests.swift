// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import GraphicalModels

@Suite("Lanes")
struct LanesTests {
    /// How many units in the last place of the exact value a number is off.
    private func ulps(_ found: Double, _ exact: Double) -> Double { abs(found - exact) / exact.ulp }

    @Test("the exponential is within two units in the last place of the system's")
    func exponential() {
        var generator = SeededGenerator(seed: 1, stream: 1)
        var worst = 0.0
        for round in 0..<100_000 {
            let range = round % 2 == 0 ? 1416.0 : 20
            let numbers = Lanes((0..<8).map { _ in range * (generator.unit() - 0.5) })
            let found = numbers.exponential
            for lane in 0..<8 { worst = max(worst, ulps(found[lane], exp(numbers[lane]))) }
        }
        #expect(worst <= 2)
    }

    @Test("the logarithm is within two units in the last place of the system's")
    func logarithm() {
        var generator = SeededGenerator(seed: 2, stream: 1)
        var worst = 0.0
        for round in 0..<100_000 {
            let numbers = Lanes(
                (0..<8).map { _ in
                    round % 2 == 0
                        ? exp(1400 * (generator.unit() - 0.5)) : 0.5 + 1.5 * generator.unit()
                })
            let found = numbers.logarithm
            for lane in 0..<8 { worst = max(worst, ulps(found[lane], log(numbers[lane]))) }
        }
        #expect(worst <= 2)
    }

    @Test("both know the ends of their ranges")
    func ends() {
        let exponentials = Lanes(0, -0.0, -.infinity, -709, -1e300, 1, -708, 710).exponential
        #expect(exponentials[0] == 1 && exponentials[1] == 1)
        #expect(exponentials[2] == 0 && exponentials[3] == 0 && exponentials[4] == 0)
        #expect(ulps(exponentials[5], 2.718281828459045) <= 2)
        #expect(exponentials[6] > 0 && exponentials[7] == .infinity)
        let small = Double.leastNonzeroMagnitude
        let logarithms = Lanes(0, 1, small, .leastNormalMagnitude, 2, 1e308, .infinity, 0.5)
            .logarithm
        #expect(logarithms[0] == -.infinity && logarithms[1] == 0)
        #expect(ulps(logarithms[2], log(small)) <= 2)
        #expect(ulps(logarithms[3], log(.leastNormalMagnitude)) <= 2)
        #expect(logarithms[4] == log(2) && logarithms[7] == -log(2))
        #expect(ulps(logarithms[5], log(1e308)) <= 2)
        #expect(logarithms[6] == .infinity)
    }

    @Test("arrays of any length are mapped, the last few numbers too")
    func arrays() {
        for count in 0..<20 {
            let numbers = (0..<count).map { Double($0) - 3.5 }
            let exponentials = Numbers.exponentials(numbers)
            #expect(exponentials.count == count)
            for (number, found) in zip(numbers, exponentials) {
                #expect(ulps(found, exp(number)) <= 2)
            }
            for (number, found) in zip(numbers, Numbers.logarithms(exponentials)) {
                #expect(abs(number - found) < 1e-14)
            }
        }
    }
}
