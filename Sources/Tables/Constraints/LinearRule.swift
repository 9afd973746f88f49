// SPDX-License-Identifier: Apache-2.0

/// A sum of columns that is at least a number, or equal to it: in whole units of the finest decimals.
struct LinearRule: Sendable {
    struct Term: Sendable {
        /// The column's place among those that rules are about.
        let slot: Int
        /// What its value is multiplied with; not 0.
        var factor: Int64
    }

    /// The columns, the first of the rule's text first: it is what moves first.
    let terms: [Term]
    let bound: Int128
    let isEquality: Bool

    /// Whether the rule is kept by all values of some cells, by some of them, or by none; what is unknown keeps
    /// it.
    func truth(_ codes: [Int], _ cells: [ValueCells]) -> CellTest.Truth {
        var low: Int128 = 0, high: Int128 = 0
        for term in terms {
            let code = codes[term.slot]
            let own = cells[term.slot]
            guard own.isKnown[code] else { return .all }
            let first = Int128(term.factor) * Int128(own.low[code])
            let last = Int128(term.factor) * Int128(own.high[code])
            low += min(first, last)
            high += max(first, last)
        }
        if high < bound || isEquality && low > bound { return .none }
        return low >= bound && (!isEquality || high == bound) ? .all : .some
    }

    /// The sum less the bound.
    func excess(_ values: [Int64]) -> Int128 {
        terms.reduce(-bound) { $0 + Int128($1.factor) * Int128(values[$1.slot]) }
    }

    func isKept(_ codes: [Int], _ values: [Int64], _ cells: [ValueCells]) -> Bool {
        guard terms.allSatisfy({ cells[$0.slot].isKnown[codes[$0.slot]] }) else { return true }
        let excess = excess(values)
        return isEquality ? excess == 0 : excess >= 0
    }

    /// Moves values inside their cells until the rule is kept, or as far as they go.
    ///
    /// The first column moves first, and others only by what it cannot do. Where a sum has to be at least a number,
    /// and the first column alone can do it, its value keeps its place in proportion to the room that is left, so that
    /// values do not pile up at the bound.
    ///
    /// - Parameters:
    ///   - isSpread: Whether to keep that proportion; without it values move as little as possible.
    ///   - turn: How many columns give way to those behind them: where two rules pull at one column, others have to
    ///     move.
    ///   - fixed: Places of columns that do not move.
    func mend(
        _ codes: [Int], _ values: inout [Int64], _ cells: [ValueCells], isSpread: Bool, turn: Int,
        fixed: Set<Int>
    ) {
        var movable = terms.filter { !fixed.contains($0.slot) }
        if !movable.isEmpty { movable = movable.rotated(by: turn % movable.count) }
        guard let first = movable.first else { return }
        if !isEquality, isSpread, spread(first, codes, &values, cells) { return }
        for pass in 0..<2 {
            for term in movable {
                let lack = -excess(values)
                guard isEquality ? lack != 0 : lack > 0 else { return }
                let factor = Int128(term.factor)
                // Towards zero for an equality, as finer columns do the rest; far enough otherwise.
                var steps = lack / factor
                if !isEquality, steps * factor < lack { steps += factor > 0 ? 1 : -1 }
                // A coarse column goes one further the second time, and finer ones come back.
                if isEquality, pass == 1, steps == 0 { steps = (lack > 0) == (factor > 0) ? 1 : -1 }
                move(term.slot, by: steps, codes, &values, cells)
            }
        }
    }

    /// Moves a value inside its cell, as far as the cell goes.
    private func move(
        _ slot: Int, by steps: Int128, _ codes: [Int], _ values: inout [Int64],
        _ cells: [ValueCells]
    ) {
        let (own, code) = (cells[slot], codes[slot])
        let wanted = Int128(values[slot]) + steps
        let value = Int64(min(max(wanted, Int128(own.low[code])), Int128(own.high[code])))
        // An inequality needs all of the step; an equality rather less, which the next column makes up for.
        values[slot] = own.reachable(
            value, in: code, upwards: isEquality ? steps < 0 : steps > 0)
    }

    private func spread(
        _ term: Term, _ codes: [Int], _ values: inout [Int64], _ cells: [ValueCells]
    ) -> Bool {
        let (own, code) = (cells[term.slot], codes[term.slot])
        let (low, high) = (own.low[code], own.high[code])
        let lack = -excess(values)
        let factor = Int128(term.factor)
        var steps = lack / factor
        if steps * factor < lack { steps += factor > 0 ? 1 : -1 }
        let limit = Int128(values[term.slot]) + steps
        guard limit >= Int128(low), limit <= Int128(high), high > low else { return false }
        let place = Double(values[term.slot] - low) / Double(high - low)
        let value: Int64
        if factor > 0 {
            let room = Double(high - Int64(limit))
            value = min(high, Int64(limit) + Int64((place * room).rounded(.down)))
        } else {
            let room = Double(Int64(limit) - low)
            value = max(low, low + Int64((place * room).rounded(.down)))
        }
        values[term.slot] = own.reachable(value, in: code, upwards: factor > 0)
        return excess(values) >= 0
    }
}

extension Array {
    /// The elements from a place on, and then those before it.
    fileprivate func rotated(by count: Int) -> [Element] { Array(self[count...] + self[..<count]) }
}

/// Conditions that do not all hold together.
struct ForbiddenRule: Sendable {
    /// The conditions, the last of the rule's text last: its column moves first.
    let tests: [CellTest]

    func truth(_ codes: [Int]) -> CellTest.Truth {
        if tests.contains(where: { $0.truth[codes[$0.slot]] == .none }) { return .all }
        return tests.allSatisfy { $0.truth[codes[$0.slot]] == .all } ? .none : .some
    }

    func isKept(_ codes: [Int], _ values: [Int64]) -> Bool {
        !tests.allSatisfy { $0.holds(codes[$0.slot], values[$0.slot]) }
    }

    /// Moves one value inside its cell to the nearest for which its condition does not hold.
    func mend(
        _ codes: [Int], _ values: inout [Int64], _ cells: [ValueCells], fixed: Set<Int>
    ) {
        for test in tests.reversed() where !fixed.contains(test.slot) {
            let (slot, code) = (test.slot, codes[test.slot])
            guard test.truth[code] == .some, let ranges = test.ranges,
                let value = ranges.nearestOutside(
                    of: values[slot], from: cells[slot].low[code], to: cells[slot].high[code])
            else { continue }
            let moved = cells[slot].reachable(value, in: code, upwards: value > values[slot])
            guard !ranges.contains(moved) else { continue }
            values[slot] = moved
            return
        }
    }
}
