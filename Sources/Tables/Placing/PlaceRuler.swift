// SPDX-License-Identifier: Apache-2.0

/// Ticks of equal weight over the values of a bin: all of them, round ones, or days by their weight.
///
/// Ticks ascend with the values, and no tick belongs to a special value.
struct PlaceRuler: Sendable {
    private enum Kind: Sendable {
        /// Every position.
        case whole
        /// Every `step`-th value.
        case lattice(first: Int64, step: Int64)
        /// As many ticks for a value as its weekday weighs.
        case weekdays(WeekdayWeights, base: Int64)
    }

    private let kind: Kind
    private let bin: BinValues
    /// How many ticks there are, at least 1.
    let count: UInt64
    /// The special values that have a place on this ruler, ascending.
    private let passed: [Int64]

    /// All values of a bin.
    init(of bin: BinValues) {
        kind = .whole
        self.bin = bin
        count = UInt64(bin.positions)
        passed = []
    }

    /// The values of a bin that follow a habit; nil where there are none.
    init?(_ habit: RoundHabit, of bin: BinValues) {
        let rest = (bin.start - habit.ending) % habit.step
        let gap = rest > 0 ? habit.step - rest : -rest
        guard gap <= bin.end - bin.start else { return nil }
        let first = bin.start + gap
        passed = bin.specials.filter { $0 >= first && ($0 - first) % habit.step == 0 }
        let ticks = (bin.end - first) / habit.step + 1 - Int64(passed.count)
        guard ticks > 0 else { return nil }
        kind = .lattice(first: first, step: habit.step)
        self.bin = bin
        count = UInt64(ticks)
    }

    /// The values of a bin by the weight of their weekday; nil where all weigh nothing.
    init?(_ weekdays: WeekdayWeights, of bin: BinValues) {
        passed = bin.specials
        let base = weekdays.mass(below: bin.start)
        let ticks =
            weekdays.mass(below: bin.end + 1) - base
            - passed.reduce(0) { $0 + weekdays.weight(of: $1) }
        guard ticks > 0 else { return nil }
        kind = .weekdays(weekdays, base: base)
        self.bin = bin
        count = UInt64(ticks)
    }

    /// The position of the value at a tick.
    func position(at tick: UInt64) -> Int {
        switch kind {
        case .whole: return Int(tick)
        case .lattice(let first, let step):
            var value = first + Int64(tick) * step
            for special in passed where special <= value { value += step }
            return bin.position(of: value)
        case .weekdays(let weekdays, let base):
            var mass = base + Int64(tick)
            for special in passed where weekdays.mass(below: special) <= mass {
                mass += weekdays.weight(of: special)
            }
            return bin.position(of: weekdays.value(atMass: mass))
        }
    }

    /// How many ticks have a position below one.
    func ticks(below position: Int) -> UInt64 {
        guard position > 0 else { return 0 }
        guard position < bin.positions else { return count }
        let value = bin.value(at: position)
        let over = passed.prefix { $0 < value }
        switch kind {
        case .whole: return UInt64(position)
        case .lattice(let first, let step):
            guard value > first else { return 0 }
            return min(count, UInt64((value - first - 1) / step + 1 - Int64(over.count)))
        case .weekdays(let weekdays, let base):
            let mass = weekdays.mass(below: value) - base
            return UInt64(mass - over.reduce(0) { $0 + weekdays.weight(of: $1) })
        }
    }
}

/// The values of one bin and their positions.
struct BinValues: Sendable {
    /// First and last value.
    let start: Int64, end: Int64
    /// Special values between them, ascending.
    let specials: [Int64]
    /// How many positions there are.
    let positions: Int
    /// Values, special ones aside, from one position to the next.
    let stride: Int64

    /// How many values are not special.
    var openCount: Int64 { end - start + 1 - Int64(specials.count) }

    /// The position of a value that is not special.
    func position(of value: Int64) -> Int {
        var order = value - start
        for special in specials where special < value { order -= 1 }
        return Int(stride == 1 ? order : order / stride)
    }

    /// The value at a position.
    func value(at position: Int) -> Int64 {
        var value = start + Int64(position) * stride
        for special in specials where special <= value { value += 1 }
        return value
    }
}
