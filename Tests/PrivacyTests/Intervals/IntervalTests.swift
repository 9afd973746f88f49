// SPDX-License-Identifier: Apache-2.0

import BigInt
import Testing

@testable import Privacy

@Suite("Proven intervals")
struct IntervalTests {
    private func random(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Words of all kinds: random, empty, full, and with single bits.
    private func word(_ state: inout UInt64) -> UInt64 {
        switch random(&state) % 6 {
        case 0: 0
        case 1: .max
        case 2: 1 << (random(&state) % 64)
        case 3: .max - 1 << (random(&state) % 64)
        default: random(&state)
        }
    }

    @Test("products of 192 places are those of numbers of any size, rounded to the named side")
    func products() {
        var state: UInt64 = 1
        var faults = 0
        for _ in 0..<20_000 {
            let left = Fixed192(high: word(&state), middle: word(&state), low: word(&state))
            let right = Fixed192(high: word(&state), middle: word(&state), low: word(&state))
            let exact = left.units * right.units
            let down = exact >> 192
            if left.timesDown(right).units != down { faults += 1 }
            if left.timesUp(right).units != down + 1 { faults += 1 }
            if Fixed192(units: left.units) != left { faults += 1 }
        }
        #expect(faults == 0)
    }

    @Test("sums of 192 places carry into the whole part")
    func sums() {
        var state: UInt64 = 2
        for _ in 0..<200 {
            var sum = FixedSum()
            var exact: BigUInt = 0
            for _ in 0..<100 {
                let term = Fixed192(high: word(&state), middle: word(&state), low: word(&state))
                sum += term
                exact += term.units
            }
            #expect(sum.units == exact)
        }
    }

    @Test(
        "the exponential of a fraction lies in its bracket, which is as narrow as asked",
        arguments: ["0", "1e-30", "1/3", "0.999", "1", "22/7", "100", "5000/3", "123456.789"])
    func exponentials(text: String) throws {
        let gamma = try #require(Rational(text))
        let (numerator, denominator) = (gamma.numerator.magnitude, gamma.denominator.magnitude)
        let narrow = Bracket(expMinus: numerator, over: denominator, bits: 400)
        for bits in [64, 128, 192, 300] {
            let wide = Bracket(expMinus: numerator, over: denominator, bits: bits)
            let places = max(wide.places, narrow.places)
            let (outer, inner) = (wide.places(places), narrow.places(places))
            #expect(outer.lower <= inner.upper && inner.lower <= outer.upper)
            #expect((outer.upper - outer.lower) << bits <= outer.upper, "\(bits) bits")
        }
        // e^(-γ)·e^(-γ) = e^(-2γ), computed with another number of halvings.
        let square = narrow * narrow
        let twice = Bracket(expMinus: 2 * numerator, over: denominator, bits: 400)
        let places = max(square.places, twice.places)
        #expect(square.places(places).lower <= twice.places(places).upper)
        #expect(twice.places(places).lower <= square.places(places).upper)
    }

    @Test("e to sixty digits")
    func euler() {
        let digits = "0.367879441171442321595523770161460867445811131031767834507836"
        let inverse = Bracket(expMinus: 1, over: 1, bits: 256)
        let ends = inverse.decimalEnds(digits: 60)
        let known = Rational(digits) ?? 0
        let unit = Rational(1, over: BigInt(10).power(60))
        #expect(ends.lower <= known + unit && known <= ends.upper)
        #expect(ends.upper - ends.lower <= 2 * unit)
    }

    @Test(
        "every step of the ladder holds the exact weight, and its ends stay as close as promised",
        arguments: [("0.1", 0), ("7/3", 0), ("100", 0), ("100", 50), ("12345.678", 7)])
    func ladder(text: String, start: Int) throws {
        let sigma2 = try #require(Rational(text))
        var ladder = GaussianLadder(sigma2: sigma2, from: BigUInt(start))
        for step in 1...200 as ClosedRange<BigInt> {
            // ((m + n)² − m²)/(2σ²).
            let gap = step * (step + 2 * BigInt(start))
            let gamma = Rational(gap, over: 1) / (2 * sigma2)
            let exact = Bracket(
                expMinus: gamma.numerator.magnitude, over: gamma.denominator.magnitude, bits: 256)
            let (lower, upper) = (ladder.lower.units, ladder.upper.units)
            let shift = exact.places - 192
            #expect(lower << max(shift, 0) <= exact.upper << max(-shift, 0))
            #expect(upper << max(shift, 0) >= exact.lower << max(-shift, 0))
            #expect(upper - lower <= (step * step + 6 * step).magnitude)
            ladder.step()
        }
    }

    @Test("decimal ends round outwards and keep their digits")
    func decimals() {
        for places in [-3, 0, 1, 50, 700] {
            let bracket = Bracket(lower: 12_345_678_901, upper: 12_345_678_902, places: places)
            let ends = bracket.decimalEnds(digits: 20)
            let scale = Rational(BigInt(1) << abs(places), over: 1)
            let unit = places < 0 ? scale : 1 / scale
            #expect(ends.lower <= 12_345_678_901 * unit && 12_345_678_902 * unit <= ends.upper)
            let slack = ends.upper * Rational(numerator: 2, denominator: 10_000_000_000_000_000)
            #expect(ends.upper - ends.lower <= unit + slack)
        }
    }
}
