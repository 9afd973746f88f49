// SPDX-License-Identifier: Apache-2.0

/// How often each day of the week occurs, as declared: public knowledge, not learnt.
struct WeekdayWeights: Sendable, Equatable {
    /// Seven whole numbers from Monday on (ISO 8601), not all 0; the eighth means nothing.
    ///
    /// Vectors are held in place, where the references of an array would be counted at every value.
    private let weights: SIMD8<Int64>
    /// Sums of the weights before each day; the eighth is that of a week.
    private let sums: SIMD8<Int64>
    /// Steps of a value in a day.
    private let perDay: Int64

    /// Monday to Friday.
    static let business: [Int64] = [1, 1, 1, 1, 1, 0, 0]

    init(weights: [Int64], unitsPerDay: Int) {
        precondition(weights.count == 7 && weights.contains { $0 > 0 })
        self.weights = SIMD8(weights + [0])
        sums = SIMD8(weights.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) })
        perDay = Int64(unitsPerDay)
    }

    /// The weight of a value's day.
    func weight(of value: Int64) -> Int64 { weights[Int(weekday(of: value).day)] }

    /// The weight of all values from a Monday long ago up to and without one.
    func mass(below value: Int64) -> Int64 {
        let (week, day) = weekday(of: value)
        let start = (week * 7 + day - 3) * perDay
        return (week * sums[7] + sums[Int(day)]) * perDay + weights[Int(day)] * (value - start)
    }

    /// The value whose weight begins at or before a mass and ends behind it.
    func value(atMass mass: Int64) -> Int64 {
        let (week, rest) = Self.divided(mass, by: sums[7] * perDay)
        var day = 0
        while sums[day + 1] * perDay <= rest { day += 1 }
        let within = (rest - sums[day] * perDay) / weights[day]
        return (week * 7 + Int64(day) - 3) * perDay + within
    }

    /// Weeks since the Monday before 1970-01-01, which was a Thursday, and days since the week's Monday.
    private func weekday(of value: Int64) -> (week: Int64, day: Int64) {
        let days = Self.divided(value, by: perDay).quotient
        let (week, day) = Self.divided(days + 3, by: 7)
        return (week, day)
    }

    private static func divided(
        _ value: Int64, by divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
