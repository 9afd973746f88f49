// SPDX-License-Identifier: Apache-2.0

/// Splits the text of a rule into words, values and signs.
struct ConstraintScanner {
    enum Token: Equatable {
        /// A column or a word of the language.
        case word(String)
        /// A column in backticks.
        case column(String)
        case number(String)
        case text(String)
        case sign(String)
    }

    private let characters: [Character]
    private var index = 0

    private init(_ text: String) { characters = Array(text) }

    /// The tokens of a text.
    ///
    /// - Throws: `SchemaError` at a character that begins none.
    static func tokens(of text: String) throws(SchemaError) -> [Token] {
        var scanner = ConstraintScanner(text)
        var tokens: [Token] = []
        while let token = try scanner.next() { tokens.append(token) }
        return tokens
    }

    private mutating func next() throws(SchemaError) -> Token? {
        while index < characters.count, characters[index].isWhitespace { index += 1 }
        guard index < characters.count else { return nil }
        let first = characters[index]
        if first == "`" { return .column(try quoted("`")) }
        if first == "'" { return .text(try quoted("'")) }
        if Self.isDigit(first) {
            return .number(run { Self.isDigit($0) || $0 == "." })
        }
        if first.isLetter || first == "_" {
            return .word(run { $0.isLetter || $0.isNumber || $0 == "_" })
        }
        for sign in ["<=", ">=", "!=", "<", ">", "=", "+", "-", "(", ")", ","] {
            let end = index + sign.count
            if end <= characters.count, String(characters[index..<end]) == sign {
                index = end
                return .sign(sign)
            }
        }
        throw SchemaError(
            detail:
                "found the character \(first), expected columns, numbers, texts in single quotes and "
                + "comparisons; put a column of another name in backticks")
    }

    private static func isDigit(_ character: Character) -> Bool {
        character.isASCII && character.isNumber
    }

    private mutating func run(while isPart: (Character) -> Bool) -> String {
        let start = index
        while index < characters.count, isPart(characters[index]) { index += 1 }
        return String(characters[start..<index])
    }

    /// What stands between two equal quotes; a doubled one stands for itself.
    private mutating func quoted(_ quote: Character) throws(SchemaError) -> String {
        index += 1
        var text = ""
        while index < characters.count {
            if characters[index] == quote {
                index += 1
                guard index < characters.count, characters[index] == quote else { return text }
            }
            text.append(characters[index])
            index += 1
        }
        throw SchemaError(detail: "a quote is not closed; add \(quote) at its end")
    }
}
