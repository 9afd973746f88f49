// SPDX-License-Identifier: Apache-2.0

/// A rule between columns that every written record keeps, as the schema declares it.
///
/// Logic is three-valued, as in SQL's CHECK: a missing value, and one outside its column's domain, is unknown, and a
/// rule is broken only by what is known. Real records that break it are counted as they are.
public struct Constraint: Sendable {
    /// What the rule is called in messages: its declared name, or else its text.
    public let name: String
    /// The rule as it was declared.
    public let text: String
    let rule: Rule

    /// What is asked of a record.
    enum Rule: Sendable {
        /// Two sums compare so: `end_date >= start_date`, `total = a + b`.
        case relation(Expression, Comparison, Expression)
        /// Not all conditions hold together: `never sex = 'M' and pregnant = 'Y'`.
        case forbidden([Condition])
        /// Where all of the first hold, all of the others do: `if sex = 'M' then pregnant = 'N'`.
        case implication([Condition], [Condition])
    }

    /// How two values compare.
    enum Comparison: String, Sendable {
        case less = "<"
        case atMost = "<="
        case equal = "="
        case unequal = "!="
        case atLeast = ">="
        case greater = ">"
    }

    /// A value in the text of a rule.
    enum Literal: Sendable {
        case number(String), text(String), boolean(Bool)
    }

    /// A sum of columns and numbers, each added or taken away.
    struct Expression: Sendable {
        var columns: [(name: String, sign: Int64)] = []
        var literals: [(value: Literal, sign: Int64)] = []
    }

    /// What is asked of one column.
    struct Condition: Sendable {
        enum Test: Sendable {
            case comparison(Comparison, Literal)
            case member([Literal], isNegated: Bool)
            case missing(isNegated: Bool)
        }

        let column: String
        let test: Test
    }

    /// Names of the columns that the rule is about, each once, in the order of its text.
    public var columns: [String] {
        let names: [String]
        switch rule {
        case .relation(let left, _, let right): names = (left.columns + right.columns).map(\.name)
        case .forbidden(let conditions): names = conditions.map(\.column)
        case .implication(let first, let second): names = (first + second).map(\.column)
        }
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
