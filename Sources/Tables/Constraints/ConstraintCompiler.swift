// SPDX-License-Identifier: Apache-2.0

/// Turns declared rules into rules over the cells and values of a schema's columns.
struct ConstraintCompiler {
    /// A rule as it is checked.
    enum Compiled: Sendable {
        case linear(LinearRule)
        case forbidden(ForbiddenRule)
    }

    let schema: Schema
    /// Attributes that rules are about, ascending; a slot is a place in it.
    let attributes: [Int]
    /// The cells of each of them.
    let cells: [ValueCells]

    init(schema: Schema) {
        self.schema = schema
        let names = schema.constraints.flatMap { schema.measuredColumns(of: $0) }
        attributes = Set(names.compactMap { schema.attribute(named: $0) }).sorted()
        // Rules are about columns with declared domains alone.
        cells = attributes.compactMap { schema.fields[schema.measured[$0]].codec }
            .map { ValueCells($0) }
    }

    /// The rules that a declared one comes to: of an implication one for each consequence.
    ///
    /// - Throws: `SchemaError` where the columns have no such values.
    func compiled(_ constraint: Constraint) throws(SchemaError) -> [Compiled] {
        do throws(SchemaError) {
            switch constraint.rule {
            case .relation(let left, let comparison, let right):
                return [try relation(left, comparison, right)]
            case .forbidden(let conditions):
                return [.forbidden(ForbiddenRule(tests: try tests(conditions)))]
            case .implication(let first, let second):
                let tests = try tests(first)
                var rules: [Compiled] = []
                for condition in second {
                    rules.append(
                        .forbidden(
                            ForbiddenRule(tests: tests + [try test(condition, isNegated: true)])))
                }
                return rules
            }
        } catch {
            throw SchemaError(
                schema: schema.name, detail: "constraint \"\(constraint.name)\": \(error.detail)")
        }
    }

    private func tests(_ conditions: [Constraint.Condition]) throws(SchemaError) -> [CellTest] {
        var tests: [CellTest] = []
        for condition in conditions { tests.append(try test(condition, isNegated: false)) }
        return tests
    }

    func slot(_ name: String) throws(SchemaError) -> Int {
        guard let attribute = schema.attribute(named: name),
            let slot = attributes.firstIndex(of: attribute)
        else { throw SchemaError(detail: "no measured column \"\(name)\"; name another one") }
        return slot
    }

    /// A condition, or its opposite: neither holds for what is unknown.
    private func test(
        _ condition: Constraint.Condition, isNegated: Bool
    ) throws(SchemaError) -> CellTest {
        let slot = try slot(condition.column)
        let own = cells[slot]
        let name = condition.column
        switch condition.test {
        case .missing(let isOpposite):
            let truth = own.isKnown.indices.map { code -> CellTest.Truth in
                own.codec.isMissing(code) != (isOpposite != isNegated) ? .all : .none
            }
            return CellTest(slot: slot, truth: truth, ranges: nil)
        case .comparison(let comparison, let value) where own.isNumeric:
            let ranges = try ranges(comparison, value, name, own)
            return try numeric(slot, name, isNegated ? ranges.complement : ranges)
        case .member(let values, let isOpposite) where own.isNumeric:
            var ranges = NumberRanges([])
            for value in values { ranges = ranges.union(try self.ranges(.equal, value, name, own)) }
            return try numeric(
                slot, name, isNegated != isOpposite ? ranges.complement : ranges)
        case .comparison(let comparison, let value):
            guard comparison == .equal || comparison == .unequal else {
                throw SchemaError(
                    detail: "\"\(name)\" has no order, so it compares by = and != alone")
            }
            let code = try code(value, name, own)
            return listed(slot, [code], isNegated: isNegated != (comparison == .unequal))
        case .member(let values, let isOpposite):
            var codes: Set<Int> = []
            for value in values { codes.insert(try code(value, name, own)) }
            return listed(slot, codes, isNegated: isNegated != isOpposite)
        }
    }

    /// The opposite of a condition.
    func oppositeTest(_ condition: Constraint.Condition) throws(SchemaError) -> CellTest {
        try test(condition, isNegated: true)
    }

    private func numeric(
        _ slot: Int, _ name: String, _ ranges: NumberRanges
    ) throws(SchemaError) -> CellTest {
        let own = cells[slot]
        guard own.isWhole else {
            throw SchemaError(
                detail: "\"\(name)\" has bins of more than 2^31 values; use narrower ones")
        }
        let truth = own.isKnown.indices.map { code in
            own.isKnown[code]
                ? ranges.covers(from: own.low[code], to: own.high[code]) : CellTest.Truth.none
        }
        return CellTest(slot: slot, truth: truth, ranges: ranges)
    }

    private func listed(_ slot: Int, _ codes: Set<Int>, isNegated: Bool) -> CellTest {
        let own = cells[slot]
        let truth = own.isKnown.indices.map { code -> CellTest.Truth in
            own.isKnown[code] && codes.contains(code) != isNegated ? .all : .none
        }
        return CellTest(slot: slot, truth: truth, ranges: nil)
    }

    private func code(
        _ value: Constraint.Literal, _ name: String, _ own: ValueCells
    ) throws(SchemaError) -> Int {
        let text: String
        switch value {
        case .boolean(let truth) where own.codec.kind == .boolean: return truth ? 1 : 0
        case .boolean(let truth): text = truth ? "true" : "false"
        case .number(let number): text = number
        case .text(let own): text = own
        }
        let bytes = Array(text.utf8)
        let code = own.codec.encode(bytes.span)
        guard own.isKnown.indices.contains(code), own.isKnown[code] else {
            throw SchemaError(
                detail: "\"\(text)\" is none of the values of \"\(name)\"; use a declared one")
        }
        return code
    }

    /// The values of a numeric column that compare so with a literal.
    private func ranges(
        _ comparison: Constraint.Comparison, _ value: Constraint.Literal, _ name: String,
        _ own: ValueCells
    ) throws(SchemaError) -> NumberRanges {
        switch (own.codec.kind, value) {
        case (.moment(let format), .text(let text)):
            if let number = try format.value(of: text, type: own.codec.type) {
                return NumberRanges(comparison, floor: number, isExact: true)
            }
        case (.decimal, .number(let text)), (.integers, .number(let text)):
            let bytes = Array(text.utf8)
            let number = FixedPoint.parse(
                bytes.span, from: 0, to: bytes.count, decimals: own.decimals)
            if number.form != .invalid {
                return NumberRanges(
                    comparison, floor: number.value, isExact: number.form == .exact)
            }
        default: break
        }
        throw SchemaError(
            detail: "\"\(name)\" compares with a \(own.codec.type.rawValue), found another value; "
                + "write numbers bare, dates and times in single quotes")
    }
}
