// SPDX-License-Identifier: Apache-2.0

/// A condition that was not understood, or that the cells of a schema cannot tell; one line for a person.
public struct ConditionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was found, what was expected, and what to do; it quotes the condition and the schema, both public.
    public let description: String
}

/// A condition on the values of rows: terms joined by commas, all of which have to hold.
///
/// A term is a column with one of
///
///     age>=65    income<1000.00    sex=F    sex!=F    state in {NY, NJ}    state not in {NY, NJ}
///     diagnosis missing    diagnosis not missing
///
/// Columns and values that hold signs of this grammar are quoted, `"a,b"` or `'a,b'`. A missing value meets no
/// comparison, `!=` and `not in` among them, as in SQL; a value that the schema keeps as "other" meets `!=` and
/// `not in` alone. Comparisons with an order are for numbers, dates and times. A bin of several values can be
/// taken whole or not at all: a bound that cuts one is refused and the edges about it are named, so that rows
/// under a condition are exactly those of the model that meet it. `=` takes a bin by its label, such as `40-44`.
public struct Condition: Sendable, Hashable {
    /// For each attribute that the condition is about the cells that meet it, at least one.
    public let allowed: [Int: Set<Int>]

    /// Reads a condition.
    ///
    /// - Parameters:
    ///   - text: The condition; an empty one holds for every row.
    ///   - schema: The schema of the rows; it has no open domains.
    /// - Throws: `ConditionError` for an unknown column or value, a bound inside a bin, or terms that leave a
    ///   column no cell.
    public init(_ text: String, schema: Schema) throws(ConditionError) {
        let codecs = schema.codecs
        var allowed: [Int: Set<Int>] = [:]
        for term in try ConditionTerm.terms(text, columns: schema.attributeNames) {
            let cells = try codecs[term.attribute].cells(of: term)
            let left = allowed[term.attribute].map { $0.intersection(cells) } ?? cells
            guard !left.isEmpty else {
                throw ConditionError(
                    description:
                        "contradictory condition: \(term.column): no cell of the column meets "
                        + "'\(text)'; loosen it")
            }
            allowed[term.attribute] = left
        }
        self.allowed = allowed
    }

    /// A condition on one column.
    ///
    /// - Parameters:
    ///   - attribute: The column.
    ///   - cell: The one cell that meets it.
    public init(attribute: Int, cell: Int) { allowed = [attribute: [cell]] }

    private init(allowed: [Int: Set<Int>]) { self.allowed = allowed }

    /// What meets both conditions.
    ///
    /// - Parameter other: Another condition of the same schema.
    /// - Returns: `nil` where they leave a column no cell.
    public func and(_ other: Condition) -> Condition? {
        let both = allowed.merging(other.allowed) { $0.intersection($1) }
        return both.values.contains(where: \.isEmpty) ? nil : Condition(allowed: both)
    }
}

extension ColumnCodec {
    /// The cells that meet a term.
    func cells(of term: ConditionTerm) throws(ConditionError) -> Set<Int> {
        var cells = Set<Int>()
        switch term.test {
        case .missing: if missingCode >= 0 { cells.insert(missingCode) }
        case .present: cells = Set((0..<cellCount).filter { !isMissing($0) })
        case .among(let values):
            for value in values { cells.formUnion(try self.cells(equalTo: value, term)) }
        case .notAmong(let values):
            cells = Set((0..<cellCount).filter { !isMissing($0) })
            for value in values { cells.subtract(try self.cells(equalTo: value, term)) }
        case .compared(let order, let value):
            cells = try self.cells(order, value, term)
        }
        return cells
    }

    /// The cell of a declared value: as it is written, or as a label has it.
    ///
    /// - Parameter text: The value.
    /// - Returns: `nil` where no cell holds exactly that, which a bin of several values does not.
    public func cell(of text: String) -> Int? {
        if let label = labels[..<(valueCount + (grid?.specials.count ?? 0))].firstIndex(of: text) {
            return label
        }
        let bytes = Array(text.utf8)
        switch kind {
        case .text, .boolean:
            let key = keys.find(bytes)
            return key < 0 ? nil : Int(keyCodes[key])
        case .integers:
            return number(bytes).flatMap { integers.firstIndex(of: $0) }
        case .decimal, .moment:
            guard let grid, let value = number(bytes) else { return nil }
            let code = grid.code(of: value, isExact: true)
            return code >= 0 && (code >= valueCount || grid.positions(inBin: code) == 1)
                ? code : nil
        }
    }

