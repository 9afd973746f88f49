// SPDX-License-Identifier: Apache-2.0

/// All rules between the columns of a schema, ready to check records and to mend them.
///
/// It depends on the schema alone. Mending is post-processing of rows that were drawn from noisy answers.
public struct ConstraintSet: Sendable {
    /// Rules that share columns, and so are kept together.
    struct Component: Sendable {
        /// Places of the rules' columns among those that rules are about, ascending.
        let slots: [Int]
        let rules: [ConstraintCompiler.Compiled]
        /// The declared rules, for messages.
        let names: [String]
        /// Columns that are redrawn before others: of each rule the one that moves first.
        let movers: [Int]
        /// Cells that keep all rules, one a slot.
        var witness: [Int] = []
    }

    /// Attributes that rules are about, ascending.
    public let attributes: [Int]
    /// The rules as they were declared.
    public let declared: [Constraint]
    let cells: [ValueCells]
    let components: [Component]

    /// Whether there is no rule.
    public var isEmpty: Bool { components.isEmpty }

    /// Prepares the rules of a schema; other columns than theirs may have open domains.
    ///
    /// - Parameter schema: The schema.
    /// - Throws: `SchemaError` where a rule does not fit its columns, or no values of the declared domains keep it, by
    ///   itself or together with those that share columns with it.
    public init(_ schema: Schema) throws(SchemaError) {
        let compiler = ConstraintCompiler(schema: schema)
        attributes = compiler.attributes
        cells = compiler.cells
        declared = schema.constraints
        var compiled: [(name: String, rules: [ConstraintCompiler.Compiled])] = []
        for constraint in schema.constraints {
            let rules = try compiler.compiled(constraint)
            let alone = Component(rules, names: [constraint.name])
            guard alone.firstKept(cells) != nil else {
                throw SchemaError(
                    schema: schema.name,
                    detail:
                        "constraint \"\(constraint.name)\" cannot be kept: no values of the declared "
                        + "domains do; widen a domain or remove it")
            }
            compiled.append((constraint.name, rules))
        }
        var components: [Component] = []
        for (name, rules) in compiled {
            let slots = Set(rules.flatMap(\.slots))
            let touched = components.filter { !slots.isDisjoint(with: $0.slots) }
            components.removeAll { !slots.isDisjoint(with: $0.slots) }
            components.append(
                Component(
                    touched.flatMap(\.rules) + rules, names: touched.flatMap(\.names) + [name]))
        }
        for index in components.indices {
            guard let witness = components[index].firstKept(cells) else {
                throw SchemaError(
                    schema: schema.name,
                    detail: "constraints "
                        + components[index].names.map { "\"\($0)\"" }.joined(separator: ", ")
                        + " cannot be kept together: found no values of the declared domains that do; "
                        + "widen a domain or remove one of them")
            }
            components[index].witness = witness
        }
        self.components = components
    }

    /// Whether a record keeps all rules.
    ///
    /// - Parameters:
    ///   - code: The cell of an attribute.
    ///   - position: The place of its value in the cell.
    public func isKept(code: (Int) -> Int, position: (Int) -> Int) -> Bool {
        let codes = attributes.map(code)
        let values = attributes.indices.map { slot in
            cells[slot].codec.number(codes[slot], at: position(attributes[slot])) ?? 0
        }
        return components.allSatisfy { $0.isKept(codes, values, cells) }
    }
}

extension ConstraintCompiler.Compiled {
    /// The columns it is about, the one that moves first in front.
    var slots: [Int] {
        switch self {
        case .linear(let rule): rule.terms.map(\.slot)
        case .forbidden(let rule): rule.tests.reversed().map(\.slot)
        }
    }

    func truth(_ codes: [Int], _ cells: [ValueCells]) -> CellTest.Truth {
        switch self {
        case .linear(let rule): rule.truth(codes, cells)
        case .forbidden(let rule): rule.truth(codes)
        }
    }

    func isKept(_ codes: [Int], _ values: [Int64], _ cells: [ValueCells]) -> Bool {
        switch self {
        case .linear(let rule): rule.isKept(codes, values, cells)
        case .forbidden(let rule): rule.isKept(codes, values)
        }
    }
}
