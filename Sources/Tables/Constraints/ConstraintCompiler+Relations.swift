// SPDX-License-Identifier: Apache-2.0

extension ConstraintCompiler {
    /// A comparison of sums as one sum that is at least a number, or equal to it.
    func relation(
        _ left: Constraint.Expression, _ comparison: Constraint.Comparison,
        _ right: Constraint.Expression
    ) throws(SchemaError) -> Compiled {
        let (left, right) = (schema.expanded(left), schema.expanded(right))
        if let condition = condition(left, comparison, right) {
            // What must hold is that its opposite does not.
            return .forbidden(ForbiddenRule(tests: [try oppositeTest(condition)]))
        }
        guard comparison != .unequal else {
            throw SchemaError(
                detail: "!= is for a column and a value; write \"never\" and conditions instead")
        }
        // A sum that is at most a number is the opposite sum, at least the opposite number.
        let isTurned = comparison == .atMost || comparison == .less
        var terms = try terms(left.columns, sign: isTurned ? -1 : 1)
        terms += try self.terms(right.columns, sign: isTurned ? 1 : -1)
        terms = Self.joined(terms)
        try check(terms)
        var literals: [(text: String, sign: Int64)] = []
        for (sum, sign) in [(right, Int64(isTurned ? -1 : 1)), (left, isTurned ? 1 : -1)] {
            for (literal, own) in sum.literals {
                guard case .number(let text) = literal else {
                    throw SchemaError(detail: "only numbers are added to columns; remove the text")
                }
                literals.append((text, sign * own))
            }
        }
        let decimals =
            (terms.map { cells[$0.slot].decimals } + literals.map { Self.decimals(of: $0.text) })
            .max() ?? 0
        guard decimals <= 9 else {
            throw SchemaError(detail: "a number has more than 9 decimals; round it")
        }
        var bound: Int128 = comparison == .greater || comparison == .less ? 1 : 0
        for (text, sign) in literals {
            let bytes = Array(text.utf8)
            let number = FixedPoint.parse(
                bytes.span, from: 0, to: bytes.count, decimals: decimals)
            guard number.form == .exact else {
                throw SchemaError(detail: "\"\(text)\" is no number that can be kept exactly")
            }
            bound += Int128(sign) * Int128(number.value)
        }
        let scaled = terms.map { term in
            LinearRule.Term(
                slot: term.slot,
                factor: term.factor * FixedPoint.powers[decimals - cells[term.slot].decimals])
        }
        return .linear(LinearRule(terms: scaled, bound: bound, isEquality: comparison == .equal))
    }

    /// One column and one value, as a condition on that column.
    private func condition(
        _ left: Constraint.Expression, _ comparison: Constraint.Comparison,
        _ right: Constraint.Expression
    ) -> Constraint.Condition? {
        let isTurned = left.columns.isEmpty
        let (column, value) = isTurned ? (right, left) : (left, right)
        guard column.columns.count == 1, column.literals.isEmpty, column.columns[0].sign == 1,
            value.columns.isEmpty, value.literals.count == 1
        else { return nil }
        var literal = value.literals[0].value
        if value.literals[0].sign < 0 {
            guard case .number(let text) = literal else { return nil }
            literal = .number("-" + text)
        }
        let turned: [Constraint.Comparison: Constraint.Comparison] = [
            .less: .greater, .atMost: .atLeast, .atLeast: .atMost, .greater: .less,
        ]
        return Constraint.Condition(
            column: column.columns[0].name,
            test: .comparison(isTurned ? turned[comparison] ?? comparison : comparison, literal))
    }

    private func terms(
        _ columns: [(name: String, sign: Int64)], sign: Int64
    ) throws(SchemaError) -> [LinearRule.Term] {
        var terms: [LinearRule.Term] = []
        for column in columns {
            let slot = try slot(column.name)
            guard cells[slot].isNumeric else {
                throw SchemaError(
                    detail:
                        "\"\(column.name)\" is no number, date or time, so it cannot be compared by "
                        + "size or added; write conditions with \"if\" or \"never\"")
            }
            guard cells[slot].isWhole else {
                throw SchemaError(
                    detail:
                        "\"\(column.name)\" has bins of more than 2^31 values; use narrower ones")
            }
            terms.append(LinearRule.Term(slot: slot, factor: sign * column.sign))
        }
        return terms
    }

    /// Each column once.
    private static func joined(_ terms: [LinearRule.Term]) -> [LinearRule.Term] {
        var joined: [LinearRule.Term] = []
        for term in terms {
            if let index = joined.firstIndex(where: { $0.slot == term.slot }) {
                joined[index].factor += term.factor
            } else {
                joined.append(term)
            }
        }
        return joined.filter { $0.factor != 0 }
    }

    /// Refuses sums without columns, and of dates and times that do not add up to a difference.
    private func check(_ terms: [LinearRule.Term]) throws(SchemaError) {
        guard !terms.isEmpty else {
            throw SchemaError(detail: "it compares no columns; name at least one")
        }
        let moments = terms.filter { cells[$0.slot].step != nil }
        let steps = Set(moments.compactMap { cells[$0.slot].step })
        guard steps.count <= 1 else {
            throw SchemaError(
                detail: "it compares dates or times of different steps; give them one format")
        }
        guard moments.reduce(0, { $0 + $1.factor }) == 0 else {
            throw SchemaError(
                detail: "dates and times are compared with each other; write for example "
                    + "\"end >= start\" or \"days = end - start\"")
        }
    }

    private static func decimals(of text: String) -> Int {
        text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0
    }
}
