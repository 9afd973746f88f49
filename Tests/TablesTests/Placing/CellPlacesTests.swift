// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

@Suite("Places inside cells")
struct CellPlacesTests {
    /// Texts that many random bits write into a cell.
    private func texts(_ codec: ColumnCodec, _ code: Int, count: Int) -> [String] {
        let places = CellPlaces(codec: codec)
        var random = SeededGenerator(seed: UInt64(code) + 1)
        return (0..<count).map { _ in
            codec.text(code, at: places.position(in: code, bits: random.next()))
        }
    }

    @Test(
        "have probabilities that sum to one and count the bits that lead to them",
        arguments: [
            #""type": "integer", "semblance": {"domain": {"minimum": 0, "maximum": 99, "bins": 4, "special": [0, 7, 50]},"#
                + #" "shape": [[30, -60], [0, 0], [-500, 90], [1, 2]]}"#,
            #""type": "integer", "semblance": {"domain": {"minimum": 1, "maximum": 200, "edges": [1, 20, 200], "special": [30]},"#
                + #" "round": [{"to": 10, "share": 0.5}, {"to": 5, "ending": 3, "share": 0.25}], "shape": [[0, 0], [-90, -80]]}"#,
            #""type": "date", "semblance": {"domain": {"minimum": "2024-01-01", "maximum": "2024-06-30", "bins": "month","#
                + #" "special": ["2024-02-14"]}, "weekdays": [1, 2, 1, 1, 0.5, 0, 0.25]}"#,
        ])
    func probabilities(members: String) throws {
        let codec = try codec(members)
        let places = CellPlaces(codec: codec)
        var random = SeededGenerator(seed: 4)
        for code in 0..<codec.cellCount {
            let width = places.width(of: code)
            #expect(width == codec.positions(in: code))
            let each = (0..<width).map { places.probability(of: $0...$0, in: code) }
            #expect(abs(each.reduce(0, +) - 1) < 1e-12)
            #expect(places.probability(of: 0...(width - 1), in: code) == 1)
            let draws = 40_000
            var counts = [Int](repeating: 0, count: width)
            for _ in 0..<draws { counts[places.position(in: code, bits: random.next())] += 1 }
            for position in 0..<width {
                let expected = each[position] * Double(draws)
                // 6.5 standard deviations and a half: false alarm below 1e-6 over all positions.
                let slack = 6.5 * (expected + 4).squareRoot() + 4
                #expect(abs(Double(counts[position]) - expected) < slack)
                if each[position] == 0 { #expect(counts[position] == 0) }
            }
        }
    }

    @Test("never leave their bin, however the shape leans")
    func staysInside() throws {
        let codec = try codec(
            #""type": "integer", "semblance": {"domain": {"edges": [0, 1, 3, 10, 1000000], "special": [2]},"#
                + #" "shape": [[0, 0], [1024, 1024], [-1024, -1024], [-1024, 1024]]}"#)
        let places = CellPlaces(codec: codec)
        for code in 0..<codec.cellCount where !codec.isOther(code) {
            for bits in [0, 1, 1 << 16, 1 << 59, 1 << 63, UInt64.max - 1, .max] {
                let position = places.position(in: code, bits: bits)
                #expect((0..<codec.positions(in: code)).contains(position))
                #expect(codec.encode(codec.text(code, at: position)) == code)
            }
        }
    }

    @Test("of a bin of 2⁴⁰ values reach from its start to its end, with and without a shape")
    func hugeBin() throws {
        for shape in ["", #", "shape": [[-64, -64]]"#] {
            let codec = try codec(
                #""type": "integer", "semblance": {"domain": {"minimum": 1, "maximum": 1099511627776, "bins": 1}\#(shape)}"#
            )
            let places = CellPlaces(codec: codec)
            let first = try #require(Int64(codec.text(0, at: places.position(in: 0, bits: 0))))
            let last = try #require(Int64(codec.text(0, at: places.position(in: 0, bits: .max))))
            #expect(first == 1)
            #expect(last > 1_099_511_627_776 - 1024 && last <= 1_099_511_627_776)
            let middle = places.width(of: 0) / 2
            let below = places.probability(of: 0...(middle - 1), in: 0)
            let above = places.probability(of: middle...(places.width(of: 0) - 1), in: 0)
            #expect(abs(below + above - 1) < 1e-15 && below > 0.49)
        }
    }

    @Test("follow a habit of round numbers in its share, and never write a special value")
    func habits() throws {
        let codec = try codec(
            #""type": "number", "semblance": {"decimals": 2, "domain": {"minimum": 0, "maximum": 1000, "bins": 2, "special": [0, 250]},"#
                + #" "round": [{"to": 50, "share": 0.6}, {"to": 1, "ending": 0.99, "share": 0.3}]}"#
        )
        let found = texts(codec, 0, count: 20_000)
        let round = found.count { (Double($0) ?? 1).truncatingRemainder(dividingBy: 50) == 0 }
        let ending = found.count { $0.hasSuffix(".99") }
        // 0.6 and 0.3 of 20,000, and what the rest meets by chance: false alarm below 1e-7.
        #expect(abs(round - 12_000) < 500 && abs(ending - 6_020) < 450)
        #expect(!found.contains("0.00") && !found.contains("250.00"))
        #expect(Set(found).isSuperset(of: ["50.00", "200.00", "300.00", "450.00"]))
    }

    @Test("leave a habit alone in a bin that has no such number")
    func habitWithoutNumbers() throws {
        let codec = try codec(
            #""type": "integer", "semblance": {"domain": {"edges": [1, 50, 1000]}, "round": [{"to": 100, "share": 1}]}"#
        )
        #expect(Set(texts(codec, 0, count: 5000)).count == 49)
        #expect(Set(texts(codec, 1, count: 500)).count == 10)
    }

    @Test("of dates follow the weights of weekdays (false alarm below 1e-7)")
    func weekdays() throws {
        let codec = try codec(
            #""type": "date", "semblance": {"domain": {"minimum": "2024-01-01", "maximum": "2024-12-31", "bins": "quarter"},"#
                + #" "weekdays": [4, 1, 1, 1, 1, 0, 0]}"#)
        // 2024-01-01 was a Monday; the first quarter has 13 weeks.
        let found = texts(codec, 0, count: 16_000).compactMap { codec.position(of: $0, in: 0) }
        let counts = (0..<7).map { day in found.count { $0 % 7 == day } }
        #expect(abs(counts[0] - 8000) < 350)
        for day in 1..<5 { #expect(abs(counts[day] - 2000) < 230) }
        #expect(counts[5] == 0 && counts[6] == 0)
    }

    @Test("of times stay within the days that have weight, also before 1970")
    func weekdaysOfTimes() throws {
        let times = try codec(
            #""type": "datetime", "semblance": {"domain": {"minimum": "1969-12-01T00:00:00", "maximum": "1970-01-31T23:59:59","#
                + #" "bins": "month"}, "weekdays": "business"}"#)
        let days = try codec(
            #""type": "date", "semblance": {"domain": {"minimum": "1969-12-01", "maximum": "1970-01-31", "bins": 1}}"#
        )
        for code in 0..<2 {
            let found = texts(times, code, count: 3000)
            #expect(Set(found.map { $0.dropFirst(11) }).count > 2500)
            for text in found {
                // 1969-12-01 was a Monday.
                let day = try #require(days.position(of: String(text.prefix(10)), in: 0))
                #expect(day % 7 < 5)
            }
        }
    }

    @Test("of a bin without any day of weight are all its days")
    func weekend() throws {
        let codec = try codec(
            #""type": "date", "semblance": {"domain": {"edges": ["2024-01-05", "2024-01-06", "2024-01-08", "2024-01-31"]},"#
                + #" "weekdays": "business"}"#)
        #expect(Set(texts(codec, 1, count: 200)) == ["2024-01-06", "2024-01-07"])
        #expect(!texts(codec, 2, count: 2000).contains { $0.hasSuffix("13") || $0.hasSuffix("14") })
    }
}
