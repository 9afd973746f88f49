// SPDX-License-Identifier: Apache-2.0

import Foundation
import Privacy
import Testing

@Suite("Exact numbers")
struct RationalTests {
    private func rational(_ text: String) throws -> Rational { try #require(Rational(text)) }

    @Test(
        "decimals are read exactly",
        arguments: [
            ("0.1", 1, 10), ("-0.05", -1, 20), ("1e-9", 1, 1_000_000_000), ("2.5E+3", 2500, 1),
            ("+7", 7, 1), ("000.500", 1, 2), ("-0", 0, 1), ("0e400", 0, 1), ("12.0e-1", 6, 5),
        ])
    func decimals(text: String, numerator: Int, denominator: Int) throws {
        let expected = Rational(numerator: numerator, denominator: denominator)
        #expect(try #require(Rational(decimal: text)) == expected)
    }

    @Test(
        "anything but a number is refused",
        arguments: [
            "", " ", "1 ", " 1", ".5", "5.", "1e", "1e+", "e5", "-", "--1", "1.2.3", "0x10", "1,5",
            "nan", "inf", "1e401", "1e99999999999999999999", "\u{0661}", "1_000", "1/0", "/2", "1/",
            "1/2/3", "1/-2", "1.5/2", "-/2", "1 /2", "1\u{0}",
        ])
    func refused(text: String) {
        #expect(Rational(text) == nil)
    }

    @Test("a text of more than four hundred characters is no decimal")
    func long() {
        #expect(Rational(decimal: String(repeating: "1", count: 400)) != nil)
        #expect(Rational(decimal: String(repeating: "1", count: 401)) == nil)
        #expect(Rational(String(repeating: "1", count: 9000)) == nil)
    }

    @Test("a number prints as one text and is read back from it")
    func text() throws {
        let huge = try rational("1e300") * (try rational("1e300"))
        let values: [(Rational, String?)] = [
            (Rational(numerator: 1, denominator: 8), "0.125"),
            (Rational(numerator: -1, denominator: 20), "-0.05"),
            (Rational(numerator: 2, denominator: 6), "1/3"),
            (Rational(numerator: -7, denominator: 21), "-1/3"),
            (Rational(numerator: 3, denominator: -4), "-0.75"),
            (0, "0"), (1200, "1200"), (huge, nil), (1 / huge, nil), (huge / 7, nil),
            (try rational("1e-40"), "0." + String(repeating: "0", count: 39) + "1"),
        ]
        for (value, text) in values {
            if let text { #expect(value.description == text) }
            #expect(Rational(value.description) == value)
            let kept = try JSONEncoder().encode([value])
            #expect(try JSONDecoder().decode([Rational].self, from: kept) == [value])
        }
    }

    @Test("a JSON number is refused, because it has been a binary fraction")
    func jsonNumber() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Rational].self, from: Data("[0.1]".utf8))
        }
    }

    @Test("a thousandth more than the rest is more than the rest")
    func arithmetic() throws {
        let cap = try rational("0.1")
        let spent = try rational("0.04") + (try rational("0.05"))
        #expect(spent + (try rational("0.01")) == cap)
        #expect(spent + (try rational("0.010000000000000001")) > cap)
        #expect(cap - spent == (try rational("0.01")))
        var sum: Rational = 0
        for _ in 0..<1000 { sum += Rational(numerator: 1, denominator: 1000) }
        #expect(sum == 1)
        sum -= 2
        #expect(sum == -1)
        #expect((try rational("0.5")) * 4 / 3 == (try rational("2/3")))
    }

    @Test("order is that of the numbers, whatever their signs")
    func order() throws {
        let ascending = try ["-2", "-1/3", "-0.3333", "0", "1e-300", "1/3", "0.34", "1e300"]
            .map(rational)
        for (place, left) in ascending.enumerated() {
            for (other, right) in ascending.enumerated() {
                #expect((left < right) == (place < other))
                #expect((left == right) == (place == other))
            }
        }
    }

    @Test(
        "floor and ceiling enclose a number from below and above",
        arguments: [("7/2", 3, 4), ("-7/2", -4, -3), ("5", 5, 5), ("-5", -5, -5), ("0", 0, 0)])
    func enclosure(text: String, floor: Int, ceiling: Int) throws {
        let value = try rational(text)
        #expect(value.floor == floor)
        #expect(value.ceiling == ceiling)
        #expect(try rational("1e30").floor == nil)
    }

    @Test("rounding to a binary fraction goes to the asked side and no further than one step")
    func rounding() throws {
        var texts = [
            "1/3", "0.1", "2/3", "1e-30", "1e-280", "1e-295", "1e-305", "123456789.123456789",
        ]
        texts += ["1e22", "1e23", "1e300", "9007199254740993", "18014398509481983"]
        for text in texts {
            for sign in [1, -1] {
                let value = try rational(text) * Rational(sign)
                let down = Double(value, rounding: .down)
                let up = Double(value, rounding: .up)
                let nearest = Double(value, rounding: .toNearestOrAwayFromZero)
                let below = try #require(Rational(exactly: down))
                let above = try #require(Rational(exactly: up))
                #expect(below <= value && value <= above, "\(text)")
                #expect(up == down || up == down.nextUp, "\(text)")
                // What lies halfway, as 1e23 does, goes away from zero.
                let (gapBelow, gapAbove) = (value - below, above - value)
                let goesUp = gapAbove == gapBelow ? value > 0 : gapAbove < gapBelow
                #expect(nearest == (goesUp ? up : down), "\(text)")
            }
        }
    }

    @Test("numbers beyond the binary fractions round to the safe side too")
    func extremes() throws {
        let tiny = try rational("1e-400")
        #expect(Double(tiny, rounding: .down) == 0)
        #expect(Double(tiny, rounding: .up) > 0)
        let huge = try rational("1e400")
        #expect(Double(huge, rounding: .down) == .greatestFiniteMagnitude)
        #expect(Double(huge, rounding: .up) == .infinity)
    }

    @Test("a binary fraction is read exactly and comes back")
    func exactly() throws {
        for value in [
            0.1, -0.1, 1.5, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
            3, -0.0,
        ] {
            let exact = try #require(Rational(exactly: value))
            if value.magnitude >= .leastNormalMagnitude || value == 0 {
                #expect(Double(exact, rounding: .down) == value)
                #expect(Double(exact, rounding: .up) == value)
            }
        }
        #expect(
            Rational(exactly: 0.1)
                == Rational(
                    numerator: 3_602_879_701_896_397, denominator: 36_028_797_018_963_968))
        #expect(Rational(exactly: .infinity) == nil)
        #expect(Rational(exactly: .nan) == nil)
    }
}
