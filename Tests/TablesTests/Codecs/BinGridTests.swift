// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tables

@Suite("A grid of bins")
struct BinGridTests {
    /// Random bounds, bins and special values of a small domain.
    private func domain(
        _ random: inout SeededGenerator
    ) -> (boundaries: [Int64], maximum: Int64, specials: [Int64]) {
        let low = Int64.random(in: -40...40, using: &random)
        let high = low + Int64.random(in: 0...60, using: &random)
        let inner = low < high ? (low + 1)...high : low...low
        let count = Int.random(in: 0...8, using: &random)
        let cuts =
            low < high ? (0..<count).map { _ in Int64.random(in: inner, using: &random) } : []
        let specials = (0..<Int.random(in: 0...12, using: &random)).map { _ in
            Int64.random(in: (low - 5)...(high + 5), using: &random)
        }
        return (Set(cuts + [low]).sorted(), high, Array(Set(specials)).shuffled(using: &random))
    }

    @Test(
        "has every value of its bounds at one position of one cell, and no other",
        arguments: 0..<300)
    func everyValue(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let (boundaries, maximum, specials) = domain(&random)
        let grid = BinGrid(boundaries: boundaries, maximum: maximum, specials: specials)
        var seen: Set<Int64> = []
        for bin in grid.starts.indices {
            let count = grid.positions(inBin: bin)
            try #require(count >= 1)
            for position in 0..<count {
                let value = grid.value(inBin: bin, at: position)
                #expect(seen.insert(value).inserted)
                #expect(grid.starts[bin] <= value && value <= grid.ends[bin])
                #expect(!specials.contains(value))
                #expect(grid.code(of: value, isExact: true) == bin)
                #expect(grid.position(of: value, inBin: bin) == position)
            }
        }
        for value in (grid.minimum - 8)...(grid.maximum + 8) {
            if let order = specials.firstIndex(of: value) {
                #expect(grid.code(of: value, isExact: true) == grid.starts.count + order)
                for bin in grid.starts.indices {
                    #expect(grid.position(of: value, inBin: bin) == nil)
                }
            } else if value < grid.minimum {
                #expect(grid.code(of: value, isExact: true) == BinGrid.below)
            } else if value > grid.maximum {
                #expect(grid.code(of: value, isExact: true) == BinGrid.above)
            } else {
                #expect(seen.contains(value))
            }
        }
        #expect(grid.cellCount == grid.starts.count + specials.count)
    }

    @Test("finds a value by search as it does by table", arguments: 0..<100)
    func searched(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let (boundaries, maximum, specials) = domain(&random)
        let small = BinGrid(boundaries: boundaries, maximum: maximum, specials: specials)
        // One more bin beyond the range that is tabulated.
        let large = BinGrid(
            boundaries: boundaries + [maximum + 1], maximum: maximum + 1_000_000, specials: specials
        )
        for value in (small.minimum - 3)...maximum {
            let code = small.code(of: value, isExact: true)
            let isSpecial = code >= small.starts.count
            #expect(large.tabulatedCode(of: value) == -1)
            #expect(
                large.code(of: value, isExact: true)
                    == (isSpecial ? code - small.starts.count + large.starts.count : code))
        }
    }

    @Test("has evenly spaced positions in a bin of more than 2^31 values")
    func wide() {
        let last: Int64 = 1_000_000_000_000
        let grid = BinGrid(boundaries: [-last], maximum: last, specials: [-last, 0, 7])
        let count = grid.positions(inBin: 0)
        #expect(count > 1 << 30 && count <= Int(Int32.max))
        for position in [0, 1, 2, count / 2 - 1, count / 2, count / 2 + 1, count - 2, count - 1] {
            let value = grid.value(inBin: 0, at: position)
            #expect(value <= last && grid.position(of: value, inBin: 0) == position)
        }
    }

    @Test("is made and used quickly with tens of thousands of special values")
    func manySpecials() {
        let specials = (0..<30_000).map { Int64($0 * 3) }
        let boundaries = (0..<30_000).map { Int64($0 * 3) }
        let grid = BinGrid(boundaries: boundaries, maximum: 89_999, specials: specials.reversed())
        #expect(grid.cellCount == 60_000)
        for bin in stride(from: 0, to: 30_000, by: 7) {
            #expect(grid.positions(inBin: bin) == 2)
            #expect(grid.value(inBin: bin, at: 1) == Int64(bin * 3 + 2))
            #expect(grid.code(of: Int64(bin * 3), isExact: true) == 59_999 - bin)
        }
    }

    @Test("cuts equal bins at round values where it can")
    func equalBins() {
        func cuts(_ low: Int64, _ high: Int64, _ count: Int64) -> [Int64] {
            BinGrid.equalBoundaries(minimum: low, maximum: high, count: count)
        }
        #expect(cuts(0, 110, 22) == (0..<22).map { $0 * 5 })
        #expect(cuts(1, 12, 4) == [1, 4, 7, 10])
        #expect(cuts(0, 99, 10) == (0..<10).map { $0 * 10 })
        #expect(cuts(7, 7, 1) == [7])
        #expect(cuts(-5, 5, 2) == [-5, 0])
        let limit: Int64 = 1_000_000_000_000_000_000
        let wide = cuts(-limit, limit, 65_000)
        #expect(wide.count == 65_000 && zip(wide, wide.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test("cuts calendar periods where the calendar does", arguments: CalendarPeriod.allCases)
    func periods(period: CalendarPeriod) throws {
        let step: Granularity = .second
        let first = CivilCalendar.days(year: 1968, month: 2, day: 27) * 86_400 + 4_321
        let limit = period == .minute || period == .hour ? 300 : 2_000
        var value = Int64(first)
        for _ in 0..<limit {
            let next = period.next(after: value, step: step)
            try #require(next > value)
            let second = ((Int(next) % 86_400) + 86_400) % 86_400
            let day = (Int(next) - second) / 86_400
            let date = CivilCalendar.date(days: day)
            switch period {
            case .minute: #expect(second % 60 == 0 && next - value <= 60)
            case .hour: #expect(second % 3_600 == 0 && next - value <= 3_600)
            case .day: #expect(second == 0 && next - value <= 86_400)
            // Day 4 was the first Monday.
            case .week: #expect(second == 0 && (day - 4) % 7 == 0 && next - value <= 7 * 86_400)
            case .month: #expect(second == 0 && date.day == 1 && next - value <= 31 * 86_400)
            case .quarter:
                #expect(second == 0 && date.day == 1 && date.month % 3 == 1)
                #expect(next - value <= 92 * 86_400)
            case .year:
                #expect(second == 0 && date.day == 1 && date.month == 1)
                #expect(next - value <= 366 * 86_400)
            }
            value = next
            if value > 4_000_000_000 { break }
        }
    }

    @Test("the calendar counts days without a gap, and every day is its date")
    func calendar() {
        var expected = CivilCalendar.days(year: 1, month: 1, day: 1)
        for year in [1, 4, 99, 100, 1_600, 1_900, 1_970, 2_000, 2_024, 9_999] {
            expected = CivilCalendar.days(year: year, month: 1, day: 1)
            for month in 1...12 {
                for day in 1...CivilCalendar.length(ofMonth: month, in: year) {
                    let days = CivilCalendar.days(year: year, month: month, day: day)
                    let date = CivilCalendar.date(days: days)
                    #expect(days == expected && date == (year, month, day))
                    expected += 1
                }
            }
            #expect(expected == CivilCalendar.days(year: year + 1, month: 1, day: 1))
        }
        #expect(CivilCalendar.days(year: 1970, month: 1, day: 1) == 0)
    }
}
