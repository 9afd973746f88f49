// SPDX-License-Identifier: Apache-2.0

/// Reads the text of a rule.
///
///     relation    = sum ("<" | "<=" | "=" | "!=" | ">=" | ">") sum
///     sum         = ["-"] term {("+" | "-") term}
///     term        = column | number | 'text'
///     implication = "if" conditions "then" conditions
///     forbidden   = "never" conditions
///     conditions  = condition {"and" condition}
///     condition   = column comparison value | column ["not"] "in" "(" value {"," value} ")"
///                 | column "is" ["not"] "missing"
///     value       = number | 'text' | "true" | "false"
struct ConstraintParser {
    private let tokens: [ConstraintScanner.Token]
    private var index = 0

    private init(_ text: String) throws(SchemaError) {
        tokens = try ConstraintScanner.tokens(of: text)
    }

    /// Reads a rule.
    static func rule(_ text: String) throws(SchemaError) -> Constraint.Rule {
        var parser = try ConstraintParser(text)
        let rule: Constraint.Rule
        if parser.take("if") {
            let first = try parser.conditions()
            guard parser.take("then") else { throw parser.fault("\"then\" and what follows") }
            rule = .implication(first, try parser.conditions())
        } else if parser.take("never") {
            rule = .forbidden(try parser.conditions())
        } else {
            let left = try parser.sum()
            let comparison = try parser.comparison()
            rule = .relation(left, comparison, try parser.sum())
        }
        guard parser.index == parser.tokens.count else { throw parser.fault("its end") }
        return rule
    }

    /// Reads a sum.
    static func sum(_ text: String) throws(SchemaError) -> Constraint.Expression {
        var parser = try ConstraintParser(text)
        let sum = try parser.sum()
        guard parser.index == parser.tokens.count else { throw parser.fault("its end") }
        return sum
    }

    private var next: ConstraintScanner.Token? {
        index < tokens.count ? tokens[index] : nil
    }

    private mutating func take(_ word: String) -> Bool {
        guard next == .word(word) || next == .sign(word) else { return false }
        index += 1
        return true
    }

    private func fault(_ expected: String) -> SchemaError {
        let found =
            switch next {
            case nil: "its end"
            case .word(let text), .column(let text), .number(let text), .sign(let text):
                "\"\(text)\""
            case .text: "a text in quotes"
            }
        return SchemaError(
            detail: "found \(found) at word \(index + 1), expected \(expected); write for example "
                + "\"end >= start\", \"total = a + b\" or \"if sex = 'M' then pregnant = 'N'\"")
    }

    private mutating func comparison() throws(SchemaError) -> Constraint.Comparison {
        guard case .sign(let sign)? = next, let found = Constraint.Comparison(rawValue: sign)
        else { throw fault("a comparison such as >= or =") }
        index += 1
        return found
    }

    private mutating func sum() throws(SchemaError) -> Constraint.Expression {
        var sum = Constraint.Expression()
        var sign: Int64 = take("-") ? -1 : 1
        while true {
            switch next {
            case .word(let name)?, .column(let name)?: sum.columns.append((name, sign))
            case .number(let text)?: sum.literals.append((.number(text), sign))
            case .text(let text)?: sum.literals.append((.text(text), sign))
            default: throw fault("a column or a number")
            }
            index += 1
            if take("+") {
                sign = 1
            } else if take("-") {
                sign = -1
            } else {
                return sum
            }
        }
    }

    private mutating func conditions() throws(SchemaError) -> [Constraint.Condition] {
        var conditions = [try condition()]
        while take("and") { conditions.append(try condition()) }
        return conditions
    }

    private mutating func condition() throws(SchemaError) -> Constraint.Condition {
        let column: String
        switch next {
        case .word(let name)?, .column(let name)?: column = name
        default: throw fault("a column")
        }
        index += 1
        if take("is") {
            let isNegated = take("not")
            guard take("missing") else { throw fault("\"missing\"") }
            return .init(column: column, test: .missing(isNegated: isNegated))
        }
        let isNegated = take("not")
        if isNegated || next == .word("in") {
            guard take("in"), take("(") else { throw fault("\"in (\" and values") }
            var values = [try value()]
            while take(",") { values.append(try value()) }
            guard take(")") else { throw fault("\")\"") }
            return .init(column: column, test: .member(values, isNegated: isNegated))
        }
        let comparison = try comparison()
        return .init(column: column, test: .comparison(comparison, try value()))
    }

    private mutating func value() throws(SchemaError) -> Constraint.Literal {
        let isNegative = take("-")
        defer { index += 1 }
        switch next {
        case .number(let text)?: return .number((isNegative ? "-" : "") + text)
        case .text(let text)? where !isNegative: return .text(text)
        case .word("true")? where !isNegative: return .boolean(true)
        case .word("false")? where !isNegative: return .boolean(false)
        default: throw fault("a number, a text in single quotes, true or false")
        }
    }
}
