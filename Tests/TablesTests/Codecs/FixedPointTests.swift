// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Tables

@Suite("A fixed-point number")
struct FixedPointTests {
    private func parse(_ text: String, _ decimals: Int) -> FixedPoint {
        let bytes = Array(text.utf8)
        return FixedPoint.parse(bytes.span, from: 0, to: bytes.count, decimals: decimals)
    }

    private func plain(_ text: String, _ decimals: Int) -> Int64 {
        let bytes = Array(text.utf8)
        return FixedPoint.parsePlain(bytes.span, from: 0, to: bytes.count, decimals: decimals)
    }

    private func written(_ value: Int64, _ decimals: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        var index = 0
        var span = bytes.mutableSpan
        FixedPoint.write(value, decimals: decimals, into: &span, at: &index)
        return String(decoding: bytes[..<index], as: UTF8.self)
    }

    @Test("is written with its decimals and read back as itself", arguments: 0...9)
    func roundTrip(decimals: Int) {
        var random = SeededGenerator(seed: UInt64(decimals))
        let limit: Int64 = 1_000_000_000_000_000_000
        var values: [Int64] = [0, 1, -1, 9, 10, 99, 100, -100, limit, -limit, limit - 1]
        for bits in 1..<60 {
            values.append(Int64.random(in: -(1 << bits)...(1 << bits), using: &random))
        }
        for value in values {
            let text = written(value, decimals)
            #expect(parse(text, decimals) == FixedPoint(value: value, form: .exact), "\(text)")
            let fast = plain(text, decimals)
            #expect(
                fast == value || (fast == FixedPoint.notPlain && text.utf8.count > 17), "\(text)")
            if decimals > 0 {
                #expect(text.split(separator: ".").last?.utf8.count == decimals)
            }
        }
    }

    @Test(
        "is the decimal number rounded down, as exact decimal arithmetic has it", arguments: 0...9)
    func oracle(decimals: Int) throws {
        var random = SeededGenerator(seed: 40 + UInt64(decimals))
        let scale = try #require(Decimal(string: "1" + String(repeating: "0", count: decimals)))
        for _ in 0..<400 {
            func digits(_ most: Int) -> String {
                (0..<Int.random(in: 0...most, using: &random))
                    .map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
            }
            let sign = ["", "-", "+"][Int.random(in: 0...2, using: &random)]
            let exponent =
                Bool.random(using: &random) ? "" : "e\(Int.random(in: -6...4, using: &random))"
            let whole = digits(7)
            let text = sign + whole + "." + digits(8) + exponent
            let number = parse(text, decimals)
            guard let exact = Decimal(string: text), text.contains(where: \.isNumber),
                text.split(separator: "e")[0].contains(where: \.isNumber)
            else {
                #expect(number.form == .invalid, "\(text)")
                continue
            }
            var scaled = exact * scale
            var floor = Decimal()
            unsafe NSDecimalRound(&floor, &scaled, 0, .down)
            if floor > scaled { floor -= 1 }
            let limit = Decimal(FixedPoint.limit)
            guard floor < limit, floor > -limit else {
                #expect(Decimal(number.value) == (floor < 0 ? -limit : limit), "\(text)")
                continue
            }
            #expect(Decimal(number.value) == floor, "\(text)")
            #expect(number.form == (floor == scaled ? .exact : .truncated), "\(text)")
            let fast = plain(text, decimals)
            #expect(fast == FixedPoint.notPlain || fast == number.value, "\(text)")
        }
    }

    @Test("beyond every bound it is held there, exact and on the right side")
    func saturation() {
        for text in [
            "12345678901234567890", "99999999999999999999999999", "1e19", "1e400",
            "1e99999999999999999999",
        ] {
            #expect(parse(text, 0) == FixedPoint(value: FixedPoint.limit, form: .exact), "\(text)")
            #expect(parse("-" + text, 2) == FixedPoint(value: -FixedPoint.limit, form: .exact))
        }
        #expect(parse("0e99999999999999999999", 9) == FixedPoint(value: 0, form: .exact))
        #expect(parse("1e-99999999999999999999", 9) == FixedPoint(value: 0, form: .truncated))
        #expect(parse("-1e-99999999999999999999", 9) == FixedPoint(value: -1, form: .truncated))
        let long = String(repeating: "0", count: 10_000)
        #expect(parse(long + "7." + long, 2) == FixedPoint(value: 700, form: .exact))
        #expect(parse("0." + long + "7", 2) == FixedPoint(value: 0, form: .truncated))
    }

    @Test(
        "is no other text",
        arguments: [
            "", "+", "-", ".", "-.", "e5", ".e5", "1e", "1e+", "1ee5", "1e5.0", "1.2.3", "1,2",
            "1_000",
            "0x10", "nan", "inf", "Infinity", " 1", "1 ", "1\n", "--1", "+-1", "１", "1a", "1-",
            "$1", "1%",
        ])
    func invalid(text: String) {
        #expect(parse(text, 2).form == .invalid)
        #expect(plain(text, 2) == FixedPoint.notPlain)
    }
}
