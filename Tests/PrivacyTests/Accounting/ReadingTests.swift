// SPDX-License-Identifier: Apache-2.0

import Privacy
import Testing

@Suite("Amounts as people read them")
struct ReadingTests {
    @Test(
        "have at most four digits, rounded up, and a power of ten where they are small",
        arguments: [
            ("0", "0"), ("2", "2"), ("2.0", "2"), ("0.056130501796", "0.05614"), ("1e-9", "1e-9"),
            ("0.00000012", "1.2e-7"), ("0.001", "0.001"), ("0.00099991", "0.001"),
            ("0.99999", "1"), ("9.99901", "10"), ("1867", "1867"), ("18670.5", "18671"),
            ("1000", "1000"), ("0.1", "0.1"), ("12.345", "12.35"), ("1/3", "0.3334"),
            ("0.00099999999", "0.001"),
            ("100000000000000000000000000000", "100000000000000000000000000000"),
            ("1e-400", "1e-400"), ("-0.12345", "-0.1234"),
        ])
    func up(exact: String, text: String) throws {
        let value = try #require(Rational(exact))
        #expect(value.reading() == text)
        let read = try #require(Rational(text))
        #expect(read >= value, "never less than was spent")
    }

    @Test(
        "are rounded down where they remain",
        arguments: [
            ("0.056139", "0.05613"), ("2", "2"), ("0.99999", "0.9999"), ("18670.5", "18670"),
            ("1/3", "0.3333"), ("0.0009999999", "9.999e-4"), ("-1.23456", "-1.235"),
        ])
    func down(exact: String, text: String) throws {
        let value = try #require(Rational(exact))
        #expect(value.reading(rounded: .down) == text)
        #expect(try #require(Rational(text)) <= value)
    }

    @Test("a huge fraction reads as short as any, and a cost names δ only where there is one")
    func costs() throws {
        let third = try #require(Rational("1234567891234567891/12345678912345678919999999999"))
        #expect(third.reading() == "1e-10")
        let rho = Rho(Rational(numerator: 1, denominator: 3_000_000))
        #expect(PrivacyCost(rho).reading == "ρ = 3.334e-7")
        #expect(PrivacyCost(rho, delta: third).reading == "ρ = 3.334e-7, δ = 1e-10")
        #expect(rho.reading(rounded: .down) == "3.333e-7")
    }
}
