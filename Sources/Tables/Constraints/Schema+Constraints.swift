// SPDX-License-Identifier: Apache-2.0

extension SchemaReader {
    /// Reads the rules between columns: `"semblance": {"constraints": [...]}` beside the fields.
    ///
    /// Each is a text, or an object with a `rule` and a `name` of its own.
    static func constraints(_ root: JSONValue) throws(SchemaError) -> [Constraint] {
        guard let semblance = root["semblance"] else { return [] }
        guard case .object(let members) = semblance else {
            throw SchemaError(detail: "\"semblance\" must be an object, found \(semblance.kind)")
        }
        for member in members where member.name != "constraints" {
            throw SchemaError(
                detail: "unknown key \"\(member.name)\" in \"semblance\" of the schema; known is "
                    + "constraints")
        }
        guard let list = semblance["constraints"] else { return [] }
        guard case .array(let items) = list else {
            throw SchemaError(detail: "\"constraints\" must be a list, found \(list.kind)")
        }
        var constraints: [Constraint] = []
        for (index, item) in items.enumerated() {
            let place = "constraint number \(index + 1)"
            var name: String?
            var rule = item
            if case .object(let members) = item {
                for member in members where member.name != "name" && member.name != "rule" {
                    throw SchemaError(
                        detail: "\(place): unknown key \"\(member.name)\"; known are name and rule")
                }
                if case .string(let text)? = item["name"] { name = text }
                guard let own = item["rule"] else {
                    throw SchemaError(detail: "\(place): found no \"rule\"; write one")
                }
                rule = own
            }
            guard case .string(let text) = rule else {
                throw SchemaError(
                    detail: "\(place): found \(rule.kind), expected a text such as \"end >= start\""
                )
            }
            do throws(SchemaError) {
                constraints.append(
                    Constraint(
                        name: name ?? text, text: text, rule: try ConstraintParser.rule(text)))
            } catch {
                throw SchemaError(detail: "constraint \"\(name ?? text)\": \(error.detail)")
            }
        }
        return constraints
    }

    /// Refuses rules about columns that are unknown, identifiers, or still to be discovered.
    static func check(
        _ constraints: [Constraint], fields: [Field]
    ) throws(SchemaError) {
        for constraint in constraints {
            for name in constraint.columns {
                let fault: String
                switch fields.first(where: { $0.name == name }) {
                case nil:
                    fault =
                        "names \"\(name)\", which is no column; name one of "
                        + fields.map(\.name).joined(separator: ", ")
                case let field? where field.open != nil:
                    fault = "names \"\(name)\", whose domain is to be discovered; declare it"
                case let field? where field.codec == nil && field.derived == nil:
                    fault =
                        "names \"\(name)\", an identifier, which is never measured; remove the "
                        + "constraint or change the role"
                default: continue
                }
                throw SchemaError(detail: "constraint \"\(constraint.name)\": \(fault)")
            }
        }
    }
}

extension Schema {
    /// A sum with the parts of derived columns in their place.
    func expanded(_ sum: Constraint.Expression) -> Constraint.Expression {
        var expanded = Constraint.Expression(columns: [], literals: sum.literals)
        for (name, sign) in sum.columns {
            guard let derived = fields.first(where: { $0.name == name })?.derived else {
                expanded.columns.append((name, sign))
                continue
            }
            expanded.columns += derived.sum.columns.map { ($0.name, $0.sign * sign) }
            expanded.literals += derived.sum.literals.map { ($0.value, $0.sign * sign) }
        }
        return expanded
    }

    /// The measured columns that a rule is about, through derived ones.
    func measuredColumns(of constraint: Constraint) -> [String] {
        var sum = Constraint.Expression()
        sum.columns = constraint.columns.map { ($0, 1) }
        return expanded(sum).columns.map(\.name)
    }
}