    private func cells(
        equalTo value: String, _ term: ConditionTerm
    ) throws(ConditionError) -> Set<Int> {
        if let cell = cell(of: value) { return [cell] }
        guard let number = number(Array(value.utf8)), let grid else { throw unknown(value, term) }
        let code = grid.code(of: number, isExact: true)
        guard code >= 0 else { throw unknown(value, term) }
        throw ConditionError(
            description:
                "value inside a bin: \(term.column): '\(value)' is one of several values of the bin "
                + "\(label(code)), expected a whole bin; ask for \(term.column)=\(label(code)), or declare "
                + "the value special")
    }

    private func unknown(_ value: String, _ term: ConditionTerm) -> ConditionError {
        let known = (0..<cellCount).filter { !isMissing($0) && !isOther($0) }
        let names = known.prefix(8).map(label).joined(separator: ", ")
        return ConditionError(
            description: "no such value: \(term.column): found '\(value)', expected one of \(names)"
                + (known.count > 8 ? " and \(known.count - 8) more of the schema" : ""))
    }

    private func cells(
        _ order: ConditionTerm.Order, _ text: String, _ term: ConditionTerm
    ) throws(ConditionError) -> Set<Int> {
        guard isOrdered else {
            throw ConditionError(
                description:
                    "no order: \(term.column): found \(order.rawValue) for a \(type.rawValue), "
                    + "expected =, != or in {…}")
        }
        guard let bound = number(Array(text.utf8)) else {
            throw ConditionError(
                description: "not a value of its type: \(term.column): found '\(text)', expected "
                    + expectation)
        }
        guard let grid else {
            return Set(integers.indices.filter { order.holds(integers[$0], bound) })
        }
        var cells = Set<Int>()
        for code in 0..<valueCount {
            let first = grid.value(inBin: code, at: 0)
            let last = grid.value(inBin: code, at: grid.positions(inBin: code) - 1)
            let ends = [first, last].map { order.holds($0, bound) }
            guard ends[0] == ends[1] else {
                throw cut(code, order, grid: grid, term)
            }
            if ends[0] { cells.insert(code) }
        }
        for (index, value) in grid.specials.enumerated() where order.holds(value, bound) {
            cells.insert(valueCount + index)
        }
        return cells
    }

    /// The refusal of a bound inside a bin, which names the bounds just below and above.
    private func cut(
        _ code: Int, _ order: ConditionTerm.Order, grid: BinGrid, _ term: ConditionTerm
    ) -> ConditionError {
        let isFromBelow = order == .less || order == .atLeast
        let edges =
            isFromBelow
            ? [grid.starts[code], grid.ends[code] + 1] : [grid.starts[code] - 1, grid.ends[code]]
        let names = edges.map { term.column + order.rawValue + gridText($0) }
        return ConditionError(
            description:
                "bound inside a bin: \(term.column): it cuts the bin \(label(code)), expected an "
                + "edge of a bin; ask for \(names[0]) or \(names[1]), or declare the edge")
    }

    /// A text as a number of the column's grid, exactly; `nil` for anything else.
    private func number(_ bytes: [UInt8]) -> Int64? {
        switch kind {
        case .text, .boolean: return nil
        case .integers, .decimal:
            var decimals = 0
            if case .decimal(let declared) = kind { decimals = declared }
            let number = FixedPoint.parse(bytes.span, from: 0, to: bytes.count, decimals: decimals)
            return number.form == .exact ? number.value : nil
        case .moment(let format):
            let value = format.parse(bytes.span, from: 0, to: bytes.count)
            return value == TimeFormat.invalid ? nil : value
        }
    }
}
