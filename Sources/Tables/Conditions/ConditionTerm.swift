// SPDX-License-Identifier: Apache-2.0

/// One term of a condition: a column and what is asked of it.
struct ConditionTerm {
    /// A comparison with an order.
    enum Order: String {
        case less = "<", atMost = "<=", greater = ">", atLeast = ">="

        func holds(_ value: Int64, _ bound: Int64) -> Bool {
            switch self {
            case .less: value < bound
            case .atMost: value <= bound
            case .greater: value > bound
            case .atLeast: value >= bound
            }
        }
    }

    /// What is asked.
    enum Test {
        case missing, present
        case among([String]), notAmong([String])
        case compared(Order, String)
    }

    let attribute: Int
    let column: String
    let test: Test

    /// The terms of a condition.
    ///
    /// - Parameters:
    ///   - text: Terms joined by commas.
    ///   - columns: The columns that a term may be about.
    static func terms(_ text: String, columns: [String]) throws(ConditionError) -> [ConditionTerm] {
        var terms: [ConditionTerm] = []
        for part in try split(text[...], of: text) {
            let part = trimmed(part)
            if part.isEmpty {
                guard trimmed(text[...]).isEmpty else { throw fault("an empty term", of: text) }
                continue
            }
            terms.append(try term(part, columns: columns, of: text))
        }
        return terms
    }

    private static func term(
        _ part: Substring, columns: [String], of text: String
    ) throws(ConditionError) -> ConditionTerm {
        let name: String
        let rest: Substring
        if let quote = part.first, quote == "\"" || quote == "'" {
            guard let end = part.dropFirst().firstIndex(of: quote) else {
                throw fault("a quote that does not end", of: text)
            }
            name = String(part[part.index(after: part.startIndex)..<end])
            rest = trimmed(part[part.index(after: end)...])
        } else {
            // Names may hold blanks, and one may begin another: the longest that ends here is meant.
            let known = columns.filter { part.hasPrefix($0) && isEnd(part.dropFirst($0.count)) }
                .max { $0.count < $1.count }
            name = known ?? String(part.prefix { !isSign($0) && !$0.isWhitespace })
            rest = trimmed(part.dropFirst(name.count))
        }
        guard let attribute = columns.firstIndex(of: name) else {
            throw ConditionError(
                description: "no such column: found '\(name)' in '\(text)', expected one of "
                    + columns.joined(separator: ", "))
        }
        return ConditionTerm(
            attribute: attribute, column: name, test: try test(rest, of: text))
    }

    private static func test(
        _ rest: Substring, of text: String
    ) throws(ConditionError) -> Test {
        switch rest.split(whereSeparator: \.isWhitespace).joined(separator: " ") {
        case "missing", "is missing": return .missing
        case "not missing", "is not missing": return .present
        default: break
        }
        for (word, isNegated) in [("not in", true), ("in", false)] where rest.hasPrefix(word) {
            let list = trimmed(rest.dropFirst(word.count))
            guard list.first == "{", list.last == "}", list.count > 1 else { continue }
            var values: [String] = []
            for item in try split(list.dropFirst().dropLast(), of: text) {
                values.append(try value(item, of: text))
            }
            return isNegated ? .notAmong(values) : .among(values)
        }
        // The longer signs first.
        for sign in ["<=", ">=", "!=", "==", "<", ">", "="] where rest.hasPrefix(sign) {
            let value = try value(rest.dropFirst(sign.count), of: text)
            if sign == "!=" { return .notAmong([value]) }
            return Order(rawValue: sign).map { .compared($0, value) } ?? .among([value])
        }
        throw fault("a term without a comparison", of: text)
    }

    /// A value, without the quotes about it.
    private static func value(
        _ item: Substring, of text: String
    ) throws(ConditionError) -> String {
        let item = trimmed(item)
        guard let quote = item.first else { throw fault("a comparison without a value", of: text) }
        guard quote == "\"" || quote == "'" else { return String(item) }
        guard item.count > 1, item.last == quote else {
            throw fault("a quote that does not end", of: text)
        }
        return String(item.dropFirst().dropLast())
    }

    /// Parts between commas outside of quotes and braces.
    private static func split(
        _ part: Substring, of text: String
    ) throws(ConditionError) -> [Substring] {
        var parts: [Substring] = []
        var start = part.startIndex
        var quote: Character?
        var isListed = false
        for index in part.indices {
            let sign = part[index]
            if let open = quote {
                if sign == open { quote = nil }
                continue
            }
            switch sign {
            case "\"", "'": quote = sign
            case "{": isListed = true
            case "}": isListed = false
            case "," where !isListed:
                parts.append(part[start..<index])
                start = part.index(after: index)
            default: break
            }
        }
        guard quote == nil, !isListed else {
            throw fault("a quote or brace that does not end", of: text)
        }
        return parts + [part[start...]]
    }

    private static func fault(_ found: String, of text: String) -> ConditionError {
        ConditionError(
            description:
                "condition not understood: found \(found) in '\(text)', expected terms such as "
                + "age>=65, sex=F, state in {NY, NJ} or income not missing, joined by commas")
    }

    private static func isSign(_ character: Character) -> Bool { "<>=!".contains(character) }

    /// Whether a column's name may end before this.
    private static func isEnd(_ rest: Substring) -> Bool {
        rest.first.map { isSign($0) || $0.isWhitespace } ?? true
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop(while: \.isWhitespace)
        return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? ""
    }
}
