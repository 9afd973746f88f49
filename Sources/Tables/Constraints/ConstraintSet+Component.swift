// SPDX-License-Identifier: Apache-2.0

extension ConstraintSet.Component {
    /// Rounds of mending one rule after the other.
    private static let rounds = 12
    /// Combinations of cells that are looked at, at most, for some that keep all rules.
    private static let mostNodes = 200_000

    init(_ rules: [ConstraintCompiler.Compiled], names: [String]) {
        self.rules = rules
        self.names = names
        slots = Set(rules.flatMap(\.slots)).sorted()
        var seen: Set<Int> = []
        movers = rules.compactMap(\.slots.first).filter { seen.insert($0).inserted }
    }

    func isKept(_ codes: [Int], _ values: [Int64], _ cells: [ValueCells]) -> Bool {
        rules.allSatisfy { $0.isKept(codes, values, cells) }
    }

    /// Whether no values at all of some cells break a rule.
    func isCertain(_ codes: [Int], _ cells: [ValueCells]) -> Bool {
        rules.allSatisfy { $0.truth(codes, cells) == .all }
    }

    /// Whether there are values of some cells that keep all rules.
    ///
    /// Interval arithmetic says no at once; where several rules or an equality leave it open, values are looked for
    /// as `settled` does.
    func canBeKept(_ codes: [Int], _ cells: [ValueCells]) -> Bool {
        var open = 0
        var needsValues = false
        for rule in rules {
            switch rule.truth(codes, cells) {
            case .none: return false
            case .all: continue
            case .some:
                open += 1
                if case .linear(let linear) = rule, !linear.isEquality { continue }
                needsValues = true
            }
        }
        guard open > 1 || needsValues else { return true }
        return settled(codes, cells) != nil
    }

    /// Values of some cells that keep all rules, found from their low ends, high ends or middles.
    func settled(_ codes: [Int], _ cells: [ValueCells], fixed: Set<Int> = []) -> [Int64]? {
        for start in 0..<3 {
            var values = cells.indices.map { slot -> Int64 in
                let (own, code) = (cells[slot], codes[slot])
                switch start {
                case 0: return own.low[code]
                case 1: return own.high[code]
                default:
                    let middle = own.low[code] + (own.high[code] - own.low[code]) / 2
                    return own.reachable(middle, in: code, upwards: false)
                }
            }
            if settle(codes, &values, cells, isSpread: false, fixed: fixed) { return values }
        }
        return nil
    }

    /// Moves values inside their cells until all rules are kept.
    ///
    /// - Returns: Whether they are.
    func settle(
        _ codes: [Int], _ values: inout [Int64], _ cells: [ValueCells], isSpread: Bool,
        fixed: Set<Int>
    ) -> Bool {
        for round in 0..<Self.rounds {
            var isKept = true
            for rule in rules where !rule.isKept(codes, values, cells) {
                isKept = false
                switch rule {
                case .linear(let linear):
                    // Spread values may never meet several rules at once.
                    linear.mend(
                        codes, &values, cells, isSpread: isSpread && round < 2,
                        turn: round / 2, fixed: fixed)
                case .forbidden(let forbidden):
                    forbidden.mend(codes, &values, cells, fixed: fixed)
                }
            }
            if isKept { return true }
        }
        return isKept(codes, values, cells)
    }

    /// The first cells, in an order from the middle of each domain outwards, that hold values which keep all rules;
    /// nil where there are none, or none among the first 200,000 combinations.
    func firstKept(_ cells: [ValueCells]) -> [Int]? {
        var codes = cells.map { $0.isKnown.firstIndex(of: true) ?? 0 }
        var nodes = 0
        func search(_ place: Int) -> Bool {
            guard place < slots.count else { return canBeKept(codes, cells) }
            let slot = slots[place]
            let known = cells[slot].isKnown.indices.filter { cells[slot].isKnown[$0] }
            // What a rule asks to be missing has to be.
            let rest = cells[slot].isKnown.indices.filter {
                !cells[slot].isKnown[$0] && isAsked(slot)
            }
            let middle = known.count / 2
            let order = known.indices.sorted { abs($0 - middle) < abs($1 - middle) }.map {
                known[$0]
            }
            for code in order + rest {
                nodes += 1
                guard nodes <= Self.mostNodes else { return false }
                codes[slot] = code
                if isOpen(codes, upTo: place, cells), search(place + 1) { return true }
            }
            return false
        }
        return search(0) ? slots.map { codes[$0] } : nil
    }

    /// Whether a rule asks if the column is missing.
    private func isAsked(_ slot: Int) -> Bool {
        rules.contains { rule in
            guard case .forbidden(let forbidden) = rule else { return false }
            return forbidden.tests.contains { $0.slot == slot && $0.ranges == nil }
        }
    }

    /// Whether cells of the first columns can still become a kept combination, by interval arithmetic.
    private func isOpen(_ codes: [Int], upTo place: Int, _ cells: [ValueCells]) -> Bool {
        let set = Set(slots[...place])
        return rules.allSatisfy { rule in
            let own = rule.slots
            if own.allSatisfy(set.contains) { return rule.truth(codes, cells) != .none }
            guard case .linear(let linear) = rule else { return true }
            return linear.isOpen(codes, set, cells)
        }
    }
}

extension LinearRule {
    /// Whether some values of the columns that are still free keep the rule.
    fileprivate func isOpen(_ codes: [Int], _ set: Set<Int>, _ cells: [ValueCells]) -> Bool {
        var low: Int128 = 0, high: Int128 = 0
        for term in terms {
            let own = cells[term.slot]
            let (first, last): (Int64, Int64)
            if set.contains(term.slot) {
                guard own.isKnown[codes[term.slot]] else { return true }
                (first, last) = (own.low[codes[term.slot]], own.high[codes[term.slot]])
            } else {
                let known = own.isKnown.indices.filter { own.isKnown[$0] }
                first = known.map { own.low[$0] }.min() ?? 0
                last = known.map { own.high[$0] }.max() ?? 0
            }
            let products = [
                Int128(term.factor) * Int128(first), Int128(term.factor) * Int128(last),
            ]
            low += min(products[0], products[1])
            high += max(products[0], products[1])
        }
        return high >= bound && (!isEquality || low <= bound)
    }
}
